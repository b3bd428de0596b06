package org.caisson.cli;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.SpawnRequest;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.runtime.ContainerException;

/** Starts the process that serves a mount, by the launcher: it needs another JVM than a short command. */
final class MountLauncher {
    /** The server tells by this variable's descriptor that the mount is there, or in one sentence why not. */
    static final String REPORT = "CAISSON_MOUNT_REPORT";

    private static final int REPORT_FD = 3;
    private static final int LONGEST_REPORT = 8192;

    private MountLauncher() {}

    /** Starts a server in the background and waits until the mount is there. */
    static void start(MountRequest request, List<String> arguments) throws ContainerException {
        String program = program();
        SpawnRequest spawn = SpawnRequest.of(program).argument(program).arguments(arguments);
        for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
            if (!entry.getKey().equals(REPORT)) {
                spawn.environment(entry.getKey(), entry.getValue());
            }
        }
        spawn.environment(REPORT, Integer.toString(REPORT_FD)).newSession();
        try (FileCalls.Pipe pipe = FileCalls.pipe2(OpenFlags.O_CLOEXEC);
                OwnedFd nothing = FileCalls.open("/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC)) {
            spawn.descriptor(nothing, 0).descriptor(nothing, 1).descriptor(nothing, 2);
            spawn.descriptor(pipe.writer(), REPORT_FD);
            ProcessCalls.spawn(spawn);
            pipe.writer().close();
            String report = readAll(pipe.reader());
            if (!report.equals(MountServerCommand.READY)) {
                String why = report.isEmpty() ? "the process that serves it has ended" : report;
                throw new ContainerException("cannot mount at " + request.target() + ": " + why);
            }
        } catch (ErrnoException e) {
            throw new ContainerException("cannot start the server of " + request.target() + ": " + e.getMessage(), e);
        }
    }

    private static String readAll(OwnedFd reader) throws ErrnoException {
        StringBuilder text = new StringBuilder();
        byte[] buffer = new byte[LONGEST_REPORT];
        try (Scratch scratch = Scratch.open()) {
            MemorySegment memory = scratch.allocate(LONGEST_REPORT);
            while (text.length() < LONGEST_REPORT) {
                int count = (int) FileCalls.read(reader.number(), memory);
                if (count <= 0) {
                    break;
                }
                MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, buffer, 0, count);
                text.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }

    /** Turns this process into the server, which stays in the foreground. */
    static int become(List<String> arguments) throws ContainerException {
        String program = program();
        List<byte[]> all = new ArrayList<>();
        all.add(program.getBytes(StandardCharsets.UTF_8));
        for (String argument : arguments) {
            all.add(argument.getBytes(StandardCharsets.UTF_8));
        }
        List<byte[]> environment = new ArrayList<>();
        for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
            if (!entry.getKey().equals(REPORT)) {
                environment.add((entry.getKey() + "=" + entry.getValue()).getBytes(StandardCharsets.UTF_8));
            }
        }
        try (Scratch scratch = Scratch.open()) {
            long result = Syscalls.call(
                    SyscallNumbers.EXECVE,
                    scratch.string(program).address(),
                    scratch.strings(all).address(),
                    scratch.strings(environment).address());
            Syscalls.check(result, "execve");
        } catch (ErrnoException e) {
            throw new ContainerException("cannot start " + program + ": " + e.getMessage(), e);
        }
        return 0;
    }

    private static String program() {
        return Installation.home().resolve("bin/caisson").toString();
    }
}
