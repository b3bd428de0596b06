package org.caisson.vfs.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Owners that wait for one another's locks: who gets one, in which order, and who is told of a deadlock must be as in the kernel. Each
 * lock is of one byte, so that the kernel's answer does not depend on which of its threads runs first.
 */
@ExtendWith(FdLeakCheck.class)
class WaitingAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.test.lock.steps", 400);
    private static final int PID = (int) ProcessHandle.current().pid();
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Integer.getInteger("caisson.test.seeds", 3));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whoWaitsIsServedOrRefusedAsByTheKernel(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> trace = new ArrayList<>();
        try (Scene scene = new Scene(5)) {
            for (int step = 0; step < STEPS; step++) {
                Party party = scene.parties.get(random.nextInt(scene.parties.size()));
                int position = random.nextInt(4);
                LockType type = random.nextInt(3) == 0 ? LockType.NONE : LockType.WRITE;
                if (party.isWaiting()) {
                    continue;
                }
                trace.add(party.name + " " + type + " at " + position);
                party.ask(type, position);
                if (scene.parties.stream().allMatch(Party::isWaiting)) {
                    throw new AssertionError("all wait: " + trace);
                }
                scene.settle();
                assertThat(scene.ours()).as("seed %d: %s", seed, trace).isEqualTo(scene.kernels());
                assertThat(scene.files.ourLocks())
                        .as("seed %d: %s", seed, trace)
                        .isEqualTo(scene.files.kernelLocks());
            }
            scene.endAll();
        }
    }

    /** Each holds a byte and waits for the next one's; the last would close the circle. */
    @ParameterizedTest(name = "{0} owners")
    @ValueSource(ints = {2, 3, 11, 12, 13, 14})
    void circleIsFoundIfItIsNotTooLong(int length) throws Exception {
        try (Scene scene = new Scene(length)) {
            for (int i = 0; i < length; i++) {
                scene.parties.get(i).ask(LockType.WRITE, i);
                scene.settle();
            }
            for (int i = 0; i < length; i++) {
                scene.parties.get(i).ask(LockType.WRITE, (i + 1) % length);
                scene.settle();
            }
            assertThat(scene.ours()).isEqualTo(scene.kernels());
            boolean given = scene.parties.get(length - 1).isWaiting();
            assertThat(given).isEqualTo(length > 12);
            scene.endAll();
        }
    }

    /** The same owner in the kernel and here. */
    private static final class Party {
        final String name;
        final KernelOwner kernel = new KernelOwner();
        final int fd;
        final FileDescription description;
        final LockOwner owner = LockOwner.process(PID);

        @Nullable
        CompletableFuture<String> kernels;

        @Nullable
        CompletableFuture<String> ours;

        Party(String name, LockedFiles files) throws ErrnoException {
            this.name = name;
            fd = kernel.open(files.path("f"), OpenFlags.O_RDWR);
            description = files.open("f", OpenFlags.O_RDWR);
        }

        void ask(LockType type, long position) throws ErrnoException {
            kernels = kernel.startFcntl(fd, KernelOwner.SETLKW, type.number(), position, 1);
            CompletableFuture<String> answer = new CompletableFuture<>();
            ours = answer;
            LockRequest request = new LockRequest(owner, type, position, position) {
                @Override
                protected void completed(int outcome) {
                    answer.complete(Integer.toString(outcome));
                }
            };
            try {
                if (!description.locks().begin(request, true)) {
                    answer.complete("0");
                }
            } catch (ErrnoException e) {
                answer.complete(Integer.toString(-e.errno().number()));
            }
        }

        boolean isWaiting() {
            return ours != null && !ours.isDone();
        }

        boolean kernelWaits() {
            return kernels != null && !kernels.isDone();
        }

        void end() throws ErrnoException {
            description.flush(owner);
            description.release();
            assertThat(kernel.closeFile(fd)).isZero();
            assertThat(owner.holdsLocks()).isFalse();
        }

        void closeWhileWaiting() throws ErrnoException {
            description.flush(owner);
            description.release();
            assertThat(kernel.closeFileBesides(fd)).isZero();
        }

        String outcome(@Nullable CompletableFuture<String> answer) {
            return name + " " + (answer == null ? "idle" : answer.getNow("waits"));
        }
    }

    private static final class Scene implements AutoCloseable {
        final LockedFiles files;
        final List<Party> parties = new ArrayList<>();

        Scene(int count) throws IOException {
            files = new LockedFiles("f");
            for (int i = 0; i < count; i++) {
                parties.add(new Party("P" + i, files));
            }
        }

        List<String> kernels() {
            return outcomes(parties, party -> party.kernels);
        }

        List<String> ours() {
            return outcomes(parties, party -> party.ours);
        }

        private static List<String> outcomes(
                List<Party> some, Function<Party, @Nullable CompletableFuture<String>> side) {
            return some.stream().map(party -> party.outcome(side.apply(party))).toList();
        }

        /** Until each call in the kernel has come back or is listed as waiting. */
        void settle() throws IOException {
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            while (System.nanoTime() - deadline < 0) {
                long before = parties.stream().filter(Party::kernelWaits).count();
                long listed = files.kernelLocks().stream()
                        .filter(line -> line.startsWith("->"))
                        .count();
                long after = parties.stream().filter(Party::kernelWaits).count();
                if (before == listed && before == after) {
                    return;
                }
                Thread.onSpinWait();
            }
            throw new AssertionError("the kernel does not settle: " + kernels() + files.kernelLocks());
        }

        /** All close the file, as soon as they do not wait any more. */
        void endAll() throws IOException {
            List<Party> left = new ArrayList<>(parties);
            if (left.stream().allMatch(Party::isWaiting)) {
                // A circle that was not found ends only when somebody closes the file while he waits.
                left.removeFirst().closeWhileWaiting();
            }
            while (!left.isEmpty()) {
                settle();
                assertThat(outcomes(left, party -> party.ours)).isEqualTo(outcomes(left, party -> party.kernels));
                Party next = left.stream()
                        .filter(party -> !party.isWaiting())
                        .findFirst()
                        .orElseThrow();
                next.end();
                left.remove(next);
            }
            settle();
            assertThat(ours()).isEqualTo(kernels());
            assertThat(files.fileSystem.locks().size()).isZero();
        }

        @Override
        public void close() throws IOException {
            parties.forEach(party -> party.kernel.close());
            files.close();
        }
    }
}
