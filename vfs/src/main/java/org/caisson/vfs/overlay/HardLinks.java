package org.caisson.vfs.overlay;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the names of a lower file together when it is copied up by one of them: the copy is filed under a key of the lower file, in
 * {@code links} in the work directory, where a lookup of the other names finds it (the kernel's {@code index=on}, whose keys are file
 * handles, which a file system need not have). Counts the links that are left in {@code overlay.nlink}, as the kernel does.
 */
final class HardLinks {
    /** Ends the name of a file that only counts the links of a lower file that was not copied up. */
    private static final String COUNT_ONLY = ".count";

    private final LayerCalls calls;
    private final OverlayAttributes attributes;
    private final Workspace workspace;

    HardLinks(LayerStack layers, Workspace workspace) {
        this.calls = layers.calls();
        this.attributes = layers.attributes();
        this.workspace = workspace;
    }

    /**
     * The key of a lower file with further names: its number, and what would differ if another file had got that number since. The number
     * comes first and ends with a dot.
     */
    static Name key(long number, Stat lower) {
        return Name.of(Long.toUnsignedString(number) + "." + Long.toHexString(lower.modifySeconds) + "."
                + Integer.toHexString(lower.modifyNanos) + "." + Long.toHexString(lower.size));
    }

    /** The copy of a lower file that was made by another of its names; null if there is none. */
    @Nullable
    VirtualDentry copy(Name key) throws ErrnoException {
        VirtualDentry links = workspace.links(false);
        return links == null ? null : calls.find(links, key);
    }

    /** How many links a lower file has that was not copied up. */
    int countOfLower(Name key, int lowerLinks) throws ErrnoException {
        VirtualDentry links = workspace.links(false);
        VirtualDentry counter = links == null ? null : calls.find(links, counter(key));
        return counter == null ? lowerLinks : lowerLinks + difference(counter, 'L', 0);
    }

    /** How many links a file of the upper layer has, through the overlay; -1 to go by those it has there. */
    int countOfUpper(VirtualDentry upper, int upperLinks) throws ErrnoException {
        int difference = difference(upper, 'U', Integer.MIN_VALUE);
        return difference == Integer.MIN_VALUE ? -1 : Math.max(0, upperLinks + difference);
    }

    /** What the attribute says, or what to take if it says nothing of this kind. */
    private int difference(VirtualDentry file, char kind, int otherwise) throws ErrnoException {
        byte[] value = calls.attribute(file, attributes.links);
        if (value == null || value.length < 3 || value.length > 12 || value[0] != kind) {
            return otherwise;
        }
        try {
            return Integer.parseInt(new String(value, 1, value.length - 1, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static Name counter(Name key) {
        return Name.of(key + COUNT_ONLY);
    }

    /** Files the copy of a lower file, which is in the workspace. */
    VirtualDentry file(Name temporary, Name key) throws ErrnoException {
        VirtualDentry links = linksDirectory();
        calls.rename(workspace.directory(), temporary, links, key, 0);
        removeQuietly(links, counter(key));
        return calls.lookup(links, key);
    }

    private VirtualDentry linksDirectory() throws ErrnoException {
        VirtualDentry links = workspace.links(true);
        if (links == null) {
            throw Errno.ENOENT.exception();
        }
        return links;
    }

    /**
     * Writes down how many links a file has that has a key: as difference to those of the upper layer's file, or of the lower one.
     *
     * @param change by how many the links of the upper layer's file are going to change
     */
    void count(OverlayInode inode, int links, int change) throws ErrnoException {
        Name key = inode.key();
        if (key == null) {
            return;
        }
        VirtualDentry upper = inode.upper();
        if (upper != null) {
            write(upper, 'U', links - (calls.stat(upper).links + change));
            return;
        }
        VirtualDentry directory = linksDirectory();
        VirtualDentry counter = calls.find(directory, counter(key));
        if (counter == null) {
            calls.mknod(directory, counter(key), StatMode.S_IFREG, 0, calls.mounter());
            counter = calls.lookup(directory, counter(key));
        }
        write(counter, 'L', links - calls.stat(inode.real()).links);
    }

    private void write(VirtualDentry file, char kind, int difference) throws ErrnoException {
        String text = kind + (difference < 0 ? "" : "+") + difference;
        calls.setAttribute(file, attributes.links, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Forgets a file that has no names any more. */
    void remove(Name key) throws ErrnoException {
        VirtualDentry links = workspace.links(false);
        if (links != null) {
            removeQuietly(links, key);
            removeQuietly(links, counter(key));
        }
    }

    private void removeQuietly(VirtualDentry links, Name name) throws ErrnoException {
        if (calls.find(links, name) != null) {
            calls.unlink(links, name);
        }
    }
}
