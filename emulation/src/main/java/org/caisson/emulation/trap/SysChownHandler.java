package org.caisson.emulation.trap;

import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Capabilities;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatFs;
import org.caisson.linux.SyscallNumbers;

/**
 * chown(2) and its like of the root of a sysfs, which belongs to the host's root: done without effect for who may change
 * owners, as package managers give {@code /sys} its owner. Every other file is the kernel's matter.
 */
final class SysChownHandler implements TrapHandler {
    /** {@code SYSFS_MAGIC} of {@code linux/magic.h}. */
    private static final long SYSFS_MAGIC = 0x62656572;

    private final int systemCall;

    private SysChownHandler(int systemCall) {
        this.systemCall = systemCall;
    }

    static List<SysChownHandler> all() {
        return List.of(
                new SysChownHandler(SyscallNumbers.CHOWN),
                new SysChownHandler(SyscallNumbers.LCHOWN),
                new SysChownHandler(SyscallNumbers.FCHOWN),
                new SysChownHandler(SyscallNumbers.FCHOWNAT));
    }

    @Override
    public int systemCall() {
        return systemCall;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        Tracee tracee = call.tracee();
        try (Place place = place(call, tracee)) {
            return place.mayBeBase() && tracee.hasEffective(Capabilities.CAP_CHOWN) && isSysfs(place) ? 0 : CONTINUE;
        } catch (ErrnoException unresolved) {
            return CONTINUE;
        }
    }

    private Place place(TrappedCall call, Tracee tracee) throws ErrnoException {
        int first = (int) call.argument(0);
        if (systemCall == SyscallNumbers.FCHOWN) {
            return Place.of(tracee.descriptor(first));
        }
        boolean at = systemCall == SyscallNumbers.FCHOWNAT;
        byte[] path = tracee.string(call.argument(at ? 1 : 0), Tracee.LONGEST_PATH);
        int flags = at ? (int) call.argument(4) : 0;
        if (path == null || path.length == 0) {
            if ((flags & AtFlags.AT_EMPTY_PATH) == 0) {
                throw Errno.ENOENT.exception();
            }
            return Place.of(tracee.directory(first));
        }
        boolean follow = systemCall != SyscallNumbers.LCHOWN && (flags & AtFlags.AT_SYMLINK_NOFOLLOW) == 0;
        if (!at || path[0] == '/') {
            return PathWalk.resolve(tracee, path, follow);
        }
        try (var start = tracee.directory(first)) {
            return PathWalk.resolve(tracee, start, path, follow);
        }
    }

    private static boolean isSysfs(Place place) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            StatFs stat = StatFs.wrap(scratch.allocate(StatFs.SIZE));
            FileCalls.fstatfs(place.fd().number(), stat);
            return stat.type() == SYSFS_MAGIC;
        }
    }
}
