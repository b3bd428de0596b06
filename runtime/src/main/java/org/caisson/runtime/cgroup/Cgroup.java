package org.caisson.runtime.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.runtime.spec.Resources;
import org.jspecify.annotations.Nullable;

/** The control groups of one container in all hierarchies of the host. */
public final class Cgroup {
    private static final int SIGKILL = 9;
    private static final long REMOVAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long FREEZE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int MOST_AT_ONCE = 256;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final List<ControlGroup> groups;
    private final @Nullable String owner;
    private final OwnerRegister owners;

    private Cgroup(List<ControlGroup> groups, @Nullable String owner, OwnerRegister owners) {
        this.groups = groups;
        this.owner = owner;
        this.owners = owners;
    }

    private Cgroup(List<ControlGroup> groups) {
        this(groups, null, mark -> true);
    }

    /**
     * The same groups, which {@link #create} will mark as this owner's, taking away what is in the way of them and belonged to
     * owners that no longer live.
     */
    public Cgroup withOwner(String mark, OwnerRegister others) {
        return new Cgroup(groups, mark, others);
    }

    /**
     * Those of the groups that are marked as this owner's. A group without a mark counts only if it is known by other means
     * that the owner made it; one with another's mark never does.
     */
    public Cgroup ownedBy(String mark, boolean known) throws IOException {
        List<ControlGroup> own = new ArrayList<>();
        for (ControlGroup group : groups) {
            String found = OwnerMark.of(group.directory);
            if (found == null ? known || !Files.exists(group.directory) : found.equals(mark)) {
                own.add(group);
            }
        }
        return new Cgroup(own, mark, owners);
    }

    /**
     * The groups at a path: an absolute one starts at the root of each hierarchy, a relative one at the caller's own
     * group. Nothing is made.
     */
    public static Cgroup at(CgroupHost host, String path) throws CgroupException {
        List<ControlGroup> groups = new ArrayList<>();
        for (Hierarchy hierarchy : host.hierarchies()) {
            Path directory = path.startsWith("/")
                    ? hierarchy.mount().resolve(path.substring(1)).normalize()
                    : base(hierarchy).resolve(path).normalize();
            if (!directory.startsWith(hierarchy.mount()) || directory.equals(hierarchy.mount())) {
                throw new CgroupException(
                        "control group path " + path + " leads out of " + hierarchy.mount()
                                + "; give a path without ..",
                        null);
            }
            groups.add(of(hierarchy, directory));
        }
        return new Cgroup(groups);
    }

    /** A v2 group with processes passes no controllers on (no internal processes), so the container goes beside it. */
    private static Path base(Hierarchy hierarchy) throws CgroupException {
        Path own = hierarchy.own();
        if (!hierarchy.v2() || hierarchy.controllers().isEmpty() || own.equals(hierarchy.mount())) {
            return own;
        }
        try {
            String processes = CgroupFiles.readIfThere(own.resolve("cgroup.procs"));
            return processes == null || processes.isEmpty() ? own : ControlGroup.parent(own);
        } catch (IOException e) {
            throw ControlGroup.cannot("read", own, e);
        }
    }

    /** The groups in directories that {@link #directories} gave earlier; those that are not in the host's are left out. */
    public static Cgroup of(CgroupHost host, List<Path> directories) {
        List<ControlGroup> groups = new ArrayList<>();
        for (Path directory : directories) {
            for (Hierarchy hierarchy : host.hierarchies()) {
                if (directory.startsWith(hierarchy.mount()) && !directory.equals(hierarchy.mount())) {
                    groups.add(of(hierarchy, directory));
                    break;
                }
            }
        }
        return new Cgroup(groups);
    }

    private static ControlGroup of(Hierarchy hierarchy, Path directory) {
        return hierarchy.v2() ? new CgroupV2(hierarchy, directory) : new CgroupV1(hierarchy, directory);
    }

    /** The container's directory in each hierarchy. */
    public List<Path> directories() {
        List<Path> list = new ArrayList<>();
        for (ControlGroup group : groups) {
            list.add(group.directory);
        }
        return list;
    }

