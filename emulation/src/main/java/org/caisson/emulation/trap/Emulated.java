package org.caisson.emulation.trap;

import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.jspecify.annotations.Nullable;

/**
 * What the handlers know of a container: which superblock holds its emulated files, and who changes mounts for it.
 *
 * <p>The agent is written once, before the container's first process runs.
 */
public final class Emulated implements AutoCloseable {
    /** For who asks only which calls there are. */
    static final Emulated NOTHING = new Emulated(-1, null, Machine.UNKNOWN);

    private final long device;
    private final @Nullable OwnedFd tree;
    private final Machine machine;
    private final NewBases newBases = new NewBases();
    private volatile @Nullable MountAgent agent;
    private volatile Covers covers = Covers.NONE;
    private volatile long initMountNamespace;
    private volatile int initPid;

    /**
     * What handlers know from the start.
     *
     * @param device the device number of the superblock that holds the emulated files, see {@code Place.deviceOf}
     * @param tree the root of all emulated files, with {@code proc} and {@code sys}; null if it is not known. It stays the
     *     caller's, and open while calls are answered
     * @param machine the container's share of it
     */
    public Emulated(long device, @Nullable OwnedFd tree, Machine machine) {
        this.device = device;
        this.tree = tree;
        this.machine = machine;
    }

    /**
     * Takes the agent, the container's first process, the inode number of the mount namespace that it started in, and what
     * must stay covered.
     */
    public void attach(MountAgent mountAgent, int firstProcess, long mountNamespace, Covers coveredPaths) {
        covers = coveredPaths;
        initPid = firstProcess;
        initMountNamespace = mountNamespace;
        agent = mountAgent;
    }

    Machine machine() {
        return machine;
    }

    @Nullable
    OwnedFd tree() {
        return tree;
    }

    long device() {
        return device;
    }

    boolean isEmulated(Place place) {
        return place.device() == device;
    }

    /** Lets go of what is kept for callers. */
    @Override
    public void close() {
        newBases.close();
    }

    NewBases newBases() {
        return newBases;
    }

    Covers covers() {
        return covers;
    }

    long initMountNamespace() {
        return initMountNamespace;
    }

    /** Whether a mount of the container's own mount namespace is its {@code /proc} or {@code /sys}, seen from its root. */
    boolean isOwnBase(long mountId) {
        MountTable.Entry entry = MountTable.of(initPid).find(mountId);
        return entry != null && (entry.isAt("/proc") || entry.isAt("/sys"));
    }

    /** Whether a tracee has CAP_SYS_ADMIN in the container's user namespace itself. */
    boolean isContainersRoot(Tracee tracee) throws ErrnoException {
        if (!tracee.isAdministrator()) {
            return false;
        }
        try (Tracee init = new Tracee(initPid, null)) {
            return tracee.namespaceInode("user") == init.namespaceInode("user");
        }
    }

    /** Whether a file's owner and group are ids of the container. */
    boolean ownsFile(OwnedFd file) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            int flags = AtFlags.AT_EMPTY_PATH | AtFlags.AT_STATX_DONT_SYNC;
            FileCalls.statx(file.number(), "", flags, Statx.STATX_BASIC_STATS, stat);
            return maps("uid_map", stat.uid()) && maps("gid_map", stat.gid());
        }
    }

    /** See user_namespaces(7): lines of the first id inside, the first outside, and how many. */
    private boolean maps(String map, int id) {
        TextScanner text = new TextScanner();
        KernelFile.readOnce("/proc/" + initPid + "/" + map, text);
        long outside = Integer.toUnsignedLong(id);
        while (text.nextLine()) {
            text.decimal();
            long first = text.decimal();
            long count = text.decimal();
            if (outside >= first && outside - first < count) {
                return true;
            }
        }
        return false;
    }

    MountAgent agent() throws ErrnoException {
        MountAgent present = agent;
        if (present == null) {
            throw Errno.EAGAIN.exception();
        }
        return present;
    }
}
