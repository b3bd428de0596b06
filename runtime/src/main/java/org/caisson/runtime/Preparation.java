package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import org.caisson.emulation.ContainerCgroups;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.emulation.EmulationOptions;
import org.caisson.linux.ErrnoException;
import org.caisson.runtime.cgroup.Cgroup;
import org.caisson.runtime.spec.Resources;
import org.jspecify.annotations.Nullable;

/**
 * Makes a container's control groups and emulation in a thread of its own, while its maker has the stage make the
 * namespaces: neither needs the other, and both take milliseconds. What it made is read after {@link #await} alone.
 */
final class Preparation implements Runnable {
    private static final int EMULATION_THREADS = 2;

    private final Cgroup groups;
    private final Resources resources;
    private final IdMaps ids;
    private final Thread thread;
    // Written by the thread before its end, read by others after it.
    private boolean madeGroups;
    private @Nullable ContainerEmulation emulation;
    private @Nullable IOException failure;
    private @Nullable RuntimeException defect;

    Preparation(Cgroup groups, Resources resources, IdMaps ids) {
        this.groups = groups;
        this.resources = resources;
        this.ids = ids;
        thread = new Thread(this, "caisson-preparation");
    }

    void start() {
        thread.start();
    }

    @Override
    public void run() {
        try {
            groups.create(resources, ids.rootUid(), ids.rootGid());
            madeGroups = true;
            emulation = emulate();
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException e) {
            defect = e;
        }
    }

    private ContainerEmulation emulate() throws ContainerException {
        ContainerCgroups directories = new ContainerCgroups(
                v1("memory"), v1("cpu"), v1("cpuacct"), v1("cpuset"), v1("pids"), groups.unified());
        try {
            return ContainerEmulation.create(
                    new EmulationOptions(directories, ids.rootUid(), ids.count(), EMULATION_THREADS));
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

    /** Waits for the thread's end, however often it is called and even if the caller is interrupted. */
    void await() {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The control groups, if they were made and are to be removed. */
    @Nullable
    Cgroup groups() {
        return madeGroups ? groups : null;
    }

    /** The emulation, if it was made and is to be closed. */
    @Nullable
    ContainerEmulation emulation() {
        return emulation;
    }

    /** The emulation, or what kept it from being made. */
    ContainerEmulation result() throws IOException {
        if (defect != null) {
            throw defect;
        }
        if (failure != null) {
            throw failure;
        }
        ContainerEmulation made = emulation;
        if (made == null) {
            throw new IllegalStateException("the preparation has not ended");
        }
        return made;
    }
}