    /** The directory with a controller's limits, or null if no hierarchy has the controller. */
    public @Nullable Path directory(String controller) {
        ControlGroup group = group(controller);
        return group == null ? null : group.directory;
    }

    /** The directory in the v2 tree, or null. */
    public @Nullable Path unified() {
        for (ControlGroup group : groups) {
            if (group.hierarchy.v2()) {
                return group.directory;
            }
        }
        return null;
    }

    /** The v1 hierarchies and the v2 tree in which the container has groups. */
    public List<Hierarchy> hierarchies() {
        List<Hierarchy> list = new ArrayList<>();
        for (ControlGroup group : groups) {
            list.add(group.hierarchy);
        }
        return list;
    }

    /** Makes all groups with their limits, payloads given to the container's root. On failure nothing is left. */
    public void create(Resources resources, long uid, long gid) throws CgroupException {
        demandControllers(resources);
        List<ControlGroup> made = new ArrayList<>();
        try {
            for (ControlGroup group : groups) {
                group.make(owners);
                made.add(group);
                if (owner != null) {
                    OwnerMark.set(group.directory, owner);
                }
                group.limit(resources);
                group.makePayload();
                group.delegate(uid, gid);
            }
        } catch (CgroupException e) {
            for (ControlGroup group : made) {
                try {
                    group.tryRemove();
                } catch (IOException suppressed) {
                    e.addSuppressed(suppressed);
                }
            }
            throw e;
        }
    }

    /** Applies other limits to groups that exist. */
    public void update(Resources resources) throws CgroupException {
        demandControllers(resources);
        for (ControlGroup group : groups) {
            if (!group.hierarchy.has("devices")) {
                group.limit(resources);
            }
        }
    }

    /** A limit that no controller can keep is an error, not a promise. */
    private void demandControllers(Resources resources) throws CgroupException {
        Resources.Memory memory = resources.memory();
        if (memory != null && memory.limit() != null && memory.limit() > 0) {
            demand("memory", "memory");
        }
        Resources.Cpu cpu = resources.cpu();
        if (cpu != null && cpu.quota() != null && cpu.quota() > 0) {
            demand("cpu", "CPU time");
        }
        if (cpu != null && (cpu.cpus() != null || cpu.mems() != null)) {
            demand("cpuset", "the set of CPUs");
        }
        Resources.Pids pids = resources.pids();
        if (pids != null && pids.limit() > 0) {
            demand("pids", "the number of tasks");
        }
    }

    private void demand(String controller, String what) throws CgroupException {
        if (group(controller) == null) {
            throw new CgroupException(
                    what + " cannot be limited: this host has no " + controller
                            + " controller; leave the limit away or mount the controller below /sys/fs/cgroup",
                    null);
        }
    }

    /** Moves a process into the payload of every hierarchy. */
    public void add(int pid) throws CgroupException {
        for (ControlGroup group : groups) {
            group.add(pid);
        }
    }

    /** Moves a process into the payload in the v2 tree alone. */
    public void addUnified(int pid) throws CgroupException {
        for (ControlGroup group : groups) {
            if (group.hierarchy.v2()) {
                group.add(pid);
            }
        }
    }

    /** The open {@code tasks} file of a v1 group. */
    public record Entrance(Path group, OwnedFd tasks) implements AutoCloseable {
        @Override
        public void close() {
            tasks.close();
        }
    }

    /**
     * The {@code tasks} files of the payloads in v1 hierarchies, open for a process of one thread that moves itself by writing 0:
     * that costs nothing, whereas moving another waits for a grace period of the kernel's. They are the caller's to close.
     */
    public List<Entrance> entrances() throws CgroupException {
        List<Entrance> list = new ArrayList<>();
        for (ControlGroup group : groups) {
            if (group.hierarchy.v2()) {
                continue;
            }
            Path tasks = group.payload.resolve("tasks");
            try {
                list.add(new Entrance(
                        group.payload, FileCalls.open(tasks.toString(), OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC)));
            } catch (ErrnoException e) {
                for (Entrance entrance : list) {
                    entrance.close();
                }
                throw ControlGroup.cannot("entered", group.payload, e);
            }
        }
        return list;
    }

