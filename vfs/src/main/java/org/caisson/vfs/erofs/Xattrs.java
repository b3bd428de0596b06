package org.caisson.vfs.erofs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Acl;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/**
 * The extended attributes of inodes: entries behind the inode itself, then those that it shares with others and names by number. The
 * filter of names that a newer image has, which only spares a look, is not used.
 */
final class Xattrs {
    /** Takes attributes one by one. */
    @FunctionalInterface
    private interface Visitor {
        /** One attribute, by its entry; false to see no more. */
        boolean entry(XattrEntry entry) throws ErrnoException;
    }

    private Xattrs() {}

    /** Whether there is an access control list, or may be one as the attributes make no sense. */
    static boolean mayHaveAcl(ErofsImage image, long start, int size) {
        boolean[] found = new boolean[1];
        try {
            forEach(image, start, size, entry -> {
                found[0] = entry.index() == ErofsLayout.XATTR_ACL_ACCESS;
                return !found[0];
            });
        } catch (ErrnoException e) {
            return true;
        }
        return found[0];
    }

    /** The list that is kept as an attribute of an index; one that permits nothing if it cannot be read. */
    static @Nullable Acl acl(ErofsInode inode, int index) {
        try {
            byte[] value = find(inode, entry -> entry.index() == index);
            return value == null ? null : Acl.parse(MemorySegment.ofArray(value));
        } catch (ErrnoException e) {
            return Acl.UNREADABLE;
        } catch (InternalError | IllegalStateException e) {
            return Acl.UNREADABLE; // the file was cut off, or the image closed
        }
    }

    /** The value of an attribute, null if there is none of the name. */
    static byte @Nullable [] get(ErofsInode inode, Name name) throws ErrnoException {
        return find(inode, entry -> entry.isNamed(name));
    }

    /** Which attribute is meant. */
    @FunctionalInterface
    private interface Condition {
        boolean holds(XattrEntry entry) throws ErrnoException;
    }

    private static byte @Nullable [] find(ErofsInode inode, Condition condition) throws ErrnoException {
        byte[][] found = new byte[1][];
        forEach(inode.image(), inode.xattrStart(), inode.xattrSize(), entry -> {
            if (!condition.holds(entry)) {
                return true;
            }
            found[0] = entry.value();
            return false;
        });
        return found[0];
    }

    /** Visits the names of all attributes of kinds that are known but access control lists. */
    static void forEachName(ErofsInode inode, Consumer<Name> visitor) throws ErrnoException {
        forEach(inode.image(), inode.xattrStart(), inode.xattrSize(), entry -> {
            boolean acl =
                    entry.index() == ErofsLayout.XATTR_ACL_ACCESS || entry.index() == ErofsLayout.XATTR_ACL_DEFAULT;
            Name name = acl ? Name.EMPTY : entry.name();
            if (name.length() > 0) {
                visitor.accept(name);
            }
            return true;
        });
    }

    /** Visits all attributes of kinds that are known. */
    static void forEach(ErofsInode inode, BiConsumer<Name, byte[]> visitor) throws ErrnoException {
        forEach(inode.image(), inode.xattrStart(), inode.xattrSize(), entry -> {
            Name name = entry.name();
            if (name.length() > 0) {
                visitor.accept(name, entry.value());
            }
            return true;
        });
    }

    private static void forEach(ErofsImage image, long start, int size, Visitor visitor) throws ErrnoException {
        if (size == 0) {
            return;
        }
        image.require(start, size);
        long shared = start + ErofsLayout.XATTR_HEADER;
        int sharedCount = image.u8(start + ErofsLayout.XATTR_SHARED_COUNT);
        long at = shared + (long) sharedCount * Integer.BYTES;
        long end = start + size;
        if (at > end) {
            throw Errno.EUCLEAN.exception();
        }
        while (at < end) {
            XattrEntry entry = XattrEntry.read(image, at);
            if (entry.end() > end) {
                throw Errno.EUCLEAN.exception();
            }
            if (!visitor.entry(entry)) {
                return;
            }
            at = entry.end();
        }
        for (int i = 0; i < sharedCount; i++) {
            long number = image.u32(shared + (long) i * Integer.BYTES);
            long place = image.superblock().xattrStart() + number * Integer.BYTES;
            if (!visitor.entry(XattrEntry.read(image, place))) {
                return;
            }
        }
    }

    /** One attribute: where its name and value are. */
    private record XattrEntry(ErofsImage image, int index, Name infix, long suffix, int suffixLength, int valueSize) {
        static XattrEntry read(ErofsImage image, long at) throws ErrnoException {
            int suffixLength = image.u8(at);
            int index = image.u8(at + ErofsLayout.XATTR_INDEX);
            int valueSize = image.u16(at + ErofsLayout.XATTR_VALUE_SIZE);
            image.require(at, (long) ErofsLayout.XATTR_ENTRY + suffixLength + valueSize);
            Name infix = Name.EMPTY;
            if ((index & ErofsLayout.XATTR_LONG_PREFIX) != 0) {
                byte[] prefix = LongPrefixes.find(image, index & ~ErofsLayout.XATTR_LONG_PREFIX);
                index = prefix[0] & 0xFF;
                infix = Name.of(prefix, 1, prefix.length - 1);
            }
            return new XattrEntry(image, index, infix, at + ErofsLayout.XATTR_ENTRY, suffixLength, valueSize);
        }

        /** Where the next entry begins. */
        long end() {
            return (suffix + suffixLength + valueSize + Integer.BYTES - 1) & -Integer.BYTES;
        }

        byte[] value() {
            return image.bytes().asSlice(suffix + suffixLength, valueSize).toArray(ValueLayout.JAVA_BYTE);
        }

        /** The whole name; empty for a kind that is not known, and for a name that is longer than names are. */
        Name name() {
            byte[] prefix = ErofsLayout.prefix(index);
            int length = prefix.length + infix.length() + suffixLength;
            if (prefix.length == 0 || length > Name.MAX) {
                return Name.EMPTY;
            }
            byte[] whole = new byte[length];
            System.arraycopy(prefix, 0, whole, 0, prefix.length);
            infix.copyTo(MemorySegment.ofArray(whole), prefix.length);
            MemorySegment.copy(
                    image.bytes(), ValueLayout.JAVA_BYTE, suffix, whole, prefix.length + infix.length(), suffixLength);
            return Name.of(whole, 0, length);
        }

        boolean isNamed(Name wanted) {
            int length = ErofsLayout.prefix(index).length + infix.length() + suffixLength;
            return length == wanted.length() && length > 0 && name().equals(wanted);
        }
    }
}
