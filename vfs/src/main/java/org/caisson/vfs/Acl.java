package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** A POSIX access control list, see acl(5): who may do what, finer than a mode. Immutable. */
public final class Acl {
    /** The extended attribute in which a list travels that says who may use a file. */
    public static final Name ACCESS = Name.of("system.posix_acl_access");
    /** The one of a list that new entries of a directory get. */
    public static final Name DEFAULT = Name.of("system.posix_acl_default");

    // Tags of linux/posix_acl.h.
    private static final int USER_OBJ = 0x01;
    private static final int USER = 0x02;
    private static final int GROUP_OBJ = 0x04;
    private static final int GROUP = 0x08;
    private static final int MASK = 0x10;
    private static final int OTHER = 0x20;

    private static final int VERSION = 2;
    private static final int HEADER = 4;
    private static final int ENTRY = 8;
    private static final int NOBODY = -1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Permits nobody anything: stands for a list that could not be read. */
    public static final Acl UNREADABLE =
            new Acl(new int[] {USER_OBJ, GROUP_OBJ, OTHER}, new int[] {0, 0, 0}, new int[] {NOBODY, NOBODY, NOBODY});

    private final int[] tags;
    private final int[] permissions;
    private final int[] ids;

    private Acl(int[] tags, int[] permissions, int[] ids) {
        this.tags = tags;
        this.permissions = permissions;
        this.ids = ids;
    }

    /**
     * Takes the value of an extended attribute apart ({@code linux/posix_acl_xattr.h}).
     *
     * @return null for a list without entries, which stands for none
     * @throws ErrnoException EOPNOTSUPP for another version, EINVAL for what is no list
     */
    public static @Nullable Acl parse(MemorySegment value) throws ErrnoException {
        long size = value.byteSize();
        if (size < HEADER) {
            throw Errno.EINVAL.exception();
        }
        if (value.get(INT, 0) != VERSION) {
            throw Errno.EOPNOTSUPP.exception();
        }
        if ((size - HEADER) % ENTRY != 0 || size > XattrRules.MAX_VALUE) {
            throw Errno.EINVAL.exception();
        }
        int count = (int) (size - HEADER) / ENTRY;
        if (count == 0) {
            return null;
        }
        Acl acl = new Acl(new int[count], new int[count], new int[count]);
        for (int i = 0; i < count; i++) {
            long at = HEADER + (long) i * ENTRY;
            acl.tags[i] = value.get(SHORT, at) & 0xFFFF;
            acl.permissions[i] = value.get(SHORT, at + 2) & 0xFFFF;
            boolean named = acl.tags[i] == USER || acl.tags[i] == GROUP;
            acl.ids[i] = named ? value.get(INT, at + 4) : NOBODY;
            if ((named && acl.ids[i] == NOBODY) || Integer.bitCount(acl.tags[i]) != 1 || acl.tags[i] > OTHER) {
                throw Errno.EINVAL.exception();
            }
        }
        return acl;
    }

    /** This list as a mount shows it. */
    Acl shown(IdMapping mapping) {
        return mapped(mapping::shownUser, mapping::shownGroup);
    }

    /** What a list is in the file system that was given through a mount. */
    Acl stored(IdMapping mapping) {
        return mapped(mapping::storedUser, mapping::storedGroup);
    }

    private Acl mapped(IntUnaryOperator user, IntUnaryOperator group) {
        int[] changed = ids.clone();
        for (int i = 0; i < tags.length; i++) {
            if (tags[i] == USER) {
                changed[i] = user.applyAsInt(ids[i]);
            } else if (tags[i] == GROUP) {
                changed[i] = group.applyAsInt(ids[i]);
            }
        }
        return new Acl(tags, permissions, changed);
    }