    /** Moves a process into the groups that another one is in, wherever that has gone below the payload. */
    public void addBeside(int pid, int other) throws CgroupException {
        CgroupHost there = CgroupHost.ofProcess(other);
        for (Hierarchy hierarchy : there.hierarchies()) {
            for (ControlGroup group : groups) {
                if (group.hierarchy.mount().equals(hierarchy.mount())) {
                    Path directory = hierarchy.own().startsWith(group.directory) ? hierarchy.own() : group.payload;
                    ControlGroup.add(directory, pid);
                }
            }
        }
    }

    /** Process ids of the container, ascending. */
    public List<Integer> processes() throws IOException {
        TreeSet<Integer> pids = new TreeSet<>();
        for (ControlGroup group : groups) {
            pids.addAll(group.processes());
        }
        return new ArrayList<>(pids);
    }

    /** Stops all processes where they are. */
    public void freeze() throws CgroupException {
        setFrozen(true);
    }

    /** Lets them go on. */
    public void thaw() throws CgroupException {
        setFrozen(false);
    }

    /** Whether {@link #freeze} was asked for. */
    public boolean frozen() throws IOException {
        ControlGroup v1 = freezer();
        if (v1 != null) {
            String state = CgroupFiles.readIfThere(v1.directory.resolve("freezer.state"));
            return state != null && !state.equals("THAWED");
        }
        Path unified = unified();
        String state = unified == null ? null : CgroupFiles.readIfThere(unified.resolve("cgroup.freeze"));
        return "1".equals(state);
    }

    private @Nullable ControlGroup freezer() {
        ControlGroup group = group("freezer");
        return group == null || group.hierarchy.v2() ? null : group;
    }

    private void setFrozen(boolean frozen) throws CgroupException {
        ControlGroup v1 = freezer();
        Path unified = unified();
        Path file;
        if (v1 != null) {
            file = v1.directory.resolve("freezer.state");
        } else if (unified != null) {
            file = unified.resolve("cgroup.freeze");
        } else {
            throw new CgroupException("a container cannot be paused here: this host has no freezer controller", null);
        }
        String word = v1 == null ? frozen ? "1" : "0" : frozen ? "FROZEN" : "THAWED";
        try {
            CgroupFiles.write(file, word);
            long deadline = System.nanoTime() + FREEZE_NANOS;
            while (!settled(file, v1 != null, frozen)) {
                if (System.nanoTime() - deadline > 0) {
                    CgroupFiles.write(file, v1 == null ? "0" : "THAWED");
                    throw new CgroupException(
                            "the container could not be " + (frozen ? "frozen" : "thawed")
                                    + " in time; a process of it is busy in the kernel, try again",
                            null);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
                if (v1 != null && frozen) {
                    // A v1 group can stay FREEZING until it is asked again (kernel's freezer-subsystem.rst).
                    CgroupFiles.write(file, word);
                }
            }
        } catch (CgroupException e) {
            throw e;
        } catch (IOException e) {
            throw new CgroupException(
                    "the container cannot be " + (frozen ? "frozen" : "thawed") + ": " + CgroupFiles.reason(e) + " ("
                            + file + ")",
                    e);
        }
    }

    private static boolean settled(Path file, boolean v1, boolean frozen) throws IOException {
        if (v1) {
            return (frozen ? "FROZEN" : "THAWED").equals(CgroupFiles.readIfThere(file));
        }
        String events = CgroupFiles.readIfThere(file.resolveSibling("cgroup.events"));
        return events == null || events.contains(frozen ? "frozen 1" : "frozen 0");
    }

    /** Whether a member stands still, be it that the container was frozen or that it froze a group of its own. */
    public boolean frozen(int pid) throws IOException {
        for (Hierarchy hierarchy : CgroupHost.ofProcess(pid).hierarchies()) {
            boolean v1 = !hierarchy.v2();
            if (v1 && !hierarchy.has("freezer")) {
                continue;
            }
            Path file = hierarchy.own().resolve(v1 ? "freezer.state" : "cgroup.freeze");
            if (!settled(file, v1, false)) {
                return true;
            }
        }
        return false;
    }

    /** Lets all go on, those too that the container froze itself in groups of its own. */
    public void thawAll() throws IOException {
        ControlGroup v1 = freezer();
        if (v1 != null) {
            thawBelow(v1.directory, "freezer.state", "THAWED");
        }
        Path unified = unified();
        if (unified != null) {
            thawBelow(unified, "cgroup.freeze", "0");
        }
    }

    private static void thawBelow(Path directory, String file, String word) throws IOException {
        CgroupFiles.writeIfThere(directory.resolve(file), word);
        for (Path child : CgroupFiles.children(directory)) {
            thawBelow(child, file, word);
        }
    }

    /** Sends SIGKILL to all processes, frozen ones too. A process that is forking at this moment may escape: ask again. */
    public void kill() throws IOException {
        Path unified = unified();
        if (unified != null) {
            CgroupFiles.writeIfThere(unified.resolve("cgroup.kill"), "1");
        }
        signal(SIGKILL);
        thawAll();
    }

    /** Sends a signal to all processes. A process that is forking at this moment may escape. */
    public void signal(int signal) throws IOException {
        List<Integer> pids = processes();
        for (int from = 0; from < pids.size(); from += MOST_AT_ONCE) {
            signal(pids.subList(from, Math.min(pids.size(), from + MOST_AT_ONCE)), signal);
        }
    }

    /** A number in a list may be another process's by now; one that is listed again after it was opened is not. */
    private void signal(List<Integer> pids, int signal) throws IOException {
        Map<Integer, OwnedFd> opened = new HashMap<>();
        try {
            for (int pid : pids) {
                OwnedFd pidfd = openIfAlive(pid);
                if (pidfd != null) {
                    opened.put(pid, pidfd);
                }
            }
            for (int pid : processes()) {
                OwnedFd pidfd = opened.get(pid);
                if (pidfd != null) {
                    send(pidfd, signal);
                }
            }
        } finally {
            for (OwnedFd pidfd : opened.values()) {
                pidfd.close();
            }
        }
    }

    private static @Nullable OwnedFd openIfAlive(int pid) throws ErrnoException {
        try {
            return ProcessCalls.pidfdOpen(pid);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ESRCH) {
                return null;
            }
            throw e;
        }
    }

