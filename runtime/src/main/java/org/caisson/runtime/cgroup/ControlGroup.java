package org.caisson.runtime.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.runtime.spec.Resources;
import org.jspecify.annotations.Nullable;

/** What one container has in one hierarchy: a directory with its limits, and {@code payload} in it, where it lives. */
abstract sealed class ControlGroup permits CgroupV1, CgroupV2 {
    static final String PAYLOAD = "payload";

    final Hierarchy hierarchy;
    final Path directory;
    final Path payload;

    ControlGroup(Hierarchy hierarchy, Path directory) {
        this.hierarchy = hierarchy;
        this.directory = directory;
        this.payload = directory.resolve(PAYLOAD);
    }

    /** Makes the directory, not yet the payload. */
    void make(OwnerRegister owners) throws CgroupException {
        makeParents(parent(directory));
        try {
            if (!makeDirectory() && !(AbandonedGroup.remove(this, owners) && makeDirectory())) {
                throw new CgroupException(
                        "control group " + directory
                                + " exists already: another container uses it; choose another id or path",
                        null);
            }
        } catch (CgroupException e) {
            throw e;
        } catch (IOException e) {
            throw cannot("made", directory, e);
        }
    }

    /** False if it is there. */
    private boolean makeDirectory() throws ErrnoException {
        try {
            mkdir(directory);
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST) {
                return false;
            }
            throw e;
        }
    }

    private void makeParents(Path parent) throws CgroupException {
        if (Files.isDirectory(parent)) {
            return;
        }
        makeParents(parent(parent));
        try {
            mkdir(parent);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST) {
                return;
            }
            throw cannot("made", parent, e);
        }
        madeParent(parent);
    }

    private static void mkdir(Path directory) throws ErrnoException {
        FileCalls.mkdirat(AtFlags.AT_FDCWD, directory.toString(), 0755);
    }

    /** Called for each directory on the way that had to be made. */
    abstract void madeParent(Path parent) throws CgroupException;

    /** Applies the limits that this hierarchy controls. Called before there is a payload. */
    final void limit(Resources resources) throws CgroupException {
        Resources.Memory memory = resources.memory();
        if (memory != null && hierarchy.has("memory")) {
            limit(memory);
        }
        Resources.Cpu cpu = resources.cpu();
        if (cpu != null && hierarchy.has("cpu")) {
            limit(cpu);
        }
        if (cpu != null && hierarchy.has("cpuset")) {
            set("cpuset.cpus", cpu.cpus(), "the CPUs");
            set("cpuset.mems", cpu.mems(), "the memory nodes");
        }
        Resources.Pids pids = resources.pids();
        if (pids != null && hierarchy.has("pids")) {
            set("pids.max", pids.limit() <= 0 ? "max" : Long.toString(pids.limit()), "the number of tasks");
        }
        Resources.BlockIo io = resources.blockIo();
        if (io != null && hierarchy.has(blockController())) {
            limit(io);
        }
        if (hierarchy.has("hugetlb")) {
            for (Resources.HugepageLimit limit : resources.hugepageLimits()) {
                set(hugepageFile(limit.pageSize()), Long.toUnsignedString(limit.limit()), "huge pages");
            }
        }
        limitMore(resources);
    }

    abstract void limit(Resources.Memory memory) throws CgroupException;

    abstract void limit(Resources.Cpu cpu) throws CgroupException;

    abstract void limit(Resources.BlockIo io) throws CgroupException;

    /** What this version calls the controller of block devices. */
    abstract String blockController();

    /** The file that limits huge pages of one size. */
    abstract String hugepageFile(String pageSize);

    /** The limits that only this version knows. */
    abstract void limitMore(Resources resources) throws CgroupException;

    /** Writes a limit if there is one. */
    final void set(String file, @Nullable String value, String what) throws CgroupException {
        if (value != null) {
            CgroupFiles.set(directory.resolve(file), value, what);
        }
    }

    /** Makes the payload directory. */
    void makePayload() throws CgroupException {
        try {
            mkdir(payload);
        } catch (ErrnoException e) {
            throw cannot("made", payload, e);
        }
    }

    /** Hands the payload to the container's root, so that it can make groups of its own. */
    abstract void delegate(long uid, long gid) throws CgroupException;

    void add(int pid) throws CgroupException {
        add(payload, pid);
    }

    static void add(Path group, int pid) throws CgroupException {
        try {
            CgroupFiles.write(group.resolve("cgroup.procs"), Integer.toString(pid));
        } catch (IOException e) {
            throw new CgroupException(
                    "process " + pid + " cannot be put into control group " + group + ": " + CgroupFiles.reason(e), e);
        }
    }

    List<Integer> processes() throws IOException {
        List<Integer> pids = new ArrayList<>();
        CgroupFiles.processes(directory, pids);
        return pids;
    }

    /** Removes the directory and all below it; false if something still lives in it. */
    boolean tryRemove() throws IOException {
        return tryRemove(directory);
    }

    void removeIfEmptyAndUnmarked() throws IOException {
        if (OwnerMark.of(directory) == null) {
            rmdir(directory);
        }
    }

    private static boolean tryRemove(Path directory) throws IOException {
        if (rmdir(directory)) {
            return true;
        }
        boolean all = true;
        for (Path child : CgroupFiles.children(directory)) {
            all &= tryRemove(child);
        }
        return all && rmdir(directory);
    }

    private static boolean rmdir(Path directory) throws IOException {
        try {
            Files.delete(directory);
            return true;
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            if (Files.isDirectory(directory)) {
                return false;
            }
            throw e;
        }
    }

    /** The directory above; the root is its own. */
    static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    static CgroupException cannot(String done, Path path, IOException e) {
        return new CgroupException("control group " + path + " cannot be " + done + ": " + CgroupFiles.reason(e), e);
    }
}