    /** Whether the entries are in order and complete (the kernel's {@code posix_acl_valid}). */
    public boolean isValid() {
        int expected = USER_OBJ;
        boolean needsMask = false;
        boolean complete = false;
        for (int i = 0; i < tags.length; i++) {
            boolean nobody = (tags[i] == USER || tags[i] == GROUP) && ids[i] == NOBODY;
            if ((permissions[i] & ~7) != 0 || complete || nobody) {
                return false;
            }
            switch (tags[i]) {
                case USER_OBJ -> {
                    if (expected != USER_OBJ) {
                        return false;
                    }
                    expected = USER;
                }
                case USER -> {
                    if (expected != USER) {
                        return false;
                    }
                    needsMask = true;
                }
                case GROUP_OBJ -> {
                    if (expected != USER) {
                        return false;
                    }
                    expected = GROUP;
                }
                case GROUP -> {
                    if (expected != GROUP) {
                        return false;
                    }
                    needsMask = true;
                }
                case MASK -> {
                    if (expected != GROUP) {
                        return false;
                    }
                    expected = OTHER;
                }
                default -> {
                    complete = expected == OTHER || (expected == GROUP && !needsMask);
                    if (!complete) {
                        return false;
                    }
                }
            }
        }
        return complete;
    }

    /** The value of the extended attribute. */
    public byte[] toBytes() {
        byte[] bytes = new byte[HEADER + tags.length * ENTRY];
        MemorySegment out = MemorySegment.ofArray(bytes);
        out.set(INT, 0, VERSION);
        for (int i = 0; i < tags.length; i++) {
            long at = HEADER + (long) i * ENTRY;
            out.set(SHORT, at, (short) tags[i]);
            out.set(SHORT, at + 2, (short) permissions[i]);
            out.set(INT, at + 4, ids[i]);
        }
        return bytes;
    }

    /** Whether somebody who does not own the file may use it as wanted, capabilities aside ({@code posix_acl_permission}). */
    boolean permits(Credentials credentials, int group, int wanted) {
        boolean found = false;
        for (int i = 0; i < tags.length; i++) {
            switch (tags[i]) {
                case USER -> {
                    if (ids[i] == credentials.uid()) {
                        return permitsMasked(i, wanted);
                    }
                }
                case GROUP_OBJ, GROUP -> {
                    if (credentials.inGroup(tags[i] == GROUP ? ids[i] : group)) {
                        found = true;
                        if ((wanted & ~permissions[i]) == 0) {
                            return permitsMasked(i, wanted);
                        }
                    }
                }
                case OTHER -> {
                    return !found && (wanted & ~permissions[i]) == 0;
                }
                default -> {}
            }
        }
        return false;
    }

    private boolean permitsMasked(int entry, int wanted) {
        int granted = permissions[entry];
        for (int i = entry + 1; i < tags.length; i++) {
            if (tags[i] == MASK) {
                granted &= permissions[i];
            }
        }
        return (wanted & ~granted) == 0;
    }

    /** Whether a mode says the same, so that no list is needed. */
    public boolean isMode() {
        for (int tag : tags) {
            if (tag == USER || tag == GROUP || tag == MASK) {
                return false;
            }
        }
        return true;
    }

    /** A mode with the permissions of this list: those of the group are the mask, if there is one. */
    int mode(int base) {
        int mode = base & ~0777;
        for (int i = 0; i < tags.length; i++) {
            switch (tags[i]) {
                case USER_OBJ -> mode |= permissions[i] << 6;
                case GROUP_OBJ -> mode |= permissions[i] << 3;
                case OTHER -> mode |= permissions[i];
                case MASK -> mode = (mode & ~070) | permissions[i] << 3;
                default -> {}
            }
        }
        return mode;
    }

    /** This list after chmod(2): the group's permissions are those of the mask, if there is one. */
    public Acl withMode(int mode) {
        return masked(mode, false);
    }

    /** What a new file gets of this default list if it was to have a mode, which takes away but adds nothing. */
    Acl inherited(int mode) {
        return masked(mode, true);
    }

    private Acl masked(int mode, boolean keep) {
        int[] changed = permissions.clone();
        boolean hasMask = false;
        for (int tag : tags) {
            hasMask |= tag == MASK;
        }
        for (int i = 0; i < tags.length; i++) {
            int wanted = switch (tags[i]) {
                case USER_OBJ -> mode >> 6 & 7;
                case GROUP_OBJ -> hasMask ? changed[i] : mode >> 3 & 7;
                case MASK -> mode >> 3 & 7;
                case OTHER -> mode & 7;
                default -> changed[i];
            };
            changed[i] = keep ? changed[i] & wanted : wanted;
        }
        return new Acl(tags, changed, ids);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Acl acl
                && Arrays.equals(acl.tags, tags)
                && Arrays.equals(acl.permissions, permissions)
                && Arrays.equals(acl.ids, ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(permissions);
    }
}
