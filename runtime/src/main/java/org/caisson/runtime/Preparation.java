package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.caisson.emulation.ContainerCgroups;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.emulation.EmulationOptions;
import org.caisson.linux.ErrnoException;
import org.caisson.runtime.cgroup.Cgroup;
import org.caisson.runtime.spec.Resources;
import org.jspecify.annotations.Nullable;

/**
 * Makes a container's first state on disk, its control groups and its emulation in a thread of its own, while its maker has the
 * stage make the namespaces: neither needs the other, and both take milliseconds. Meanwhile a second thread moves the first
 * process into the v2 tree, for which the kernel waits for a grace period of RCU, with all control groups locked. A failure is
 * thrown by whatever is asked for next.
 */
final class Preparation {
    private static final int EMULATION_THREADS = 2;

    /** The same for all roots of state: the host has its values once. */
    private static final Path HOST_WISHES = Path.of("/run/caisson-host");

    /** Puts on disk that there will be control groups to take away. */
    interface FirstState {
        void write() throws IOException;
    }

    private final Cgroup groups;
    private final Resources resources;
    private final IdMaps ids;
    private final FirstState firstState;
    private final CountDownLatch groupsDone = new CountDownLatch(1);
    private final CountDownLatch joined = new CountDownLatch(1);
    private final CountDownLatch emulationDone = new CountDownLatch(1);
    private final CountDownLatch allDone = new CountDownLatch(1);
    private boolean joining; // the maker's
    // Written by the thread before a latch opens, read by others after it.
    private boolean madeGroups;
    private List<Cgroup.Entrance> entrances = List.of();
    private @Nullable ContainerEmulation emulation;
    private volatile @Nullable IOException failure;
    private volatile @Nullable RuntimeException defect;

    Preparation(Cgroup groups, Resources resources, IdMaps ids, FirstState firstState) {
        this.groups = groups;
        this.resources = resources;
        this.ids = ids;
        this.firstState = firstState;
    }

    Cgroup groups() {
        return groups;
    }

    IdMaps ids() {
        return ids;
    }

    void start() {
        new Thread(this::make, "caisson-preparation").start();
    }

    /** Moves the container's first process into its group in the v2 tree, as soon as there is one. To be called once. */
    void join(int pid) {
        new Thread(() -> joinUnified(pid), "caisson-joining").start();
        joining = true; // only now: nobody opens the latch if the host gives no thread
    }

    private void joinUnified(int pid) {
        try {
            await(groupsDone);
            if (!failed()) {
                groups.addUnified(pid);
            }
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException e) {
            defect = e;
        } catch (Error e) {
            defect = new IllegalStateException(e);
        } finally {
            joined.countDown();
        }
    }

    private void make() {
        try {
            firstState.write();
            groups.create(resources, ids.rootUid(), ids.rootGid());
            madeGroups = true;
            entrances = groups.entrances();
            groupsDone.countDown();
            ContainerEmulation made = emulate();
            emulation = made;
            emulationDone.countDown();
            made.lookUp();
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException e) {
            defect = e;
        } catch (Error e) {
            defect = new IllegalStateException(e);
        } finally {
            groupsDone.countDown();
            emulationDone.countDown();
            allDone.countDown();
        }
    }

    private ContainerEmulation emulate() throws ContainerException {
        ContainerCgroups directories = new ContainerCgroups(
                v1("memory"), v1("cpu"), v1("cpuacct"), v1("cpuset"), v1("pids"), v1("blkio"), groups.unified());
        try {
            return ContainerEmulation.create(
                    new EmulationOptions(directories, ids.rootUid(), ids.count(), EMULATION_THREADS, HOST_WISHES));
        } catch (ErrnoException e) {
            throw new ContainerException(
                    "the container's /proc cannot be served over FUSE: " + e.getMessage()
                            + "; this host must offer /dev/fuse to root (run caisson check)",
                    e);
        }
    }

    private @Nullable Path v1(String controller) {
        Path directory = groups.directory(controller);
        return directory != null && directory.equals(groups.unified()) ? null : directory;
    }

    /** The emulation, or what kept it from being made. */
    ContainerEmulation emulation() throws IOException {
        await(emulationDone);
        ContainerEmulation made = emulation;
        if (made == null) {
            throwFailure();
            throw new IllegalStateException("neither an emulation nor a reason");
        }
        return made;
    }

    /** Returns when all control groups are made and {@link #join} has done what was asked. */
    void awaitJoined() throws IOException {
        await(joined);
        throwFailure();
    }

    /** What {@link Cgroup#entrances} gave; this object closes them when it is {@link #await awaited}. After {@link #awaitJoined}. */
    List<Cgroup.Entrance> entrances() {
        return entrances;
    }

    /** Waits for the end of all. */
    void awaitMade() {
        await(allDone);
        if (joining) {
            await(joined);
        }
    }

    /** Waits for the end of all, however often it is called, and lets go of the entrances. */
    void await() {
        awaitMade();
        for (Cgroup.Entrance entrance : entrances) {
            entrance.close();
        }
    }

    /** The control groups, if they were made and are to be removed. After {@link #await}. */
    @Nullable
    Cgroup madeGroups() {
        return madeGroups ? groups : null;
    }

    /** The emulation, if it was made and is to be closed. After {@link #await}. */
    @Nullable
    ContainerEmulation madeEmulation() {
        return emulation;
    }

    private boolean failed() {
        return defect != null || failure != null;
    }

    private void throwFailure() throws IOException {
        RuntimeException unexpected = defect;
        if (unexpected != null) {
            throw unexpected;
        }
        IOException expected = failure;
        if (expected != null) {
            throw expected;
        }
    }

    /** Even if the caller is interrupted: what is being made must not be left behind. */
    private static void await(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
