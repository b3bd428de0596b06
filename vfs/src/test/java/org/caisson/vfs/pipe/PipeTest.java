package org.caisson.vfs.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.wait.Interruption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pipes whose users wait for one another, on platform and on virtual threads. */
@Timeout(60)
class PipeTest {
    private static final int NONBLOCK = OpenFlags.O_NONBLOCK;

    private Fifo fifo;

    @BeforeEach
    void make() throws ErrnoException {
        fifo = new Fifo();
    }

    @AfterEach
    void close() {
        fifo.close();
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    /** A task on a thread of its own. */
    private static final class Background<T> {
        final CompletableFuture<T> outcome = new CompletableFuture<>();
        final Thread thread;

        Background(boolean virtual, Callable<T> task) {
            thread = (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(() -> {
                try {
                    outcome.complete(task.call());
                } catch (Throwable e) {
                    outcome.completeExceptionally(e);
                }
            });
        }

        /** Until it sleeps, which it does for nothing but a pipe. */
        Background<T> awaitSleep() {
            while (thread.getState() != Thread.State.WAITING) {
                assertThat(outcome).isNotDone();
                Thread.onSpinWait();
            }
            return this;
        }

        T get() throws Exception {
            return outcome.get(30, TimeUnit.SECONDS);
        }

        void failsWith(Errno errno) {
            CompletableFuture<Errno> failure =
                    outcome.handle((value, e) -> e instanceof ErrnoException failed ? failed.errno() : Errno.ENODATA);
            assertThat(failure.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(errno);
        }
    }

    private static MemorySegment text(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(FileDescription from, int most) throws ErrnoException {
        MemorySegment buffer = MemorySegment.ofArray(new byte[most]);
        int count = (int) from.read(buffer);
        return new String(buffer.toArray(ValueLayout.JAVA_BYTE), 0, count, StandardCharsets.UTF_8);
    }

    @ParameterizedTest(name = "virtual: {0}")
    @ValueSource(booleans = {false, true})
    void openingWaitsForTheOtherEnd(boolean virtual) throws Exception {
        Background<PipeDescription> reader =
                new Background<>(virtual, () -> fifo.open(OpenFlags.O_RDONLY)).awaitSleep();
        PipeDescription writer = fifo.open(OpenFlags.O_WRONLY);
        writer.write(text("hello"));
        assertThat(read(reader.get(), 10)).isEqualTo("hello");
        reader.get().release();
        Background<PipeDescription> second =
                new Background<>(virtual, () -> fifo.open(OpenFlags.O_WRONLY)).awaitSleep();
        fifo.open(OpenFlags.O_RDONLY | NONBLOCK).release();
        second.get().release();
        writer.release();
    }

    @Test
    void interruptedOpenLeavesNothingBehind() throws Exception {
        Interruption interruption = new Interruption();
        Background<PipeDescription> reader =
                new Background<>(false, () -> fifo.open(OpenFlags.O_RDONLY, interruption)).awaitSleep();
        interruption.interrupt();
        reader.failsWith(Errno.EINTR);
        fails(Errno.ENXIO, () -> fifo.open(OpenFlags.O_WRONLY | NONBLOCK));
        Background<PipeDescription> writer = new Background<>(true, () -> fifo.open(OpenFlags.O_WRONLY)).awaitSleep();
        writer.thread.interrupt();
        writer.failsWith(Errno.EINTR);
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR | NONBLOCK)) {
            fails(Errno.EAGAIN, () -> read(both, 1));
        }
    }

    @ParameterizedTest(name = "virtual: {0}")
    @ValueSource(booleans = {false, true})
    void readerWaitsForDataAndSeesTheEnd(boolean virtual) throws Exception {
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR)) {
            PipeDescription writer = fifo.open(OpenFlags.O_WRONLY);
            Background<String> reader = new Background<>(virtual, () -> read(both, 10)).awaitSleep();
            writer.write(text("one"));
            assertThat(reader.get()).isEqualTo("one");
            writer.release();
        }
        PipeDescription reader = fifo.open(OpenFlags.O_RDONLY | NONBLOCK);
        PipeDescription writer = fifo.open(OpenFlags.O_WRONLY);
        reader.setFlags(Credentials.root(), 0);
        Background<String> last = new Background<>(virtual, () -> read(reader, 10)).awaitSleep();
        writer.release();
        assertThat(last.get()).isEmpty();
        reader.release();
    }

