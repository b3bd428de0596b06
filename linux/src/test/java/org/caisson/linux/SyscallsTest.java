package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(FdLeakCheck.class)
class SyscallsTest {
    @Test
    void aResultIsWhatTheKernelAnswers() {
        assertThat(Syscalls.call(SyscallNumbers.GETPID))
                .isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    void aFailureIsANegatedErrno() {
        assertThat(Syscalls.call(SyscallNumbers.CLOSE, -1)).isEqualTo(-Errno.EBADF.number());
        assertThat(Syscalls.call(100_000)).isEqualTo(-Errno.ENOSYS.number());
    }

    @Test
    void allSixArgumentsArrive() throws ErrnoException {
        byte[] content = new byte[8192];
        content[4096] = 42;
        try (OwnedFd file = MemFd.sealed("six", content)) {
            long address =
                    Syscalls.check(Syscalls.call(SyscallNumbers.MMAP, 0, 4096, 1, 2, file.number(), 4096), "mmap");
            assertThat(HostMemory.getByte(address)).isEqualTo((byte) 42);
            assertThat(Syscalls.call(SyscallNumbers.MUNMAP, address, 4096)).isZero();
        }
    }

    @Test
    void threadsDoNotSeeEachOthersErrors() throws Exception {
        List<FutureTask<Integer>> tasks = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            boolean fails = t % 2 == 0;
            tasks.add(Threads.start(() -> {
                int wrong = 0;
                for (int i = 0; i < 20_000; i++) {
                    long result = fails
                            ? Syscalls.call(SyscallNumbers.CLOSE, -1)
                            : Syscalls.call(SyscallNumbers.IOCTL, 0, 0xdeadbeefL, 0);
                    boolean right =
                            fails ? result == -Errno.EBADF.number() : result < 0 && result != -Errno.EBADF.number();
                    wrong += right ? 0 : 1;
                }
                return wrong;
            }));
        }
        for (FutureTask<Integer> task : tasks) {
            assertThat(Threads.join(task)).isZero();
        }
    }

    @Test
    void scratchBlocksNestAndGiveBackWhatTheyTook() {
        try (Scratch outer = Scratch.open()) {
            long text = outer.string("outer").address();
            long inner;
            try (Scratch scratch = Scratch.open()) {
                inner = scratch.string("inner").address();
                assertThat(scratch.allocate(1 << 20).byteSize()).isEqualTo(1 << 20);
            }
            assertThat(outer.string("again").address()).isEqualTo(inner);
            assertThat(new String(HostMemory.cString(text, 100), UTF_8)).isEqualTo("outer");
        }
    }
}
