package org.caisson.emulation.trap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatFs;
import org.caisson.linux.SyscallNumbers;
import org.jspecify.annotations.Nullable;

/**
 * openat2(2) with RESOLVE_NO_XDEV: who holds the root of a procfs or sysfs and asks so for a file below wants none that
 * somebody has mounted over it. Emulated files are mounted over those of the kernel, and are what the path means here: such a
 * file is opened, with the caller's rights. Everything else, also every error, is left to the kernel.
 *
 * <p>No descriptor of the O_PATH kind can be given to a caller; it gets one to read from, if it may read.
 */
final class OpenAt2Handler implements TrapHandler {
    /** {@code struct open_how} of {@code linux/openat2.h}. */
    private static final int HOW_SIZE = 24;

    private static final int HOW_FLAGS = 0;
    private static final int HOW_MODE = 8;
    private static final int HOW_RESOLVE = 16;

    private static final long FLAGS = OpenFlags.O_ACCMODE
            | OpenFlags.O_NOCTTY
            | OpenFlags.O_TRUNC
            | OpenFlags.O_APPEND
            | OpenFlags.O_NONBLOCK
            | OpenFlags.O_LARGEFILE
            | OpenFlags.O_DIRECTORY
            | OpenFlags.O_NOFOLLOW
            | OpenFlags.O_CLOEXEC
            | OpenFlags.O_PATH;

    private static final long RESOLVE = OpenFlags.RESOLVE_NO_XDEV
            | OpenFlags.RESOLVE_NO_MAGICLINKS
            | OpenFlags.RESOLVE_NO_SYMLINKS
            | OpenFlags.RESOLVE_BENEATH
            | OpenFlags.RESOLVE_IN_ROOT;

    /** No emulated path has a link on its way, nor leaves its base. */
    private static final long STRICT =
            OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_NO_SYMLINKS | OpenFlags.RESOLVE_NO_MAGICLINKS;

    private static final int O_PATH = OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;
    /** {@code SYSFS_MAGIC} of {@code linux/magic.h}. */
    private static final long SYSFS_MAGIC = 0x62656572;

    private final Emulated emulated;

    OpenAt2Handler(Emulated emulated) {
        this.emulated = emulated;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.OPENAT2;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        if (call.argument(3) != HOW_SIZE) {
            // A longer one asks for what is not known here, or is of the kernel's to refuse.
            return CONTINUE;
        }
        Tracee tracee = call.tracee();
        long flags;
        try (Scratch scratch = Scratch.open()) {
            MemorySegment how = scratch.allocate(HOW_SIZE);
            tracee.read(call.argument(2), how);
            flags = how.get(ValueLayout.JAVA_LONG, HOW_FLAGS);
            long resolve = how.get(ValueLayout.JAVA_LONG, HOW_RESOLVE);
            if ((resolve & OpenFlags.RESOLVE_NO_XDEV) == 0
                    || (resolve & ~RESOLVE) != 0
                    || (flags & ~FLAGS) != 0
                    || how.get(ValueLayout.JAVA_LONG, HOW_MODE) != 0) {
                return CONTINUE;
            }
        } catch (ErrnoException unreadable) {
            return CONTINUE;
        }
        OwnedFd opened = open(call, tracee, (int) flags);
        if (opened == null) {
            return CONTINUE;
        }
        try (opened) {
            return call.give(opened, (flags & OpenFlags.O_CLOEXEC) != 0);
        }
    }

    /** The emulated file that is asked for, or null if it is none, or not for the caller. */
    private @Nullable OwnedFd open(TrappedCall call, Tracee tracee, int flags) {
        try {
            byte[] path = tracee.string(call.argument(1), Tracee.LONGEST_PATH);
            if (path == null || path.length == 0 || path[0] == '/') {
                return null;
            }
            try (Place base = Place.of(tracee.directory((int) call.argument(0)))) {
                if (!base.mayBeBase() || emulated.isEmulated(base)) {
                    return null;
                }
                try (Place found = Place.of(find(base.fd(), path))) {
                    if (!emulated.isEmulated(found) || !isWhatItStandsFor(base, path, found)) {
                        return null;
                    }
                    FileRights.Ids ids = tracee.fileIds();
                    call.mustStillWait();
                    return FileRights.with(ids, 0, () -> reopen(found.fd(), flags));
                }
            }
        } catch (ErrnoException refused) {
            return null;
        }
    }

    /** Whether a file is the emulated one for a path from the root of a procfs or sysfs, and not one that was bound there. */
    private boolean isWhatItStandsFor(Place base, byte[] path, Place found) throws ErrnoException {
        OwnedFd tree = emulated.tree();
        String kind = kind(base);
        if (tree == null || kind == null) {
            return false;
        }
        try (OwnedFd top = FileCalls.openat(tree.number(), kind, O_PATH, 0);
                Place ours = Place.of(find(top, path))) {
            return ours.isSameFile(found);
        }
    }

    private static @Nullable String kind(Place base) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            StatFs stat = StatFs.wrap(scratch.allocate(StatFs.SIZE));
            FileCalls.fstatfs(base.fd().number(), stat);
            return stat.type() == StatFs.PROC_SUPER_MAGIC ? "proc" : stat.type() == SYSFS_MAGIC ? "sys" : null;
        }
    }

    private static OwnedFd find(OwnedFd directory, byte[] path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            return FileCalls.openat2(directory.number(), scratch.string(path), O_PATH, 0, STRICT);
        }
    }

    private static OwnedFd reopen(OwnedFd file, int flags) throws ErrnoException {
        int wanted = (flags & OpenFlags.O_PATH) == 0
                ? flags & ~OpenFlags.O_NOFOLLOW
                : OpenFlags.O_RDONLY | (flags & OpenFlags.O_DIRECTORY);
        return FileCalls.open("/proc/self/fd/" + file.number(), wanted | OpenFlags.O_CLOEXEC);
    }
}