    @Test
    void interruptedReadAndWriteEnd() throws Exception {
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR)) {
            Interruption interruption = new Interruption();
            MemorySegment buffer = MemorySegment.ofArray(new byte[100_000]);
            Background<Long> reader = new Background<>(false, () -> both.read(buffer, interruption)).awaitSleep();
            interruption.interrupt();
            reader.failsWith(Errno.EINTR);
            interruption.clear();
            Background<Long> writer = new Background<>(false, () -> both.write(buffer, interruption)).awaitSleep();
            interruption.interrupt();
            assertThat(writer.get()).as("what was written by then").isEqualTo(65_536);
            Background<Long> second = new Background<>(true, () -> both.write(text("x"))).awaitSleep();
            second.thread.interrupt();
            second.failsWith(Errno.EINTR);
        }
    }

    @Test
    void interruptedReaderPassesItsTurnOn() throws Exception {
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR)) {
            for (int round = 0; round < 200; round++) {
                Interruption interruption = new Interruption();
                Background<Long> first = new Background<>(
                                false, () -> both.read(MemorySegment.ofArray(new byte[1]), interruption))
                        .awaitSleep();
                Background<String> second = new Background<>(false, () -> read(both, 1)).awaitSleep();
                Background<Long> interrupter = new Background<>(true, () -> {
                    interruption.interrupt();
                    return 0L;
                });
                both.write(text("a"));
                interrupter.get();
                boolean taken = first.outcome.handle((count, e) -> e == null).get(30, TimeUnit.SECONDS);
                if (taken) {
                    both.write(text("a"));
                }
                assertThat(second.get()).isEqualTo("a");
            }
        }
    }

    @Test
    void writerWithoutReaderGetsEpipeAlsoWhileItWaits() throws Exception {
        PipeDescription reader = fifo.open(OpenFlags.O_RDONLY | NONBLOCK);
        PipeDescription writer = fifo.open(OpenFlags.O_WRONLY);
        writer.write(MemorySegment.ofArray(new byte[65_536]));
        Background<Long> waiting = new Background<>(false, () -> writer.write(text("x"))).awaitSleep();
        reader.release();
        waiting.failsWith(Errno.EPIPE);
        fails(Errno.EPIPE, () -> writer.write(text("x")));
        assertThat(writer.readiness() & FileDescription.POLLERR).isNotZero();
        writer.release();
    }

    @Test
    void contentIsGoneWhenNobodyHasItOpen() throws ErrnoException {
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR)) {
            both.write(text("forgotten"));
            assertThat(both.capacity(Credentials.root(), 200_000)).isEqualTo(262_144);
        }
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR | NONBLOCK)) {
            fails(Errno.EAGAIN, () -> read(both, 1));
            assertThat(both.capacity()).isEqualTo(65_536);
        }
    }

    @Test
    void pipeHasNoPositions() throws ErrnoException {
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR)) {
            fails(Errno.ESPIPE, () -> both.read(MemorySegment.ofArray(new byte[1]), 0));
            fails(Errno.ESPIPE, () -> both.write(MemorySegment.ofArray(new byte[1]), 0));
            fails(Errno.ESPIPE, () -> both.seek(0, FileDescription.SEEK_CUR));
            fails(Errno.ESPIPE, () -> both.allocate(0, 0, 1));
            fails(Errno.EINVAL, () -> both.sync(false));
            fails(Errno.ENOTTY, () -> both.ioctl(0, MemorySegment.ofArray(new byte[4])));
            fails(
                    Errno.EINVAL,
                    () -> both.read(new ArrayList<>(Collections.nCopies(1025, MemorySegment.ofArray(new byte[1])))));
        }
    }

    @Test
    void useChangesTheTimesOfTheInode() throws ErrnoException {
        Stat before = fifo.stat();
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR)) {
            both.write(text("x"));
            Stat after = fifo.stat();
            assertThat(after.modifySeconds * 1e9 + after.modifyNanos)
                    .isGreaterThan(before.modifySeconds * 1e9 + before.modifyNanos);
            assertThat(after.size).isZero();
            Stat opened = new Stat();
            both.stat(opened);
            assertThat(opened.inode).isEqualTo(after.inode);
            assertThat(opened.device).isEqualTo(after.device);
        }
    }

    @Test
    void unnamedPipeHasTwoEndsAndCanBeOpenedAnew() throws ErrnoException {
        Pipes pipes = new Pipes(fifo.vfs);
        fails(Errno.EINVAL, () -> pipes.open(Credentials.root(), OpenFlags.O_APPEND));
        Pipes.Ends ends = pipes.open(Credentials.of(5, 6), NONBLOCK);
        fails(Errno.EBADF, () -> read(ends.writer(), 1));
        fails(Errno.EBADF, () -> ends.reader().write(text("x")));
        fails(Errno.EAGAIN, () -> read(ends.reader(), 1));
        ends.writer().write(text("abc"));
        Stat stat = new Stat();
        ends.reader().stat(stat);
        assertThat(stat.mode).isEqualTo(StatMode.S_IFIFO | 0600);
        assertThat(stat.uid).isEqualTo(5);
        PathOperation itself = new PathOperation()
                .root(ends.reader().place())
                .itself(ends.reader().place());
        FileDescription again = fifo.vfs.open(Credentials.root(), itself, OpenOptions.READ);
        assertThat(read(again, 10)).isEqualTo("abc");
        ends.writer().release();
        assertThat(read(again, 10)).isEmpty();
        assertThat(again.readiness()).isEqualTo(FileDescription.POLLHUP);
        again.release();
        ends.reader().release();
    }

    @Test
    void bytesPassWithoutAllocation() throws ErrnoException {
        Pipes.Ends ends = new Pipes(fifo.vfs).open(Credentials.root(), 0);
        MemorySegment memory = MemorySegment.ofArray(new byte[10_000]);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 10; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2000; i++) {
                ends.writer().write(memory);
                ends.reader().read(memory);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
        ends.reader().release();
        ends.writer().release();
    }

    @Test
    void listenersAreToldWhatChangedAtTheirEnd() throws ErrnoException {
        List<String> told = new ArrayList<>();
        Pipes.Ends ends = new Pipes(fifo.vfs).open(Credentials.root(), 0);
        int all = -1;
        ends.reader().listen(all, false, events -> told.add("reader " + events));
        ends.writer().listen(all, false, events -> told.add("writer " + events));
        ends.writer().write(MemorySegment.ofArray(new byte[65_536]));
        ends.reader().read(MemorySegment.ofArray(new byte[100]));
        ends.reader().read(MemorySegment.ofArray(new byte[5000]));
        ends.reader().release();
        int readable = FileDescription.POLLIN | FileDescription.POLLRDNORM;
        int writable = FileDescription.POLLOUT | FileDescription.POLLWRNORM;
        assertThat(told)
                .startsWith("reader " + readable, "writer " + writable)
                .last()
                .asString()
                .isEqualTo("writer " + (writable | FileDescription.POLLERR));
        ends.writer().release();
    }

    /** Messages of up to a page from many writers come out whole, each writer's in its order, through many readers. */
    @ParameterizedTest(name = "virtual: {0}")
    @ValueSource(booleans = {false, true})
    void smallWritesAreNeverTorn(boolean virtual) throws Exception {
        int writers = 6;
        int messages = 400;
        try (PipeDescription both = fifo.open(OpenFlags.O_RDWR)) {
            PipeDescription reader = fifo.open(OpenFlags.O_RDONLY);
            List<Background<Integer>> running = new ArrayList<>();
            for (int w = 0; w < writers; w++) {
                int writer = w;
                running.add(new Background<>(virtual, () -> {
                    for (int m = 0; m < messages; m++) {
                        int size = 8 + (m * 37 + writer * 101) % (Pipe.ATOMIC - 7);
                        byte[] message = new byte[size];
                        Arrays.fill(message, (byte) (writer * 31 + m));
                        MemorySegment segment = MemorySegment.ofArray(message);
                        segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) size);
                        segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2, (short) writer);
                        segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 4, (short) m);
                        assertThat(both.write(segment)).isEqualTo(size);
                    }
                    return writer;
                }));
            }
            Background<int[]> drain = new Background<>(virtual, () -> drain(reader, writers, messages));
            for (Background<Integer> each : running) {
                each.get();
            }
            assertThat(drain.get()).containsOnly(messages);
            reader.release();
        }
    }

    private static int[] drain(PipeDescription reader, int writers, int messages) throws ErrnoException {
        int[] next = new int[writers];
        MemorySegment buffer = MemorySegment.ofArray(new byte[Pipe.ATOMIC]);
        for (int i = 0; i < writers * messages; i++) {
            readFully(reader, buffer.asSlice(0, 8));
            int size = buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0);
            int writer = buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2);
            int message = buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, 4);
            assertThat(message).isEqualTo(next[writer]++);
            readFully(reader, buffer.asSlice(8, size - 8));
            for (int at = 8; at < size; at++) {
                if (buffer.get(ValueLayout.JAVA_BYTE, at) != (byte) (writer * 31 + message)) {
                    throw new AssertionError("message " + message + " of " + writer + " is torn at " + at);
                }
            }
        }
        return next;
    }

    private static void readFully(PipeDescription reader, MemorySegment target) throws ErrnoException {
        long done = 0;
        while (done < target.byteSize()) {
            done += reader.read(target.asSlice(done));
        }
    }

    /** Each byte that is written is read by exactly one of many readers. */
    @Test
    void noByteIsLostOrDoubledAmongManyReaders() throws Exception {
        int count = 8;
        int bytesEach = 20_000;
        PipeDescription keeper = fifo.open(OpenFlags.O_RDWR);
        List<Background<long[]>> readers = new ArrayList<>();
        List<Background<Long>> writers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PipeDescription reader = fifo.open(OpenFlags.O_RDONLY);
            int chunk = 1 + i * 700;
            readers.add(new Background<>(i % 2 == 0, () -> tally(reader, chunk)));
            PipeDescription writer = fifo.open(OpenFlags.O_WRONLY);
            byte value = (byte) (i + 1);
            writers.add(new Background<>(i % 2 == 1, () -> pour(writer, value, bytesEach)));
        }
        keeper.release();
        for (Background<Long> writer : writers) {
            assertThat(writer.get()).isEqualTo(bytesEach);
        }
        long[] total = new long[count + 1];
        for (Background<long[]> reader : readers) {
            long[] part = reader.get();
            Arrays.setAll(total, i -> total[i] + part[i]);
        }
        assertThat(total).startsWith(0).containsOnly(0, bytesEach);
    }

    private static long pour(PipeDescription writer, byte value, int bytes) throws ErrnoException {
        try (writer) {
            long done = 0;
            while (done < bytes) {
                byte[] chunk = new byte[(int) Math.min(1 + done % 9000, bytes - done)];
                Arrays.fill(chunk, value);
                done += writer.write(MemorySegment.ofArray(chunk));
            }
            return done;
        }
    }

    private static long[] tally(PipeDescription reader, int chunk) throws ErrnoException {
        try (reader) {
            long[] counts = new long[9];
            byte[] bytes = new byte[chunk];
            while (true) {
                int count = (int) reader.read(MemorySegment.ofArray(bytes));
                if (count == 0) {
                    return counts;
                }
                for (int i = 0; i < count; i++) {
                    counts[bytes[i]]++;
                }
            }
        }
    }
}
