package org.caisson.vfs.overlay;

import org.caisson.vfs.Name;

/**
 * The extended attributes in which layers say what they hide, as the kernel's overlayfs names them ({@code fs/overlayfs/overlayfs.h}):
 * with the prefix {@code trusted.overlay.}, or {@code user.overlay.} for an overlay that is mounted without privileges.
 *
 * <p>Those of an overlay are not seen through it. A name that has the prefix is stored with a doubled one ({@code
 * trusted.overlay.overlay.}), so that an overlay's layers can lie on an overlay.
 */
final class OverlayAttributes {
    /** File capabilities, which writing drops. */
    static final Name CAPABILITY = Name.of("security.capability");

    private static final String ESCAPE = "overlay.";

    /** "y" on a directory that hides what is beneath; "x" on one that may hold whiteouts by attribute. */
    final Name opaque;
    /** Where a directory, or the data of a file, was in the layers beneath before it was renamed. */
    final Name redirect;
    /** On what was copied up: a handle of what it was copied from, or nothing if that has none. */
    final Name origin;
    /** "y" on a directory that holds what was copied up or moved here. */
    final Name impure;
    /** How many links a file has, relative to those in a layer ("U+1"). */
    final Name links;
    /** On a file whose data is still in a layer beneath. */
    final Name metacopy;
    /** On an empty regular file that is a whiteout, in a directory marked "x". */
    final Name whiteout;
    /**
     * Ours, not the kernel's, which ignores it: the inode number that a file keeps over its copy-up, in decimal. A file system need not
     * have handles to find the number by, as the kernel does.
     */
    final Name inode;

    private final String prefix;
    private final byte[] prefixBytes;
    private final byte[] escapedBytes;

    OverlayAttributes(boolean user) {
        prefix = user ? "user.overlay." : "trusted.overlay.";
        prefixBytes = Name.of(prefix).toByteArray();
        escapedBytes = Name.of(prefix + ESCAPE).toByteArray();
        opaque = named("opaque");
        redirect = named("redirect");
        origin = named("origin");
        impure = named("impure");
        links = named("nlink");
        metacopy = named("metacopy");
        whiteout = named("whiteout");
        inode = named("inode");
    }

    private Name named(String suffix) {
        return Name.of(prefix + suffix);
    }

    /** Whether an attribute of a layer is the overlay's own affair. */
    boolean isPrivate(Name stored) {
        return startsWith(stored, prefixBytes) && !startsWith(stored, escapedBytes);
    }

    /** Under which name a layer stores what is called so through the overlay. */
    Name stored(Name shown) {
        return startsWith(shown, prefixBytes) ? insertEscape(shown) : shown;
    }

    /** How an attribute of a layer, one that is not private, is called through the overlay. */
    Name shown(Name stored) {
        return startsWith(stored, escapedBytes) ? removeEscape(stored) : stored;
    }

    private Name insertEscape(Name name) {
        byte[] bytes = name.toByteArray();
        byte[] escaped = new byte[bytes.length + ESCAPE.length()];
        System.arraycopy(escapedBytes, 0, escaped, 0, escapedBytes.length);
        int rest = bytes.length - prefixBytes.length;
        System.arraycopy(bytes, prefixBytes.length, escaped, escapedBytes.length, rest);
        return Name.of(escaped, 0, escaped.length);
    }

    private Name removeEscape(Name name) {
        byte[] bytes = name.toByteArray();
        byte[] plain = new byte[bytes.length - ESCAPE.length()];
        System.arraycopy(prefixBytes, 0, plain, 0, prefixBytes.length);
        System.arraycopy(bytes, escapedBytes.length, plain, prefixBytes.length, plain.length - prefixBytes.length);
        return Name.of(plain, 0, plain.length);
    }

    private static boolean startsWith(Name name, byte[] beginning) {
        if (name.length() < beginning.length) {
            return false;
        }
        for (int i = 0; i < beginning.length; i++) {
            if (name.byteAt(i) != beginning[i]) {
                return false;
            }
        }
        return true;
    }
}
