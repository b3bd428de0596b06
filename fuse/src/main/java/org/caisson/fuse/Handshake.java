package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;
import static org.caisson.fuse.Exchange.PAYLOAD;

import org.caisson.fuse.protocol.FuseInitIn;
import org.caisson.fuse.protocol.FuseInitOut;
import org.caisson.fuse.protocol.InitFlag;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** INIT, the first request: which protocol version and which capabilities both sides know. */
final class Handshake {
    static final int MAJOR = 7;
    static final int OLDEST_MINOR = 31;
    static final int NEWEST_MINOR = 45;

    private static final int MAX_BACKGROUND = 64;
    private static final int PAGE_SHIFT = 12;

    /** What is always wanted if it is offered. Not wanted, knowingly: EXPORT_SUPPORT. */
    private static final long WANTED = InitFlag.ASYNC_READ
            | InitFlag.BIG_WRITES
            | InitFlag.DONT_MASK
            | InitFlag.DO_READDIRPLUS
            | InitFlag.READDIRPLUS_AUTO
            | InitFlag.ASYNC_DIO
            | InitFlag.PARALLEL_DIROPS
            | InitFlag.ABORT_ERROR
            | InitFlag.MAX_PAGES
            | InitFlag.SETXATTR_EXT
            | InitFlag.INIT_EXT;

    /**
     * What is wanted besides where only this server changes the tree. With HANDLE_KILLPRIV_V2 the tree clears set-id bits and file
     * capabilities, and the kernel need not ask for the latter before each write.
     */
    private static final long ONLY_DOOR = InitFlag.CACHE_SYMLINKS | InitFlag.HANDLE_KILLPRIV_V2 | InitFlag.POSIX_ACL;

    /** What is wanted besides where others change the tree too: that a change of the time or size of a file has its pages given up. */
    private static final long OTHERS_CHANGE_IT = InitFlag.AUTO_INVAL_DATA;

    /** What is wanted besides where locks are the tree's own: else the kernel keeps those of this mount itself. */
    private static final long OWN_LOCKS = InitFlag.POSIX_LOCKS | InitFlag.FLOCK_LOCKS;

    /** The backing file may be on any file system that is not itself stacked on others. */
    private static final int STACK_DEPTH = 1;

    private final ServedTree tree;
    private final @Nullable BackingFiles backing;
    private final long wanted;
    private final int maxData;

    /** Written by the thread that serves INIT, before any other request exists. */
    private volatile boolean done;

    private volatile long agreed;

    private final @Nullable ConnectionLog log;

    /**
     * A handshake to come.
     *
     * @param backing what is used if the kernel can move data past us; null if it shall not
     * @param log where what is agreed is kept for who goes on, or was kept by who began; or null
     */
    Handshake(int maxData, ServedTree tree, @Nullable BackingFiles backing, @Nullable ConnectionLog log) {
        this.log = log;
        this.tree = tree;
        this.backing = backing;
        wanted = WANTED
                | (tree.isOnlyDoor() ? ONLY_DOOR : OTHERS_CHANGE_IT)
                | (tree.writeback ? InitFlag.WRITEBACK_CACHE : 0)
                | (backing == null || tree.writeback ? 0 : InitFlag.PASSTHROUGH)
                | (tree.plain == null ? 0 : InitFlag.NO_OPEN_SUPPORT)
                | (log == null ? 0 : InitFlag.HAS_RESEND)
                | (tree.kernelDecides ? InitFlag.ALLOW_IDMAP : 0)
                | (tree.ownLocks ? OWN_LOCKS : 0);
        this.maxData = maxData;
        if (log != null && log.isAgreed()) {
            agreed = log.agreement();
            done = true;
        }
    }

    /** Whether INIT was answered. */
    boolean isDone() {
        return done;
    }

    /** Whether both sides know a capability of {@link InitFlag}. */
    boolean has(long flag) {
        return (agreed & flag) != 0;
    }

    int init(Exchange x) throws ErrnoException {
        x.require(16);
        int major = FuseInitIn.major(x.in, ARGUMENT);
        int minor = FuseInitIn.minor(x.in, ARGUMENT);
        if (major < MAJOR || (major == MAJOR && Integer.compareUnsigned(minor, OLDEST_MINOR) < 0)) {
            throw Errno.EPROTO.exception();
        }
        x.out.asSlice(PAYLOAD, FuseInitOut.SIZE).fill((byte) 0);
        FuseInitOut.major(x.out, PAYLOAD, MAJOR);
        FuseInitOut.minor(x.out, PAYLOAD, NEWEST_MINOR);
        if (major > MAJOR) {
            // The kernel asks once more, in our version.
            return FuseInitOut.SIZE;
        }
        FuseInitOut.minor(x.out, PAYLOAD, Math.min(minor, NEWEST_MINOR));
        long offered = Integer.toUnsignedLong(FuseInitIn.flags(x.in, ARGUMENT));
        if ((offered & InitFlag.INIT_EXT) != 0 && x.end >= ARGUMENT + FuseInitIn.SIZE) {
            offered |= (long) FuseInitIn.flags2(x.in, ARGUMENT) << 32;
        }
        agreed = offered & wanted;
        boolean opensUnasked = has(InitFlag.NO_OPEN_SUPPORT) && !has(InitFlag.PASSTHROUGH);
        tree.opensUnasked = opensUnasked;
        if (!opensUnasked) {
            // Else nobody would tell that a file is opened to be emptied.
            agreed |= offered & InitFlag.ATOMIC_O_TRUNC;
        }
        FuseInitOut.maxReadahead(x.out, PAYLOAD, FuseInitIn.maxReadahead(x.in, ARGUMENT));
        FuseInitOut.flags(x.out, PAYLOAD, (int) agreed);
        FuseInitOut.flags2(x.out, PAYLOAD, (int) (agreed >>> 32));
        FuseInitOut.maxBackground(x.out, PAYLOAD, MAX_BACKGROUND);
        FuseInitOut.congestionThreshold(x.out, PAYLOAD, MAX_BACKGROUND * 3 / 4);
        FuseInitOut.maxWrite(x.out, PAYLOAD, maxData);
        FuseInitOut.timeGran(x.out, PAYLOAD, 1);
        if (backing != null && has(InitFlag.PASSTHROUGH)) {
            FuseInitOut.maxStackDepth(x.out, PAYLOAD, STACK_DEPTH);
            tree.useBacking(backing);
        }
        FuseInitOut.maxPages(x.out, PAYLOAD, maxData >> PAGE_SHIFT);
        if (log != null) {
            log.agree(agreed);
        }
        done = true;
        return FuseInitOut.SIZE;
    }
}
