package org.caisson.fuse;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Objects;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * Serves a part of a virtual file system at a mount point of the host, over {@code /dev/fuse}: build, mount, start, close.
 *
 * <p>The mount lives as long as the process: when it dies, who uses the mount gets ENOTCONN, nothing waits for ever, and the mount is
 * taken off.
 */
public final class FuseServer implements AutoCloseable {
    private static final long END_MILLIS = 5_000;

    private final String name;
    private final ServedTree tree;
    private final int threads;
    private final int maxData;
    private final boolean allowOther;
    private final boolean defaultPermissions;
    private final boolean passthrough;
    private final int mountAttributes;
    private final @Nullable Path guardProgram;
    private final @Nullable ConnectionLog log;
    private final boolean goesOn;

    // Guarded by this object's monitor, which comes before that of the workers.
    private @Nullable FuseMount mount;
    private @Nullable Connection connection;
    private @Nullable PromptMessages messages;
    private @Nullable Workers workers;
    private @Nullable FuseNotifier notifier;
    private @Nullable BackingFiles backing;
    private @Nullable MountGuard guard;
    private boolean attached;
    private boolean closed;

    private FuseServer(Builder builder) {
        name = builder.name;
        CachePolicy commonPolicy = builder.onlyDoor ? CachePolicy.ALL.withMisses(Long.MAX_VALUE) : null;
        tree = new ServedTree(
                builder.vfs,
                builder.root,
                builder.ids,
                builder.openFiles,
                commonPolicy,
                builder.writeback,
                builder.ownLocks,
                builder.plainFiles,
                builder.kernelDecides,
                builder.log);
        log = builder.log;
        goesOn = builder.goesOn;
        passthrough = builder.passthrough;
        mountAttributes = builder.mountAttributes;
        guardProgram = builder.guardProgram;
        threads = builder.threads;
        maxData = builder.maxData;
        allowOther = builder.allowOther;
        defaultPermissions = builder.defaultPermissions;
    }

    /** A server of what is visible at and beneath {@code root}. */
    public static Builder builder(VirtualFileSystem vfs, VirtualDentry root) {
        return new Builder(vfs, root);
    }

    /**
     * Mounts, but attaches the mount nowhere.
     *
     * @return the mount, which the caller owns and may attach with move_mount(2), also in another mount namespace
     */
    public synchronized OwnedFd mountDetached() throws ErrnoException {
        FuseMount made = mount();
        try {
            return made.share();
        } catch (ErrnoException e) {
            close();
            throw e;
        }
    }

    /**
     * Mounts at a directory of this process's mount namespace, until {@link #close}. If this process dies before, a program that it leaves
     * behind unmounts ({@link Builder#guard}). A server that fails to mount is closed.
     */
    public synchronized void mountAt(String path) throws ErrnoException {
        FuseMount made = mount();
        try {
            // Before there is anything to be left behind.
            Path program = guardProgram;
            guard = program == null ? null : MountGuard.of(made.mountId(), program);
            made.attach(path);
            attached = true;
            if (program == null) {
                guard = MountGuard.over(path);
            }
        } catch (ErrnoException e) {
            close();
            throw e;
        }
    }

    /**
     * Goes on with a mount of a server that is gone, made by {@link Builder#resume}. What the kernel has asked that one and got no answer to
     * it asks again, so some of it may be done twice. Poll requests that wait are answered when they are asked again.
     *
     * @param device what {@link #device} gave, which must have been kept open ever since; this server's from now on
     * @param attached a descriptor of the mount; this server's from now on
     */
    public synchronized void resume(OwnedFd device, OwnedFd attached) throws ErrnoException {
        if (mount != null || connection != null || closed || !goesOn) {
            throw new IllegalStateException("the server is mounted or closed already, or has nothing to go on with");
        }
        FuseMount made = FuseMount.resume(device, attached);
        mount = made;
        connect(made.device());
    }

    /** Another descriptor of the device, which the caller owns: as long as one is open the kernel keeps requests for who goes on. */
    public synchronized OwnedFd device() throws ErrnoException {
        return Objects.requireNonNull(mount, "the server is not mounted")
                .device()
                .duplicate();
    }

    private FuseMount mount() throws ErrnoException {
        if (mount != null || connection != null || closed) {
            throw new IllegalStateException("the server is mounted or closed already");
        }
        // What is opened for writing without asking must be refused by the kernel.
        boolean readOnly = tree.plain != null && tree.isReadOnly();
        tree.listsUnasked = readOnly;
        int attributes = mountAttributes | (readOnly ? MountFlags.MOUNT_ATTR_RDONLY : 0);
        FuseMount made = FuseMount.create(name, allowOther, defaultPermissions, attributes);
        mount = made;
        connect(made.device());
        return made;
    }

