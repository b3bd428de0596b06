package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatMode;
import org.caisson.linux.XattrCalls;
import org.caisson.vfs.Acl;
import org.caisson.vfs.Capability;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.Permissions;
import org.caisson.vfs.XattrRules;
import org.jspecify.annotations.Nullable;

/** Extended attributes of host files, by the rules of xattr(7): the host asks what we may, not what the caller may. */
final class HostXattrs {
    private static final byte[] TRUSTED = "trusted.".getBytes(StandardCharsets.US_ASCII);

    private final HostFiles files;

    HostXattrs(HostFiles files) {
        this.files = files;
    }

    /** The kernel's {@code set_posix_acl}, up to where it asks the file system; the value is null or empty to remove the list. */
    private void mayChangeAcl(Credentials caller, HostInode inode, Name name, @Nullable MemorySegment value)
            throws ErrnoException {
        Acl acl = value == null || value.byteSize() == 0 ? null : Acl.parse(value);
        if (inode.isSymlink() || files.acls().areUnsupported()) {
            throw Errno.EOPNOTSUPP.exception();
        }
        if (name.equals(Acl.DEFAULT) && !inode.isDirectory()) {
            if (acl != null) {
                throw Errno.EACCES.exception();
            }
            return;
        }
        if (!Permissions.owns(caller, inode.uid())) {
            throw Errno.EPERM.exception();
        }
        if (acl != null && !acl.isValid()) {
            throw Errno.EINVAL.exception();
        }
    }

    /** What the kernel checks before it asks the file system; the value is null to remove the attribute. */
    private void mayChange(Credentials caller, HostInode inode, Name name, @Nullable MemorySegment value)
            throws ErrnoException {
        if (XattrRules.isAcl(name)) {
            mayChangeAcl(caller, inode, name, value);
            return;
        }
        if (value != null && value.byteSize() != 0 && name.equals(XattrRules.CAPABILITY)) {
            HostFiles.check(XattrRules.checkCapabilities(value));
        }
        HostFiles.check(XattrRules.checkAccess(caller, inode, name, true));
        HostFiles.check(XattrRules.checkSecurity(caller, name));
    }

    long get(Credentials caller, HostInode inode, Name name, MemorySegment target) throws ErrnoException {
        HostFiles.check(XattrRules.checkName(name));
        HostFiles.check(XattrRules.checkAccess(caller, inode, name, false));
        int fd = files.acquire(inode);
        HostFiles.check(fd);
        try (Scratch scratch = Scratch.open()) {
            MemorySegment room = room(scratch, target);
            long length = XattrCalls.getxattr(
                    HostDescriptors.path(scratch, fd), HostDescriptors.nativeName(scratch, name), room);
            return told(length, room, target);
        } finally {
            files.release(inode);
        }
    }

    private static MemorySegment room(Scratch scratch, MemorySegment target) {
        return target.isNative() ? target : scratch.allocate(Math.min(target.byteSize(), XattrRules.MAX_VALUE));
    }

    private static long told(long length, MemorySegment room, MemorySegment target) throws ErrnoException {
        HostFiles.check((int) length);
        if (room != target && target.byteSize() != 0) {
            MemorySegment.copy(room, 0, target, 0, length);
        }
        return length;
    }

    /** Names that only CAP_SYS_ADMIN may read are not listed for others. */
    long list(Credentials caller, HostInode inode, MemorySegment target) throws ErrnoException {
        int fd = files.acquire(inode);
        HostFiles.check(fd);
        try (Scratch scratch = Scratch.open()) {
            MemorySegment path = HostDescriptors.path(scratch, fd);
            if (caller.has(Capability.SYS_ADMIN)) {
                MemorySegment room = room(scratch, target);
                return told(XattrCalls.listxattr(path, room), room, target);
            }
            MemorySegment all = scratch.allocate(XattrRules.MAX_VALUE);
            long length = XattrCalls.listxattr(path, all);
            HostFiles.check((int) length);
            long shown = withoutTrusted(all, length);
            if (target.byteSize() != 0) {
                if (shown > target.byteSize()) {
                    throw Errno.ERANGE.exception();
                }
                MemorySegment.copy(all, 0, target, 0, shown);
            }
            return shown;
        } finally {
            files.release(inode);
        }
    }

    /** Moves the names that are shown to the front; returns their length. */
    private static long withoutTrusted(MemorySegment names, long length) {
        MemorySegment trusted = MemorySegment.ofArray(TRUSTED);
        long shown = 0;
        long start = 0;
        for (long i = 0; i < length; i++) {
            if (names.get(ValueLayout.JAVA_BYTE, i) != 0) {
                continue;
            }
            long size = i + 1 - start;
            boolean hidden = size > trusted.byteSize()
                    && MemorySegment.mismatch(names, start, start + trusted.byteSize(), trusted, 0, trusted.byteSize())
                            < 0;
            if (!hidden) {
                MemorySegment.copy(names, start, names, shown, size);
                shown += size;
            }
            start = i + 1;
        }
        return shown;
    }

    void set(Credentials caller, HostInode inode, Name name, MemorySegment value, int flags, boolean isReadOnly)
            throws ErrnoException {
        HostFiles.check(XattrRules.checkArguments(name, value, flags));
        if (isReadOnly) {
            throw Errno.EROFS.exception();
        }
        mayChange(caller, inode, name, value);
        int fd = files.acquire(inode);
        HostFiles.check(fd);
        int outcome;
        try (Scratch scratch = Scratch.open()) {
            MemorySegment bytes = value;
            if (!value.isNative()) {
                bytes = scratch.allocate(value.byteSize());
                bytes.copyFrom(value);
            }
            MemorySegment nativeName = HostDescriptors.nativeName(scratch, name);
            outcome = XattrCalls.setxattr(HostDescriptors.path(scratch, fd), nativeName, bytes, flags);
            if (outcome == 0 && name.equals(Acl.ACCESS)) {
                dropSetGroupId(caller, inode, fd);
            }
        } finally {
            files.release(inode);
        }
        changed(inode, name);
        HostFiles.check(outcome);
    }

    /** A list given by somebody who is not in the file's group takes its set-group-id bit away; not if we give it. */
    private void dropSetGroupId(Credentials caller, HostInode inode, int fd) throws ErrnoException {
        boolean keeps = caller.inGroup(inode.gid()) || caller.has(Capability.FSETID);
        if (keeps || (inode.mode() & StatMode.S_ISGID) == 0) {
            return;
        }
        inode.changed();
        int mode = files.ask(inode).permissions();
        if ((mode & StatMode.S_ISGID) != 0) {
            HostChanges.changeMode(fd, mode & ~StatMode.S_ISGID);
        }
    }

    void remove(Credentials caller, HostInode inode, Name name, boolean isReadOnly) throws ErrnoException {
        HostFiles.check(XattrRules.checkName(name));
        if (isReadOnly) {
            throw Errno.EROFS.exception();
        }
        mayChange(caller, inode, name, null);
        int fd = files.acquire(inode);
        HostFiles.check(fd);
        int outcome;
        try (Scratch scratch = Scratch.open()) {
            outcome = XattrCalls.removexattr(
                    HostDescriptors.path(scratch, fd), HostDescriptors.nativeName(scratch, name));
        } finally {
            files.release(inode);
        }
        changed(inode, name);
        HostFiles.check(outcome);
    }

    /** A list changes the mode too. */
    private void changed(HostInode inode, Name name) throws ErrnoException {
        inode.changed();
        if (XattrRules.isAcl(name)) {
            inode.aclChanged();
            files.ask(inode);
        }
    }
}
