package org.caisson.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.XattrCalls;
import org.jspecify.annotations.Nullable;

/** A root directory for state and a busybox root file system, with a record of what the host looked like before. */
final class TestHost implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final Path directory;
    final Path rootfs;
    final ContainerRuntime runtime;
    private final Set<String> before;

    TestHost() throws IOException {
        before = traces();
        directory = Files.createTempDirectory(Path.of("/run"), "caisson-test");
        rootfs = busybox(directory.resolve("rootfs"));
        runtime = new ContainerRuntime(options(state()));
    }

    Path state() {
        return directory.resolve("state");
    }

    static RuntimeOptions options(Path root) {
        String stage = System.getProperty("caisson.stage");
        assertThat(stage).as("system property caisson.stage").isNotNull();
        return new RuntimeOptions(root, Path.of(stage), javaCommand("keeper", root), false);
    }

    static List<String> javaCommand(String verb, Path root) {
        return List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-Dcaisson.stage=" + System.getProperty("caisson.stage"),
                "-cp",
                System.getProperty("java.class.path"),
                KeeperMain.class.getName(),
                verb,
                root.toString());
    }

    /** A static busybox under all its names. */
    private static Path busybox(Path root) throws IOException {
        Path bin = Files.createDirectories(root.resolve("bin"));
        for (String name : List.of("etc", "proc", "sys", "dev", "tmp", "root", "mnt")) {
            Files.createDirectories(root.resolve(name));
        }
        Path program = bin.resolve("busybox");
        Files.copy(Path.of("/bin/busybox"), program, StandardCopyOption.REPLACE_EXISTING);
        for (String name : List.of(
                "sh",
                "cat",
                "id",
                "ls",
                "mount",
                "umount",
                "sleep",
                "stat",
                "touch",
                "kill",
                "hostname",
                "env",
                "rm",
                "true",
                "false",
                "grep",
                "mkdir",
                "mknod",
                "head",
                "pwd",
                "ps",
                "tty",
                "chown",
                "readlink",
                "ifconfig")) {
            Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
        }
        Files.writeString(
                root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001::/home/ann:/bin/sh\n");
        Files.writeString(root.resolve("etc/group"), "root:x:0:\nann:x:1001:\nfriends:x:1002:bob,ann\n");
        return root;
    }

    /** Runs a shell script in the busybox root and gives back its output and exit status. */
    Outcome sh(String script) throws IOException {
        return run(SpecBuilder.rootfs(rootfs).args(List.of("sh", "-c", script)), null);
    }

    Outcome run(SpecBuilder spec, @Nullable String user) throws IOException {
        return run(RunRequest.ofSpec(ContainerIds.random(), spec.build())
                .user(user)
                .remove(true)
                .build());
    }

    Outcome run(RunRequest request) throws IOException {
        Path output = Files.createTempFile(directory, "out", "");
        List<String> warnings = new ArrayList<>();
        try (OwnedFd in = FileCalls.open("/dev/null", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
                OwnedFd out = FileCalls.openat(
                        AtFlags.AT_FDCWD,
                        output.toString(),
                        OpenFlags.O_WRONLY | OpenFlags.O_APPEND | OpenFlags.O_CLOEXEC,
                        0)) {
            int status = runtime.run(request, io(in, out, warnings));
            return new Outcome(status, Files.readString(output), warnings);
        }
    }

    Outcome exec(String id, ExecRequest request) throws IOException {
        Path output = Files.createTempFile(directory, "out", "");
        List<String> warnings = new ArrayList<>();
        try (OwnedFd in = FileCalls.open("/dev/null", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
                OwnedFd out = FileCalls.openat(
                        AtFlags.AT_FDCWD,
                        output.toString(),
                        OpenFlags.O_WRONLY | OpenFlags.O_APPEND | OpenFlags.O_CLOEXEC,
                        0)) {
            int status = runtime.exec(id, request, io(in, out, warnings));
            return new Outcome(status, Files.readString(output), warnings);
        }
    }

    private static ContainerIo io(OwnedFd in, OwnedFd out, List<String> warnings) {
        return new ContainerIo() {
            @Override
            public StandardStreams streams() {
                return new StandardStreams(in.number(), out.number(), out.number());
            }

            @Override
            public void warning(String message) {
                warnings.add(message);
            }
        };
    }

    record Outcome(int status, String output, List<String> warnings) {
        String text() {
            return output.strip();
        }
    }

    /** Waits until something is so, looking again and again. */
    static void await(String what, Condition condition) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime() - deadline)
                    .as("waiting until %s", what)
                    .isNegative();
            LockSupport.parkNanos(5_000_000);
        }
    }

    interface Condition {
        boolean holds() throws IOException;
    }

    /** What a container may leave: mounts, control groups, stages, keepers, ranges of ids. */
    private static Set<String> traces() throws IOException {
        Set<String> traces = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            traces.add("mount " + line.split(" ", -1)[4]);
        }
        for (Path group : controlGroups()) {
            traces.add("cgroup " + group + " of " + owner(group));
        }
        for (Path process : below(Path.of("/proc"))) {
            int pid = (int) Numbers.parse(process.getFileName().toString());
            ContainerProcessInfo info = pid > 0 ? ProcessDetails.of(pid) : null;
            if (info != null && !info.command().isEmpty()) {
                traces.add("process " + pid + " child of " + info.parent() + ": " + info.command());
            }
        }
        for (Path range : below(Path.of("/run/caisson/ids"))) {
            traces.add("ids " + range.getFileName() + " of " + textIfThere(range));
        }
        return traces;
    }

    /** The groups that containers were given, wherever they lie. Those of others may go while we look. */
    private static List<Path> controlGroups() throws IOException {
        List<Path> groups = new ArrayList<>();
        List<Path> next = List.of(Path.of("/sys/fs/cgroup"));
        for (int depth = 0; depth < 6; depth++) {
            List<Path> deeper = new ArrayList<>();
            for (Path directory : next) {
                for (Path entry : below(directory)) {
                    if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                        deeper.add(entry);
                    }
                }
            }
            for (Path group : deeper) {
                if (!owner(group).isEmpty() || group.getFileName().toString().startsWith("caisson-")) {
                    groups.add(group);
                }
            }
            next = deeper;
        }
        return groups;
    }

    /** What is directly in a directory; nothing if it is gone. */
    private static List<Path> below(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path entry : stream) {
                entries.add(entry);
            }
        } catch (NoSuchFileException e) {
            return entries;
        } catch (DirectoryIteratorException e) {
            if (Files.exists(directory)) {
                throw e.getCause();
            }
        }
        return entries;
    }

    /** The mark of the container that has a control group: it begins with the container's directory. */
    static String owner(Path group) throws IOException {
        try {
            return new String(XattrCalls.lgetxattr(group.toString(), "trusted.caisson.owner"), StandardCharsets.UTF_8);
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case ENODATA, ENOENT, EOPNOTSUPP -> "";
                default -> throw e;
            };
        }
    }

    private static String textIfThere(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** Nothing of our containers is left: of all that is new, nothing names this host's directory or its processes. */
    void assertNothingLeft() throws IOException {
        assertThat(Files.isDirectory(state()) ? names(state()) : List.of()).isSubsetOf("lock");
        // A keeper takes its container away first and ends then.
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Set<String> left = left();
        while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(5_000_000);
            left = left();
        }
        assertThat(left).as("left behind").isEmpty();
    }

    /**
     * Other test JVMs may run containers at the same time. Ours name our directory: control groups and ranges in their marks,
     * keepers among their arguments, mounts by where they are. A stage is our child.
     */
    Set<String> left() throws IOException {
        Set<String> left = traces();
        left.removeAll(before);
        String child = " child of " + ProcessHandle.current().pid() + ": caisson-stage";
        left.removeIf(trace -> !trace.contains(directory.toString()) && !trace.contains(child));
        return left;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(p -> p.getFileName().toString()).toList();
        }
    }

    @Override
    public void close() throws IOException {
        for (ContainerState state : runtime.list()) {
            runtime.delete(state.id(), true);
        }
        assertNothingLeft();
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = new ArrayList<>(walk.toList());
        }
        for (Path path : paths.reversed()) {
            Files.delete(path);
        }
    }
}
