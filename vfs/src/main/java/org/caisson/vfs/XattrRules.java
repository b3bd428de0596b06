package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.caisson.linux.Errno;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/** Who may see and change which extended attributes, as {@code fs/xattr.c} and {@code security/commoncap.c} of the kernel have it. */
public final class XattrRules {
    /** XATTR_SIZE_MAX and XATTR_LIST_MAX of {@code linux/limits.h}. */
    public static final int MAX_VALUE = 65536;

    static final int CREATE = 1;
    static final int REPLACE = 2;

    /** The attribute that holds file capabilities, see capabilities(7). */
    public static final Name CAPABILITY = Name.of("security.capability");

    // struct vfs_cap_data and struct vfs_ns_cap_data of linux/capability.h.
    private static final int WITHOUT_ROOT = 20;
    private static final int WITH_ROOT = 24;
    private static final int ROOT = 20;
    private static final int REVISION_2 = 0x02000000;
    private static final int REVISION_3 = 0x03000000;
    private static final int EFFECTIVE = 1;

    private static final byte[] SECURITY = prefix("security.");
    private static final byte[] SYSTEM = prefix("system.");
    private static final byte[] TRUSTED = prefix("trusted.");
    private static final byte[] USER = prefix("user.");

    private static final byte[][] KEPT = {USER, TRUSTED, SECURITY};

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private XattrRules() {}

    private static byte[] prefix(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static boolean starts(Name name, byte[] prefix) {
        if (name.length() < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (name.byteAt(i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    public static boolean isAcl(Name name) {
        return name.equals(Acl.ACCESS) || name.equals(Acl.DEFAULT);
    }

    /** Whether a list leaves a name out for this caller. */
    public static boolean hides(Credentials credentials, Name name) {
        return starts(name, TRUSTED) && !credentials.has(Capability.SYS_ADMIN);
    }

    /** ERANGE for a name that no attribute can have. */
    public static int checkName(Name name) {
        return name.length() == 0 || name.length() > Name.MAX ? fail(Errno.ERANGE) : 0;
    }

    /** What is wrong with the arguments of setxattr(2), apart from any file. */
    public static int checkArguments(Name name, MemorySegment value, int flags) {
        if ((flags & ~(CREATE | REPLACE)) != 0) {
            return fail(Errno.EINVAL);
        }
        int outcome = checkName(name);
        if (outcome != 0) {
            return outcome;
        }
        return value.byteSize() > MAX_VALUE ? fail(Errno.E2BIG) : 0;
    }

    /** EOPNOTSUPP for a name of no kind that is kept, EINVAL for a prefix alone ({@code xattr_resolve_name}). */
    static int checkKind(Name name) {
        for (byte[] prefix : KEPT) {
            if (starts(name, prefix)) {
                return name.length() == prefix.length ? fail(Errno.EINVAL) : 0;
            }
        }
        return fail(Errno.EOPNOTSUPP);
    }

    /** The kernel's {@code xattr_permission}. */
    public static int checkAccess(Credentials credentials, Inode inode, Name name, boolean write) {
        if (write && (inode.isGuarded() || !credentials.sees(inode))) {
            return fail(Errno.EPERM);
        }
        if (starts(name, SECURITY) || starts(name, SYSTEM)) {
            return 0;
        }
        if (starts(name, TRUSTED)) {
            return credentials.has(Capability.SYS_ADMIN) ? 0 : refusal(write);
        }
        if (starts(name, USER)) {
            if (!inode.isRegular() && !inode.isDirectory()) {
                return refusal(write);
            }
            boolean sticky = inode.isDirectory() && (inode.mode() & StatMode.S_ISVTX) != 0;
            if (write && sticky && !Permissions.owns(credentials, inode.uid())) {
                return fail(Errno.EPERM);
            }
        }
        int wanted = write ? Permissions.WRITE : Permissions.READ;
        return Permissions.check(credentials, inode, wanted);
    }

    private static int refusal(boolean write) {
        return write ? fail(Errno.EPERM) : fail(Errno.ENODATA);
    }

    /** Security attributes are the administrator's; file capabilities are whose who may set them, and must be well formed. */
    public static int checkSecurity(Credentials credentials, Name name) {
        if (!starts(name, SECURITY)) {
            return 0;
        }
        long needed = name.equals(CAPABILITY) ? Capability.SETFCAP : Capability.SYS_ADMIN;
        return credentials.has(needed) ? 0 : fail(Errno.EPERM);
    }

    /** EINVAL unless it is {@code struct vfs_cap_data} of revision 2, or {@code struct vfs_ns_cap_data}. */
    public static int checkCapabilities(MemorySegment value) {
        long size = value.byteSize();
        int revision = size < 4 ? 0 : value.get(INT, 0) & ~EFFECTIVE;
        boolean valid =
                (size == WITHOUT_ROOT && revision == REVISION_2) || (size == WITH_ROOT && revision == REVISION_3);
        return valid ? 0 : fail(Errno.EINVAL);
    }

    /**
     * How file capabilities are shown: those that hold for this user namespace without the id of its root ({@code
     * cap_inode_getsecurity}).
     *
     * @return null for those whose root a mapping leaves out (EOVERFLOW)
     */
    static byte @Nullable [] shownCapabilities(byte[] value, @Nullable IdMapping mapping) {
        MemorySegment stored = MemorySegment.ofArray(value);
        int root = value.length == WITH_ROOT ? stored.get(INT, ROOT) : 0;
        if (mapping != null) {
            root = mapping.shownUser(root);
            if (root == IdMapping.NONE) {
                return null;
            }
        }
        return root == 0 && value.length == WITHOUT_ROOT ? value : capabilities(stored, root);
    }

    /** What is kept of capabilities that are set through a mapping ({@code cap_convert_nscap}); null if it leaves their root out. */
    static byte @Nullable [] storedCapabilities(byte[] value, IdMapping mapping) {
        MemorySegment given = MemorySegment.ofArray(value);
        int root = mapping.storedUser(value.length == WITH_ROOT ? given.get(INT, ROOT) : 0);
        if (root == IdMapping.NONE) {
            return null;
        }
        byte[] kept = Arrays.copyOf(value, WITH_ROOT);
        MemorySegment.ofArray(kept).set(INT, 0, REVISION_3 | (given.get(INT, 0) & EFFECTIVE));
        MemorySegment.ofArray(kept).set(INT, ROOT, root);
        return kept;
    }

    private static byte[] capabilities(MemorySegment stored, int root) {
        byte[] shown = new byte[root == 0 ? WITHOUT_ROOT : WITH_ROOT];
        MemorySegment out = MemorySegment.ofArray(shown);
        out.copyFrom(stored.asSlice(0, WITHOUT_ROOT));
        out.set(INT, 0, (root == 0 ? REVISION_2 : REVISION_3) | (stored.get(INT, 0) & EFFECTIVE));
        if (root != 0) {
            out.set(INT, ROOT, root);
        }
        return shown;
    }

    private static int fail(Errno errno) {
        return -errno.number();
    }
}
