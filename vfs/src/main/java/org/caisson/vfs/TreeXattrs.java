package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** The extended attributes of a tree's files: the rules, before a {@link TreeFileSystem} is asked to keep or to tell a value. */
final class TreeXattrs {
    private final TreeFileSystem tree;

    TreeXattrs(TreeFileSystem tree) {
        this.tree = tree;
    }

    /** getxattr(2): the length of the value, or a negated errno. */
    long get(Credentials credentials, Inode inode, Name name, MemorySegment target) throws ErrnoException {
        int outcome = XattrRules.checkName(name);
        if (outcome != 0) {
            return outcome;
        }
        byte[] value;
        if (XattrRules.isAcl(name)) {
            if (!tree.keepsXattrs() || inode.isSymlink()) {
                return fail(Errno.EOPNOTSUPP);
            }
            Acl acl = name.equals(Acl.ACCESS) ? inode.accessAcl() : inode.defaultAcl();
            IdMapping mapping = credentials.mapping();
            value = acl == null ? null : (mapping == null ? acl : acl.shown(mapping)).toBytes();
        } else {
            outcome = XattrRules.checkAccess(credentials, inode, name, false);
            if (outcome == 0) {
                outcome = tree.keepsXattrs() ? XattrRules.checkKind(name) : fail(Errno.EOPNOTSUPP);
            }
            if (outcome != 0) {
                return outcome;
            }
            value = tree.xattr(inode, name);
            if (value != null && name.equals(XattrRules.CAPABILITY)) {
                // Nothing at all may be set, but not read: cap_inode_getsecurity.
                if (XattrRules.checkCapabilities(MemorySegment.ofArray(value)) != 0) {
                    return fail(Errno.EINVAL);
                }
                value = XattrRules.shownCapabilities(value, credentials.mapping());
                if (value == null) {
                    return fail(Errno.EOVERFLOW);
                }
            }
        }
        return value == null ? fail(Errno.ENODATA) : copy(value, value.length, target);
    }

    private static long copy(byte[] bytes, int length, MemorySegment target) {
        if (target.byteSize() == 0) {
            return length;
        }
        if (length > target.byteSize()) {
            return fail(Errno.ERANGE);
        }
        MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, length);
        return length;
    }

    /** Gathers names, each with a NUL. */
    private static final class NameList {
        byte[] bytes = new byte[64];
        int length;

        void add(Name name) {
            int more = name.length() + 1;
            if (length + more > bytes.length) {
                bytes = java.util.Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
            }
            name.copyTo(MemorySegment.ofArray(bytes), length);
            length += more;
        }
    }

    /** listxattr(2): the length of the list, or a negated errno. */
    long list(Credentials credentials, Inode inode, MemorySegment target) throws ErrnoException {
        if (!tree.keepsXattrs()) {
            return 0;
        }
        NameList list = new NameList();
        if (inode.accessAcl() != null) {
            list.add(Acl.ACCESS);
        }
        if (inode.defaultAcl() != null) {
            list.add(Acl.DEFAULT);
        }
        tree.forEachXattr(inode, name -> {
            if (!XattrRules.hides(credentials, name)) {
                list.add(name);
            }
        });
        if (list.length > XattrRules.MAX_VALUE) {
            boolean mayFit = target.byteSize() != 0 && target.byteSize() < XattrRules.MAX_VALUE;
            return target.byteSize() == 0 ? list.length : mayFit ? fail(Errno.ERANGE) : fail(Errno.E2BIG);
        }
        return copy(list.bytes, list.length, target);
    }

    /** setxattr(2), or removexattr(2) if the value is null; the mount is writable and the arguments were checked. */
    int set(Credentials credentials, Inode inode, Name name, @Nullable MemorySegment value, int flags)
            throws ErrnoException {
        if (XattrRules.isAcl(name)) {
            return setAcl(credentials, inode, name.equals(Acl.DEFAULT), value);
        }
        byte[] kept = value == null ? null : value.toArray(ValueLayout.JAVA_BYTE);
        if (value != null && name.equals(XattrRules.CAPABILITY)) {
            // The kernel looks at the value first, and at who asks before it looks at the file.
            int outcome = value.byteSize() == 0 ? 0 : XattrRules.checkCapabilities(value);
            if (outcome != 0) {
                return outcome;
            }
            IdMapping mapping = credentials.mapping();
            if (mapping != null && kept != null && kept.length != 0) {
                if (!credentials.has(Capability.SETFCAP, inode)) {
                    return fail(Errno.EPERM);
                }
                kept = XattrRules.storedCapabilities(kept, mapping);
                if (kept == null) {
                    return fail(Errno.EINVAL);
                }
            }
        }
        int outcome = XattrRules.checkAccess(credentials, inode, name, true);
        if (outcome == 0) {
            outcome = XattrRules.checkSecurity(credentials, name);
        }
        if (outcome == 0) {
            outcome = tree.keepsXattrs() ? XattrRules.checkKind(name) : fail(Errno.EOPNOTSUPP);
        }
        if (outcome != 0) {
            return outcome;
        }
        return tree.setXattr(inode, name, kept, flags);
    }

    /** The kernel's {@code set_posix_acl}. */
    private int setAcl(Credentials credentials, Inode inode, boolean isDefault, @Nullable MemorySegment value)
            throws ErrnoException {
        Acl acl = value == null || value.byteSize() == 0 ? null : Acl.parse(value);
        IdMapping mapping = credentials.mapping();
        if (acl != null && mapping != null) {
            acl = acl.stored(mapping);
        }
        if (inode.isGuarded() || !credentials.sees(inode)) {
            return fail(Errno.EPERM);
        }
        if (!tree.keepsXattrs() || inode.isSymlink()) {
            return fail(Errno.EOPNOTSUPP);
        }
        if (isDefault && !inode.isDirectory()) {
            return acl == null ? 0 : fail(Errno.EACCES);
        }
        if (!Permissions.owns(credentials, inode.uid())) {
            return fail(Errno.EPERM);
        }
        if (acl != null && !acl.isValid()) {
            return fail(Errno.EINVAL);
        }
        return isDefault ? tree.setDefaultAcl(inode, acl) : tree.setAccessAcl(credentials, inode, acl);
    }

    private static int fail(Errno errno) {
        return -errno.number();
    }
}