    private static void send(OwnedFd pidfd, int signal) throws ErrnoException {
        try {
            ProcessCalls.pidfdSendSignal(pidfd.number(), signal);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) {
                throw e;
            }
        }
    }

    /** Whether any of the directories exists. */
    public boolean exists() {
        for (ControlGroup group : groups) {
            if (Files.exists(group.directory)) {
                return true;
            }
        }
        return false;
    }

    /** Kills what is left and removes all directories, those that the container made too; bounded in time. */
    public void remove() throws CgroupException {
        remove(REMOVAL_NANOS);
    }

    /** The same with another bound. */
    public void remove(long patienceNanos) throws CgroupException {
        long deadline = System.nanoTime() + patienceNanos;
        try {
            while (!tryRemove()) {
                if (System.nanoTime() - deadline > 0) {
                    throw new CgroupException(
                            "the control groups of the container cannot be removed: processes " + processes()
                                    + " do not die; they are probably stuck in the kernel",
                            null);
                }
                kill();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (CgroupException e) {
            throw e;
        } catch (IOException e) {
            throw new CgroupException("the control groups of the container cannot be removed: " + e.getMessage(), e);
        }
    }

    /** Removes what has no owner's mark, no process and nothing below: its maker died before it could be marked. */
    public void removeUnmarked() throws IOException {
        for (ControlGroup group : groups) {
            group.removeIfEmptyAndUnmarked();
        }
    }

    private boolean tryRemove() throws IOException {
        boolean all = true;
        for (ControlGroup group : groups) {
            all &= group.tryRemove();
        }
        return all;
    }

    /** What the container uses now. */
    public CgroupStats stats() throws IOException {
        return CgroupStats.read(this);
    }

    private @Nullable ControlGroup group(String controller) {
        for (ControlGroup group : groups) {
            if (group.hierarchy.has(controller)) {
                return group;
            }
        }
        return null;
    }
}
