package org.caisson.emulation.cgroup;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.synthetic.EventFile;
import org.caisson.vfs.wait.ReadinessListener;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/**
 * The triggers on stalls that one container has set, each the kernel's own on the container's group; see
 * {@code accounting/psi.rst}. One thread, which lives as long as there are any, waits for all of them.
 *
 * <p>The list, the thread and whether it is closed are guarded by this object's monitor, under which nobody is told
 * anything.
 */
public final class PressureTriggers implements AutoCloseable {
    /** As many as one container may have at once. */
    private static final int MOST = 64;

    private static final int LONGEST = 32;
    private static final int POLL_ENTRY = 8;
    private static final int UNCHANGED_BITS =
            FileDescription.POLLIN | FileDescription.POLLRDNORM | FileDescription.POLLOUT | FileDescription.POLLWRNORM;
    /** Without CAP_SYS_RESOURCE on the host, which no container has, a window is a multiple of this: {@code psi_trigger_create}. */
    private static final long WINDOW_MICROS = 2_000_000;

    private static final long STACK_BYTES = 256 << 10;

    private final List<Trigger> set = new ArrayList<>();
    private @Nullable OwnedFd wakeup;
    private @Nullable Thread thread;
    private boolean closed;

    /** What one open file has: no trigger yet. {@code path} is the group's file, or null if it has none. */
    public EventFile.Watch open(@Nullable String path) {
        return new Trigger(path);
    }

    private synchronized void add(Trigger trigger) throws ErrnoException {
        if (closed || set.size() >= MOST) {
            throw Errno.EBUSY.exception();
        }
        set.add(trigger);
        if (thread == null) {
            OwnedFd made = FileCalls.eventfd(0, FileCalls.EFD_NONBLOCK);
            wakeup = made;
            thread = Thread.ofPlatform()
                    .name("caisson-pressure")
                    .daemon()
                    .stackSize(STACK_BYTES)
                    .start(() -> watch(made));
        } else {
            wake();
        }
    }

    private void wake() {
        OwnedFd present = wakeup;
        if (present == null) {
            return;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment one = scratch.allocate(Long.BYTES);
            one.set(ValueLayout.JAVA_LONG, 0, 1);
            FileCalls.write(present.number(), one);
        } catch (ErrnoException full) {
            // It will wake anyway.
            return;
        }
    }

    private void watch(OwnedFd awaited) {
        try (awaited;
                Scratch scratch = Scratch.open()) {
            MemorySegment entries = scratch.allocate((1L + MOST) * POLL_ENTRY);
            MemorySegment count = scratch.allocate(Long.BYTES);
            while (true) {
                List<Trigger> present = present();
                if (present.isEmpty()) {
                    return;
                }
                FileCalls.setPollEntry(entries, 0, awaited.number(), FileCalls.POLLIN);
                for (int i = 0; i < present.size(); i++) {
                    FileCalls.setPollEntry(entries, 1 + i, present.get(i).number(), FileCalls.POLLPRI);
                }
                FileCalls.poll(entries, 1 + present.size(), -1);
                if (FileCalls.pollResult(entries, 0) != 0) {
                    FileCalls.read(awaited.number(), count);
                }
                for (int i = 0; i < present.size(); i++) {
                    int events = FileCalls.pollResult(entries, 1 + i);
                    if (events != 0) {
                        present.get(i).happened(events);
                    }
                }
            }
        } catch (ErrnoException failure) {
            forget();
        }
    }

    /** The triggers to wait for; with none the thread's part is over, and those that it waited for no more are closed. */
    private synchronized List<Trigger> present() {
        set.removeIf(Trigger::isOver);
        if (closed || set.isEmpty()) {
            forget();
            return List.of();
        }
        return List.copyOf(set);
    }

    private synchronized void forget() {
        for (Trigger trigger : set) {
            trigger.end();
        }
        set.clear();
        thread = null;
        wakeup = null;
    }

    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closed = true;
            running = thread;
            wake();
        }
        if (running != null) {
            try {
                running.join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One open file's trigger. Its descriptor is closed by the thread that waits for it, and by no other. */
    private final class Trigger implements EventFile.Watch {
        private final @Nullable String path;
        private final WaitQueue queue = new WaitQueue();

        /** The group's file with the trigger. Guarded by the outer object's monitor, as is {@link #over}. */
        private @Nullable OwnedFd file;

        private boolean over;

        /** The bits that came and that nobody has asked for since. Guarded by the queue's monitor. */
        private int pending;

        Trigger(@Nullable String path) {
            this.path = path;
        }

        int number() {
            synchronized (PressureTriggers.this) {
                OwnedFd present = file;
                return present == null ? -1 : present.number();
            }
        }

        /** Whether its file was closed; gives the descriptor back if so. */
        boolean isOver() {
            if (over) {
                end();
            }
            return over;
        }

        void end() {
            OwnedFd present = file;
            file = null;
            over = true;
            if (present != null) {
                present.close();
            }
        }

        void happened(int events) {
            synchronized (queue) {
                pending |= events & (FileDescription.POLLPRI | FileDescription.POLLERR);
            }
            queue.announce(events | FileDescription.POLLPRI);
            if ((events & FileDescription.POLLERR) != 0) {
                // The group is gone; it would be told again and again.
                synchronized (PressureTriggers.this) {
                    over = true;
                }
            }
        }

        /** {@code psi_write}: the words are the kernel's to judge, but for the window. One trigger a file. */
        @Override
        public void write(Credentials credentials, MemorySegment data, long offset) throws ErrnoException {
            if (data.byteSize() == 0) {
                throw Errno.EINVAL.exception();
            }
            int length = (int) Math.min(data.byteSize(), LONGEST - 1);
            byte[] words = data.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            checkWindow(words);
            synchronized (PressureTriggers.this) {
                if (file != null || over) {
                    throw Errno.EBUSY.exception();
                }
                if (path == null) {
                    throw Errno.EOPNOTSUPP.exception();
                }
                OwnedFd opened = FileCalls.open(path, OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
                try (Scratch scratch = Scratch.open()) {
                    MemorySegment text = scratch.allocate(length + 1L);
                    MemorySegment.copy(words, 0, text, ValueLayout.JAVA_BYTE, 0, length);
                    FileCalls.write(opened.number(), text);
                    file = opened;
                    add(this);
                } catch (ErrnoException refused) {
                    file = null;
                    opened.close();
                    throw refused;
                }
            }
        }

        private static void checkWindow(byte[] words) throws ErrnoException {
            TextScanner text = TextScanner.of(new String(words, StandardCharsets.ISO_8859_1).replace('\n', ' '));
            if (text.nextLine()) {
                text.skipWord();
                text.decimal();
                long window = text.decimal();
                if (window > 0 && window % WINDOW_MICROS != 0) {
                    throw Errno.EINVAL.exception();
                }
            }
        }

        /** {@code psi_trigger_poll}: an event is told once; a file without a trigger has failed. */
        @Override
        public int readiness() {
            if (number() < 0) {
                return UNCHANGED_BITS | FileDescription.POLLERR | FileDescription.POLLPRI;
            }
            synchronized (queue) {
                int came = pending;
                pending &= ~FileDescription.POLLPRI;
                return UNCHANGED_BITS | came;
            }
        }

        @Override
        public WaitQueue.@Nullable Registration listen(int events, boolean once, ReadinessListener listener) {
            return queue.listen(events, once, listener);
        }

        @Override
        public void close() {
            synchronized (PressureTriggers.this) {
                over = true;
                if (thread == null) {
                    end();
                } else {
                    wake();
                }
            }
        }
    }
}
