package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(FdLeakCheck.class)
class ProcessCallsTest {
    /** What a shell command prints, run by our spawn. */
    private static String output(SpawnRequest request) throws ErrnoException {
        try (FileCalls.Pipe pipe = FileCalls.pipe2(0)) {
            int pid = ProcessCalls.spawn(request.descriptor(pipe.writer(), 1));
            pipe.writer().close();
            String text = new String(FileCalls.readAll(pipe.reader().number()), UTF_8);
            assertThat(ProcessCalls.waitForExit(pid).shellStatus()).isZero();
            return text;
        }
    }

    private static SpawnRequest shell(String script) {
        return SpawnRequest.of("/bin/sh").arguments(List.of("sh", "-c", script)).environment("PATH", "/usr/bin:/bin");
    }

    @Test
    void argumentsAndEnvironmentArriveByteForByte() throws ErrnoException {
        byte[] odd = {'O', '=', (byte) 0xff, ' '};
        SpawnRequest request = shell("printf '%s|' \"$0\" \"$@\"; /usr/bin/env -u PATH -u PWD")
                .argument("a b")
                .argument("");
        assertThat(output(request.environment("X", "y z").environment(odd)))
                .startsWith("a b||")
                .contains("X=y z\n")
                .contains(new String(odd, UTF_8));
    }

    @Test
    void theChildHasItsDescriptorsAndNoOther() throws ErrnoException {
        try (OwnedFd open = FileCalls.open("/dev/null", OpenFlags.O_RDONLY)) {
            FileCalls.fcntl(open.number(), FileCalls.F_SETFD, 0); // not close-on-exec
            assertThat(open.number()).isGreaterThan(2);
            SpawnRequest request = SpawnRequest.of("/bin/ls").arguments(List.of("ls", "/proc/self/fd"));
            // One more is ls's own, for the listing.
            assertThat(output(request.descriptor(open, 5)).lines()).containsExactly("0", "1", "2", "3", "5");
        }
    }

    @Test
    void descriptorsMayTradePlaces() throws ErrnoException {
        try (OwnedFd first = MemFd.sealed("first", "one".getBytes(UTF_8));
                OwnedFd second = MemFd.sealed("second", "two".getBytes(UTF_8))) {
            String script = "cat <&" + second.number() + "; cat <&" + first.number();
            SpawnRequest request = SpawnRequest.of("/bin/bash")
                    .arguments(List.of("bash", "-c", script))
                    .environment("PATH", "/usr/bin:/bin")
                    .descriptor(first.number(), second.number())
                    .descriptor(second.number(), first.number());
            assertThat(output(request)).isEqualTo("onetwo");
        }
    }

    @Test
    void aDescriptorMayKeepItsNumber() throws ErrnoException {
        try (OwnedFd file = MemFd.sealed("same", "same".getBytes(UTF_8))) {
            SpawnRequest request = SpawnRequest.of("/bin/bash")
                    .arguments(List.of("bash", "-c", "exec cat <&" + file.number()))
                    .environment("PATH", "/usr/bin:/bin")
                    .descriptor(file.number(), file.number());
            assertThat(output(request)).isEqualTo("same");
        }
    }

    @Test
    void signalsAreAtTheirDefaults() throws ErrnoException {
        String status = output(SpawnRequest.of("/bin/cat").arguments(List.of("cat", "/proc/self/status")));
        assertThat(status)
                .contains("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n");
    }

    @Test
    void theChildLeadsTheSessionOrGroupItAsksFor() throws ErrnoException {
        String script = "read -r stat </proc/self/stat; echo $stat";
        String[] session = output(shell(script).newSession()).split(" ", -1);
        assertThat(session[4]).as("group").isEqualTo(session[0]);
        assertThat(session[5]).as("session").isEqualTo(session[0]);
        String[] group = output(shell(script).newProcessGroup()).split(" ", -1);
        assertThat(group[4]).as("group").isEqualTo(group[0]);
        assertThat(group[5]).as("session").isNotEqualTo(group[0]);
    }

    @Test
    void aProgramThatIsNotThereIsToldAtOnce() {
        assertThatThrownBy(() -> ProcessCalls.spawn(SpawnRequest.of("/no/such").argument("x")))
                .hasMessage("spawn /no/such: No such file or directory (ENOENT)");
        fails(
                Errno.EACCES,
                () -> ProcessCalls.spawn(SpawnRequest.of("/etc/passwd").argument("x")));
    }