    /** Uses a device that is connected already. */
    synchronized void connect(OwnedFd device) {
        Connection made = new Connection(device);
        connection = made;
        PromptMessages quick = new PromptMessages(made);
        messages = quick;
        notifier = new FuseNotifier(tree, made, quick);
        backing = passthrough ? new BackingFiles(device) : null;
    }

    /** Starts the threads that serve; until then who uses the mount waits. A server that fails to start is to be closed. */
    public synchronized void start() throws ErrnoException {
        Connection device = connection;
        if (device == null || workers != null || closed) {
            throw new IllegalStateException("the server is not mounted, or started or closed already");
        }
        Interrupts interrupts = new Interrupts();
        Handshake handshake = new Handshake(maxData, tree, backing, log);
        PromptMessages prompt = Objects.requireNonNull(messages);
        Dispatcher dispatcher = new Dispatcher(tree, handshake, interrupts, prompt);
        // one of them only takes in when all others are busy
        int limit = threads == 1 ? 1 : threads * 8 + 1;
        Workers made = new Workers("fuse-" + name, tree, maxData, device, dispatcher, interrupts, threads, limit);
        workers = made;
        made.start();
        if (goesOn) {
            prompt.resend();
        }
    }

    /** Waits until the mount is taken off by somebody, or the server closed. It must have been started. */
    public void awaitEnd() throws InterruptedException {
        Workers serving;
        synchronized (this) {
            serving = Objects.requireNonNull(workers, "the server was not started");
        }
        serving.awaitEnd();
    }

    /** To tell the kernel of changes. The server must be mounted. */
    public synchronized FuseNotifier notifier() {
        return Objects.requireNonNull(notifier, "the server is not mounted");
    }

    /** Ends the connection, takes off what {@link #mountAt} attached, and ends the threads. A second call does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        FuseMount made = mount;
        if (made != null) {
            try {
                if (connection != null && !connection.hasEnded()) {
                    made.abort();
                }
            } catch (ErrnoException e) {
                log().log(Level.WARNING, "cannot abort the FUSE connection of " + name, e);
            }
            if (attached) {
                made.detach();
            }
            if (guard != null) {
                guard.close();
            }
            made.close();
        }
        if (workers != null) {
            if (!workers.awaitEnd(END_MILLIS)) {
                log().log(Level.WARNING, "a request to " + name + " does not end; its thread is left behind");
            }
        } else if (connection != null) {
            connection.close();
        }
        if (log != null) {
            log.close();
        }
    }

    /** What the kernel knows, for tests. */
    ServedTree tree() {
        return tree;
    }

    /** How to serve. */
    public static final class Builder {
        private static final int DEFAULT_MAX_DATA = 1 << 20;
        private static final int DEFAULT_OPEN_FILES = 16_384;

        private final VirtualFileSystem vfs;
        private final VirtualDentry root;
        private String name = "caisson";
        private IdShift ids = IdShift.NONE;
        private int threads = Runtime.getRuntime().availableProcessors();
        private int maxData = DEFAULT_MAX_DATA;
        private int openFiles = DEFAULT_OPEN_FILES;
        private boolean allowOther = true;
        private boolean defaultPermissions = true;
        private boolean ownLocks;
        private boolean onlyDoor;
        private boolean writeback;
        private boolean plainFiles;
        private boolean kernelDecides;
        private boolean passthrough = true;
        private @Nullable Path guardProgram;
        private @Nullable ConnectionLog log;
        private boolean goesOn;
        private int mountAttributes = MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV;

        private Builder(VirtualFileSystem vfs, VirtualDentry root) {
            this.vfs = Objects.requireNonNull(vfs, "vfs is null");
            this.root = Objects.requireNonNull(root, "root is null");
        }

        /** The source of the mount, as {@code /proc/mounts} shows it. */
        public Builder name(String source) {
            name = source;
            return this;
        }

        /** Shows id {@code n} of the tree to the host as {@code base + n}; ids from {@code size} on as the overflow id. */
        public Builder idShift(long base, int size) {
            ids = new IdShift(base, size);
            return this;
        }

        /**
         * How many threads read requests at once when there are so many. With 1 there is never more than one; else those that serve what
         * takes long are relieved by more.
         */
        public Builder threads(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("a server needs a thread");
            }
            threads = count;
            return this;
        }

