package org.caisson.linux.seccomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MemFd;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.linux.Threads;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One thread of this JVM puts a filter on itself and makes calls; the test's thread serves them. */
@ExtendWith(FdLeakCheck.class)
class SeccompListenerTest {
    /** No call has this number, so only our answer can come. */
    private static final int TRAPPED = 777;

    private final Arena arena = Arena.ofShared();
    private final SynchronousQueue<OwnedFd> handedOver = new SynchronousQueue<>();

    @BeforeEach
    void kernelSizesAreOurs() throws ErrnoException {
        assertThat(NotificationSizes.query()).isEqualTo(new NotificationSizes(SeccompNotification.SIZE, 24, 64));
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void aCallArrivesWithItsArgumentsAndReturnsOurValue() throws Exception {
        FutureTask<Long> caller = filtered(() -> Syscalls.call(TRAPPED, 1, -2, 3, 4, 5, 0x1_0000_0006L));
        try (SeccompListener listener = listener()) {
            SeccompNotification call = receive(listener);
            assertThat(call.syscall()).isEqualTo(TRAPPED);
            assertThat(call.architecture()).isEqualTo(SeccompFilter.AUDIT_ARCH_X86_64);
            assertThat(call.argument(0)).isEqualTo(1);
            assertThat(call.argument(1)).isEqualTo(-2);
            assertThat(call.argument(5)).isEqualTo(0x1_0000_0006L);
            assertThat(call.pid()).isNotEqualTo(ProcessCalls.getpid()).isPositive();
            assertThat(listener.isValid(call.id())).isTrue();
            assertThat(listener.respond(call.id(), 123_456_789_012L, 0)).isTrue();
            assertThat(Threads.join(caller)).isEqualTo(123_456_789_012L);
            assertThat(listener.isValid(call.id())).isFalse();
            assertThat(listener.respond(call.id(), 0, 0)).isFalse();
        }
    }

    @Test
    void aCallFailsWithOurErrno() throws Exception {
        FutureTask<Long> caller = filtered(() -> Syscalls.call(TRAPPED) * 10_000 + Syscalls.call(TRAPPED));
        try (SeccompListener listener = listener()) {
            assertThat(listener.fail(receive(listener).id(), Errno.EXDEV)).isTrue();
            assertThat(listener.respond(receive(listener).id(), 0, Errno.EDOM.number()))
                    .isTrue();
            assertThat(Threads.join(caller)).isEqualTo(-18 * 10_000 - 33);
        }
    }

    @Test
    void aCallProceedsInTheKernel() throws Exception {
        FutureTask<Long> caller = filtered(() -> Syscalls.call(SyscallNumbers.GETPGID, 0));
        try (SeccompListener listener = listener()) {
            assertThat(listener.proceed(receive(listener).id())).isTrue();
            assertThat(Threads.join(caller)).isEqualTo(Syscalls.call(SyscallNumbers.GETPGID, 0));
        }
    }

    @Test
    void aPathArgumentIsReadFromTheCallersMemory() throws Exception {
        FutureTask<Long> caller = filtered(() -> {
            try (Scratch scratch = Scratch.open()) {
                return Syscalls.call(TRAPPED, scratch.string("/some/path").address());
            }
        });
        try (SeccompListener listener = listener()) {
            SeccompNotification call = receive(listener);
            assertThat(ProcessCalls.readCString(call.pid(), call.argument(0), 4096))
                    .isEqualTo("/some/path".getBytes(UTF_8));
            assertThat(listener.isValid(call.id())).isTrue();
            listener.respond(call.id(), 0, 0);
            assertThat(Threads.join(caller)).isZero();
        }
    }

    @Test
    void aDescriptorIsPutIntoTheCaller() throws Exception {
        FutureTask<Long> caller = filtered(() -> Syscalls.call(TRAPPED));
        try (SeccompListener listener = listener();
                OwnedFd file = MemFd.sealed("added", "added".getBytes(UTF_8))) {
            int added = listener.addFd(receive(listener).id(), file.number(), SeccompListener.O_CLOEXEC, true);
            try (OwnedFd copy = OwnedFd.own(added)) {
                assertThat(Threads.join(caller)).isEqualTo(added);
                assertThat(new String(FileCalls.readAll(copy.number()), UTF_8)).isEqualTo("added");
                assertThat(FileCalls.fcntl(copy.number(), FileCalls.F_GETFD, 0)).isEqualTo(FileCalls.FD_CLOEXEC);
            }
        }
    }

    @Test
    void aDescriptorIsPutUnderAChosenNumber() throws Exception {
        FutureTask<Long> caller = filtered(() -> Syscalls.call(TRAPPED));
        try (SeccompListener listener = listener();
                OwnedFd file = MemFd.sealed("chosen", "chosen".getBytes(UTF_8));
                OwnedFd place = file.duplicate()) {
            long id = receive(listener).id();
            assertThat(listener.addFdAt(id, file.number(), place.number(), 0, false))
                    .isEqualTo(place.number());
            assertThat(FileCalls.fcntl(place.number(), FileCalls.F_GETFD, 0)).isZero();
            assertThat(listener.isValid(id)).isTrue();
            listener.respond(id, 5, 0);
            assertThat(Threads.join(caller)).isEqualTo(5);
            assertThatThrownBy(() -> listener.addFd(id, file.number(), 0, false))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
        }
    }

    @Test
    void aListenerLearnsThatNobodyIsLeft() throws Exception {
        FutureTask<Long> caller = filtered(() -> 1L);
        try (SeccompListener listener = listener()) {
            assertThat(Threads.join(caller)).isEqualTo(1);
            assertThat(FileCalls.poll(listener.descriptor().number(), FileCalls.POLLIN, 30_000) & FileCalls.POLLHUP)
                    .isNotZero();
            assertThat(listener.receive(listener.newNotification(arena))).isFalse();
        }
    }

    @Test
    void callsFailWhenTheListenerGoes() throws Exception {
        FutureTask<Long> caller = filtered(() -> Syscalls.call(TRAPPED));
        try (SeccompListener listener = listener()) {
            receive(listener);
        }
        assertThat(Threads.join(caller)).isEqualTo(-Errno.ENOSYS.number());
    }

    @Test
    void answersMayWakeTheCallerOnThisProcessor() throws Exception {
        FutureTask<Long> caller = filtered(() -> Syscalls.call(TRAPPED));
        try (SeccompListener listener = listener()) {
            listener.setFlags(SeccompListener.SYNC_WAKE_UP);
            listener.respond(receive(listener).id(), 9, 0);
            assertThat(Threads.join(caller)).isEqualTo(9);
            assertThatThrownBy(() -> listener.setFlags(1 << 20))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        }
    }

    private FutureTask<Long> filtered(Callable<Long> calls) {
        return Threads.start(() -> {
            SeccompFilter filter = SeccompFilter.builder(SeccompAction.ALLOW)
                    .on(TRAPPED, SeccompAction.NOTIFY)
                    .on(SyscallNumbers.GETPGID, SeccompAction.NOTIFY)
                    .build();
            handedOver.put(filter.installOnThreadWithListener());
            return calls.call();
        });
    }

    private SeccompListener listener() throws Exception {
        OwnedFd descriptor = handedOver.poll(30, TimeUnit.SECONDS);
        return new SeccompListener(requireNonNull(descriptor));
    }

    private SeccompNotification receive(SeccompListener listener) throws ErrnoException {
        SeccompNotification call = listener.newNotification(arena);
        assertThat(listener.receive(call)).isTrue();
        return call;
    }
}