    @Test
    void exitAndDeathAreTold() throws ErrnoException {
        assertThat(ProcessCalls.waitForExit(ProcessCalls.spawn(shell("exit 7"))).shellStatus())
                .isEqualTo(7);

        int pid = ProcessCalls.spawn(shell("kill -STOP $$"));
        WaitStatus stopped = requireNonNull(ProcessCalls.waitid(ProcessCalls.P_PID, pid, ProcessCalls.WSTOPPED));
        assertThat(stopped).isEqualTo(new WaitStatus(pid, WaitStatus.CLD_STOPPED, Signals.SIGSTOP));
        try (OwnedFd pidfd = ProcessCalls.pidfdOpen(pid)) {
            assertThat(ProcessCalls.waitid(
                            ProcessCalls.P_PIDFD, pidfd.number(), ProcessCalls.WEXITED | ProcessCalls.WNOHANG))
                    .isNull();
            assertThat(FileCalls.poll(pidfd.number(), FileCalls.POLLIN, 0)).isZero();
            ProcessCalls.pidfdSendSignal(pidfd.number(), Signals.SIGKILL);
            assertThat(FileCalls.poll(pidfd.number(), FileCalls.POLLIN, 30_000)).isEqualTo(FileCalls.POLLIN);
            WaitStatus killed =
                    requireNonNull(ProcessCalls.waitid(ProcessCalls.P_PIDFD, pidfd.number(), ProcessCalls.WEXITED));
            assertThat(killed.killed()).isTrue();
            assertThat(killed.shellStatus()).isEqualTo(128 + Signals.SIGKILL);
            fails(Errno.ESRCH, () -> ProcessCalls.pidfdSendSignal(pidfd.number(), 0));
        }
        fails(Errno.ECHILD, () -> ProcessCalls.waitForExit(pid));
    }

    @Test
    void aDescriptorIsFetchedFromAnotherProcess() throws ErrnoException {
        try (FileCalls.Pipe life = FileCalls.pipe2(0);
                OwnedFd file = MemFd.sealed("fetched", "there".getBytes(UTF_8))) {
            int pid = ProcessCalls.spawn(SpawnRequest.of("/bin/cat")
                    .argument("cat")
                    .descriptor(life.reader(), 0)
                    .descriptor(file, 9));
            try (OwnedFd pidfd = ProcessCalls.pidfdOpen(pid);
                    OwnedFd fetched = ProcessCalls.pidfdGetfd(pidfd.number(), 9)) {
                assertThat(new String(FileCalls.readAll(fetched.number()), UTF_8))
                        .isEqualTo("there");
            }
            life.writer().close();
            assertThat(ProcessCalls.waitForExit(pid).shellStatus()).isZero();
        }
    }

    @Test
    void memoryOfAProcessIsReadAndWritten() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment there = arena.allocate(16, 8);
            MemorySegment here = arena.allocate(16, 8);
            there.set(ValueLayout.JAVA_LONG, 8, 0x1122334455667788L);
            int self = ProcessCalls.getpid();
            assertThat(ProcessCalls.processVmReadv(self, there.address(), here)).isEqualTo(16);
            assertThat(here.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(0x1122334455667788L);
            here.set(ValueLayout.JAVA_LONG, 0, 5);
            assertThat(ProcessCalls.processVmWritev(self, there.address(), here))
                    .isEqualTo(16);
            assertThat(there.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(5);
            fails(Errno.EFAULT, () -> ProcessCalls.processVmReadv(self, 16, here));
        }
    }

    @Test
    void aStringIsReadUpToTheLastByteOfItsMapping() throws ErrnoException {
        long pages = Syscalls.check(Syscalls.call(SyscallNumbers.MMAP, 0, 3 * 4096, 3, 0x22, -1, 0), "mmap");
        try {
            assertThat(Syscalls.call(SyscallNumbers.MUNMAP, pages + 2 * 4096, 4096))
                    .isZero();
            byte[] text = "x".repeat(4999).getBytes(UTF_8);
            long start = pages + 2 * 4096 - 5000;
            HostMemory.put(start, text, 0, text.length);
            int self = ProcessCalls.getpid();
            assertThat(ProcessCalls.readCString(self, start, 100_000)).isEqualTo(text);
            assertThat(ProcessCalls.readCString(self, start + 4999, 10)).isEmpty();
            fails(Errno.ENAMETOOLONG, () -> ProcessCalls.readCString(self, start, 4999));
            HostMemory.putByte(start + 4999, (byte) 'x');
            fails(Errno.EFAULT, () -> ProcessCalls.readCString(self, start, 100_000));
        } finally {
            Syscalls.call(SyscallNumbers.MUNMAP, pages, 2 * 4096);
        }
    }

    @Test
    void limitsAndProcessorsAgreeWithTheShell() throws Exception {
        try (FileCalls.Pipe life = FileCalls.pipe2(0)) {
            int pid = ProcessCalls.spawn(shell("read line; exit $(ulimit -Hn)").descriptor(life.reader(), 0));
            ProcessCalls.setPrlimit(pid, ProcessCalls.RLIMIT_NOFILE, new ProcessCalls.ResourceLimit(100, 120));
            assertThat(ProcessCalls.prlimit(pid, ProcessCalls.RLIMIT_NOFILE))
                    .isEqualTo(new ProcessCalls.ResourceLimit(100, 120));
            life.writer().close();
            assertThat(ProcessCalls.waitForExit(pid).shellStatus()).isEqualTo(120);
        }
        int processors = ProcessCalls.schedGetaffinity(0).length;
        assertThat(processors)
                .isEqualTo(
                        Integer.parseInt(Gcc.run(List.of("nproc"), new byte[0]).strip()));
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