        /** The most that one read or write request carries, a multiple of the page size from 4 KiB to 1 MiB. */
        public Builder maxData(int bytes) {
            if (bytes < 4096 || bytes > DEFAULT_MAX_DATA || (bytes & 4095) != 0) {
                throw new IllegalArgumentException("not a number of pages up to 1 MiB: " + bytes);
            }
            maxData = bytes;
            return this;
        }

        /** About how many files may be open at once, all users together; one more is refused with ENFILE. 16,384 unless set. */
        public Builder openFiles(int most) {
            if (most < 1) {
                throw new IllegalArgumentException("a server without files");
            }
            openFiles = most;
            return this;
        }

        /** Whether users other than root may use the mount. */
        public Builder allowOther(boolean allow) {
            allowOther = allow;
            return this;
        }

        /** Whether the kernel checks permissions by owner and mode, before it asks. */
        public Builder defaultPermissions(boolean check) {
            defaultPermissions = check;
            return this;
        }

        /**
         * Whether locks of fcntl(2) and flock(2) are the tree's own: then they hold towards Java and other mounts of the tree as well, at
         * the price of a request for each lock and each close. Else, unless set, the kernel keeps them for this mount alone.
         */
        public Builder ownLocks(boolean own) {
            ownLocks = own;
            return this;
        }

        /**
         * Whether the tree changes by way of this server alone. Then the kernel remembers names, attributes and data until it changes
         * them itself, whatever their {@link CachePolicy} says, and checks access control lists.
         */
        public Builder onlyDoor(boolean alone) {
            onlyDoor = alone;
            return this;
        }

        /**
         * Whether the kernel may keep for a while what is written, and write it in large pieces. The size of a file and the time of
         * its change are the kernel's then; only for a tree of which this is the only door.
         */
        public Builder writeback(boolean late) {
            writeback = late;
            return this;
        }

        /**
         * Whether each file is nothing but its data, so that it does not matter by which open file one reads or writes: as in memory or on
         * a disk, and not as in /proc. Then the kernel need not ask to open one, and data is served by node. Only where this is the only
         * door, the kernel checks permissions, and keeps the locks.
         */
        public Builder plainFiles(boolean plain) {
            plainFiles = plain;
            return this;
        }

        /**
         * Whether the kernel alone decides who may do what, as with a file system of its own: then all requests are served as root's, and
         * the mount may be id-mapped (mount_setattr(2)). For trees that nobody can change through this server.
         */
        public Builder kernelDecides(boolean alone) {
            kernelDecides = alone;
            return this;
        }

        /**
         * Whether the kernel may move the data of host files by itself, unless it writes late. It does that at the host's own speed, but
         * must then ask to open each file, also a plain one.
         */
        public Builder passthrough(boolean may) {
            passthrough = may;
            return this;
        }

        /** The flags of the mount, {@code MOUNT_ATTR_…} of {@link MountFlags}; nosuid and nodev unless set. */
        public Builder mountAttributes(int attributes) {
            mountAttributes = attributes;
            return this;
        }

        /**
         * The program {@code caisson-stage}, which takes off what {@link FuseServer#mountAt} mounted, and nothing else, if this process
         * dies. Without it a shell does, which goes by the path: what others mount there meanwhile is taken off instead.
         */
        public Builder guard(Path program) {
            guardProgram = program;
            return this;
        }

        /**
         * Keeps in a file what another server needs to go on with the connection, should this process end and the device be kept open by
         * others ({@link FuseServer#device}). For trees of generated files, of which each file can be opened again by its name.
         */
        public Builder log(Path file) throws IOException {
            log = ConnectionLog.create(file);
            return this;
        }

        /** Goes on with the connection that such a file is of: then {@link FuseServer#resume} takes the place of mounting. */
        public Builder resume(Path file) throws IOException {
            log = ConnectionLog.resume(file);
            goesOn = true;
            return this;
        }

        public FuseServer build() {
            if (log != null && (plainFiles || ownLocks || onlyDoor || passthrough)) {
                throw new IllegalArgumentException(
                        "only the kernel's locks, and no plain files or passthrough, can be gone on with");
            }
            if (writeback && !onlyDoor) {
                throw new IllegalArgumentException("late writes need the only door");
            }
            if (kernelDecides && !defaultPermissions) {
                throw new IllegalArgumentException("the kernel can only decide what it checks");
            }
            if (plainFiles && (!onlyDoor || !defaultPermissions || ownLocks)) {
                throw new IllegalArgumentException(
                        "plain files need the only door, checks by the kernel, and the kernel's locks");
            }
            return new FuseServer(this);
        }
    }

    /** Looked up when there is something to say: the first logger of a JVM costs milliseconds. */
    private static System.Logger log() {
        return System.getLogger(FuseServer.class.getName());
    }
}
