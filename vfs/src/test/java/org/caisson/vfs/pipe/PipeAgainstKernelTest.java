package org.caisson.vfs.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.caisson.linux.Epoll;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Capability;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random use of a fifo by several open descriptions, none of which blocks: each result, all bytes that come out, the bits of poll(2) of
 * all and FIONREAD must be the kernel's after each step, and whatever epoll(7) tells of a change must have been told to listeners.
 */
@ExtendWith(FdLeakCheck.class)
class PipeAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.test.pipe.steps", 3000);
    private static final int ALL_EVENTS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200;
    private static final int[] MODES = {
        OpenFlags.O_RDONLY, OpenFlags.O_RDONLY, OpenFlags.O_WRONLY, OpenFlags.O_WRONLY, OpenFlags.O_RDWR
    };
    private static final int[] SIZES = {1, 7, 100, 2000, 4095, 4096, 4097, 6000, 8192, 10_000, 20_000, 70_000};

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Integer.getInteger("caisson.test.seeds", 4));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyResultIsTheKernels(long seed) throws IOException {
        try (KernelPipe kernel = new KernelPipe();
                Fifo fifo = new Fifo();
                Comparison comparison = new Comparison(kernel, fifo, new Random(seed))) {
            assertThat(comparison.run()).as("seed %d", seed).isEmpty();
        }
    }

    /** An open end on both sides, with what was told of it since the last step. */
    private static final class Opened {
        final int fd;
        final PipeDescription description;
        final WaitQueue.Registration listening;
        int told;

        Opened(int fd, PipeDescription description) {
            this.fd = fd;
            this.description = description;
            listening = description.listen(ALL_EVENTS, false, events -> told |= events);
        }

        void close() {
            listening.close();
            KernelPipe.close(fd);
            description.release();
        }
    }

    private static final class Comparison implements AutoCloseable {
        private final KernelPipe kernel;
        private final Fifo fifo;
        private final Random random;
        private final Credentials caller;
        private final Epoll epoll = Epoll.create(16);
        private final List<Opened> opened = new ArrayList<>();
        private final List<String> trace = new ArrayList<>();
        private final MemorySegment memory = MemorySegment.ofArray(new byte[1 << 18]);

        Comparison(KernelPipe kernel, Fifo fifo, Random random) throws IOException {
            this.kernel = kernel;
            this.fifo = fifo;
            this.random = random;
            String status = Files.readString(Path.of("/proc/self/status"));
            String set = status.lines()
                    .filter(line -> line.startsWith("CapEff:"))
                    .findFirst()
                    .orElseThrow()
                    .substring("CapEff:".length())
                    .strip();
            caller = Credentials.root().withCapabilities(Long.parseUnsignedLong(set, 16) & Capability.ALL);
        }

        List<String> run() throws ErrnoException {
            for (int step = 0; step < STEPS; step++) {
                boolean same = oneStep();
                for (Opened each : opened) {
                    same &= same(each.fd + " poll", kernel.poll(each.fd, ALL_EVENTS), each.description.readiness());
                    same &= same(each.fd + " available", kernel.available(each.fd), available(each));
                }
                same &= changesWereTold();
                if (!same) {
                    return trace.subList(Math.max(0, trace.size() - 60), trace.size());
                }
            }
            return List.of();
        }

        /** What came is told by EPOLLET only once. */
        private boolean changesWereTold() throws ErrnoException {
            boolean same = true;
            int count = epoll.await(0);
            for (int i = 0; i < count; i++) {
                long fd = epoll.data(i);
                int events = epoll.events(i);
                for (Opened each : opened) {
                    if (each.fd == fd && each.told == 0) {
                        same &= same(fd + " told", "some of " + events, "nothing");
                    }
                }
            }
            opened.forEach(each -> each.told = 0);
            return same;
        }

        private int available(Opened file) throws ErrnoException {
            file.description.ioctl(PipeDescription.FIONREAD, memory);
            return memory.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        }

        private boolean same(String what, Object expected, Object actual) {
            boolean same = expected.equals(actual);
            trace.add(what + " = " + expected + (same ? "" : " but ours " + actual));
            return same;
        }

        private boolean oneStep() throws ErrnoException {
            int kind = random.nextInt(100);
            if (opened.isEmpty() || (kind < 8 && opened.size() < 6)) {
                return open();
            }
            Opened file = opened.get(random.nextInt(opened.size()));
            if (kind < 45) {
                return read(file);
            }
            if (kind < 85) {
                return write(file);
            }
            if (kind < 90) {
                return resize(file);
            }
            if (kind < 94) {
                int flags = OpenFlags.O_NONBLOCK | (random.nextBoolean() ? OpenFlags.O_DIRECT : 0);
                file.description.setFlags(caller, flags);
                return same(file.fd + " flags " + flags, KernelPipe.setFlags(file.fd, flags), 0L);
            }
            trace.add(file.fd + " close");
            file.close();
            opened.remove(file);
            return true;
        }

        private boolean open() throws ErrnoException {
            int flags = MODES[random.nextInt(MODES.length)] | OpenFlags.O_NONBLOCK;
            if (random.nextInt(8) == 0) {
                flags |= OpenFlags.O_DIRECT;
            }
            int fd = kernel.open(flags);
            int outcome = 0;
            @Nullable PipeDescription description = null;
            try {
                description = fifo.open(flags);
            } catch (ErrnoException e) {
                outcome = -e.errno().number();
            }
            if (fd >= 0 && description != null) {
                Opened made = new Opened(fd, description);
                opened.add(made);
                epoll.add(fd, Epoll.EPOLLIN | Epoll.EPOLLOUT | Epoll.EPOLLET, fd);
                // What holds from the beginning is told by epoll_ctl(2) itself.
                made.told = ALL_EVENTS;
            }
            return same("open " + flags + " as " + fd, Math.min(fd, 0), outcome);
        }

        private boolean read(Opened file) {
            int length = size();
            String expected = kernel.read(file.fd, length);
            String actual;
            try {
                actual = KernelPipe.digest(memory, (int) readInPieces(file, length));
            } catch (ErrnoException e) {
                actual = Integer.toString(-e.errno().number());
            }
            return same(file.fd + " read " + length, expected, actual);
        }

        private long readInPieces(Opened file, int length) throws ErrnoException {
            return random.nextBoolean()
                    ? file.description.read(memory.asSlice(0, length))
                    : file.description.read(pieces(length));
        }

        /** The first bytes of the memory, cut at random places. */
        private List<MemorySegment> pieces(int length) {
            List<MemorySegment> pieces = new ArrayList<>();
            int at = 0;
            while (at < length) {
                int size = Math.min(length - at, random.nextInt(1 + length / 2));
                pieces.add(memory.asSlice(at, size));
                at += Math.max(size, 1);
                if (size == 0) {
                    pieces.add(memory.asSlice(at - 1, 1));
                }
            }
            return pieces;
        }

        private boolean write(Opened file) {
            byte[] bytes = new byte[size()];
            random.nextBytes(bytes);
            long expected = kernel.write(file.fd, bytes);
            MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
            long actual;
            try {
                actual = random.nextBoolean()
                        ? file.description.write(memory.asSlice(0, bytes.length))
                        : file.description.write(pieces(bytes.length));
            } catch (ErrnoException e) {
                actual = -e.errno().number();
            }
            return same(file.fd + " write " + bytes.length, expected, actual);
        }

        private int size() {
            return random.nextInt(30) == 0 ? 0 : SIZES[random.nextInt(SIZES.length)];
        }

        private boolean resize(Opened file) {
            long bytes = random.nextInt(12) == 0 ? (1L << 31) + random.nextInt(2) : random.nextLong(200_000);
            long expected = KernelPipe.capacity(file.fd, bytes);
            long actual;
            try {
                actual = file.description.capacity(caller, bytes);
            } catch (ErrnoException e) {
                actual = -e.errno().number();
            }
            return same(file.fd + " capacity " + bytes, expected, actual)
                    && same(file.fd + " capacity", KernelPipe.capacity(file.fd), (long) file.description.capacity());
        }

        @Override
        public void close() {
            opened.forEach(Opened::close);
            epoll.close();
        }
    }
}
