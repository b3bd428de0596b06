package org.caisson.image.layer;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.caisson.linux.StatMode;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.difference.TreeChange;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.difference.TreeFile;
import org.jspecify.annotations.Nullable;

/**
 * Writes the changes from one tree to another as a layer of an OCI image: a tar archive that, put over the first tree, gives the second.
 * Entries come in the order of their paths, and the same changes give the same bytes.
 *
 * <p>A file that changed in whatever aspect comes whole, with all its names; directories above it come with their attributes. What is no
 * more is told by a whiteout, and a directory in place of another file is opaque. Holes of sparse files are written as zeros. Sockets are
 * left out, as engines do: a layer has no way to hold one.
 */
public final class LayerWriter {
    private static final byte[] WHITEOUT = ".wh.".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OPAQUE = ".wh..wh..opq".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ROOT = {'.', '/'};
    private static final int PIECE = 128 * 1024;

    /** So large a file is written with more holes than data only by who wants to fill the disk. */
    private static final long MOST_HOLES = 64L << 30;

    private static final int SECTOR = 512;

    private final TarWriter tar;
    private final TarEntry entry = new TarEntry();
    private final MemorySegment buffer = Arena.ofAuto().allocate(PIECE, 4096);
    private final byte[] bytes = new byte[PIECE];

    /** What all names begin with; empty if nothing. */
    private final byte[] top;

    /** Whether it is a layer, in which some names mean something. */
    private final boolean layer;

    private LayerWriter(OutputStream out, byte[] top, boolean layer) {
        tar = new TarWriter(out);
        this.top = top;
        this.layer = layer;
    }

    /** Writes to a stream, which is not closed. */
    public LayerWriter(OutputStream out) {
        this(out, TarEntry.NOTHING, true);
    }

    /**
     * Writes a plain archive of a tree that is compared with an empty one: no name in it means anything.
     *
     * @param top the name of the tree in the archive; empty if it has none
     */
    public static LayerWriter archive(OutputStream out, Name top) {
        return new LayerWriter(out, top.toByteArray(), false);
    }

    /** Writes all of a difference. */
    public static void write(TreeDifference difference, OutputStream out) throws IOException {
        LayerWriter writer = new LayerWriter(out);
        TreeChange change = difference.next();
        while (change != null) {
            writer.write(change);
            change = difference.next();
        }
        writer.finish();
    }

    /**
     * Writes one change.
     *
     * @throws LayerFormatException for a name that begins with {@code .wh.}, which in a layer means something else, and for an extended
     *     attribute with {@code =} in its name
     */
    public void write(TreeChange change) throws IOException {
        TreePath path = change.path();
        if (layer) {
            refuseWhiteouts(path);
        }
        switch (change) {
            case TreeChange.Added added -> file(path, added.file(), null);
            case TreeChange.Replaced replaced -> file(path, replaced.file(), replaced.before());
            case TreeChange.Modified modified -> file(path, modified.file(), null);
            case TreeChange.Kept kept -> file(path, kept.file(), null);
            case TreeChange.Linked linked -> link(path, linked);
            case TreeChange.Removed removed -> whiteout(path);
        }
    }

    /** Ends the archive. */
    public void finish() throws IOException {
        tar.finish();
    }

    private static void refuseWhiteouts(TreePath path) throws LayerFormatException {
        byte[] name = path.name().toByteArray();
        if (Arrays.mismatch(name, WHITEOUT) >= WHITEOUT.length) {
            throw new LayerFormatException(path + ": a layer cannot hold a name that begins with .wh.");
        }
    }

    /** A file, perhaps in place of another one. */
    private void file(TreePath path, TreeFile file, @Nullable Stat replaced) throws IOException {
        Stat stat = file.stat();
        byte type = type(stat.mode);
        if (type == 0) {
            if (replaced != null) {
                whiteout(path);
            }
            return;
        }
        boolean directory = type == TarConstants.LF_DIR;
        entry.clear(type, directory ? directoryName(path) : name(path));
        entry.describe(stat);
        entry.attributes = file.attributes();
        switch (type) {
            case TarConstants.LF_SYMLINK -> entry.target = file.target();
            case TarConstants.LF_CHR, TarConstants.LF_BLK -> {
                // new_decode_dev of linux/kdev_t.h
                entry.major = (int) ((stat.rdev >>> 8) & 0xFFF);
                entry.minor = (int) ((stat.rdev & 0xFF) | ((stat.rdev >>> 12) & 0xFFF00));
            }
            case TarConstants.LF_NORMAL -> {
                if (stat.size - stat.blocks * SECTOR > MOST_HOLES) {
                    throw new LayerFormatException(path + ": a layer would hold its holes of "
                            + (stat.size - stat.blocks * SECTOR) + " bytes as zeros; cut it off or remove it");
                }
                entry.size = stat.size;
            }
            default -> {}
        }
        tar.begin(entry);
        if (entry.size > 0) {
            writeData(path, file, entry.size);
        }
        if (layer && directory && replaced != null) {
            marker(child(path.toByteArray(), OPAQUE));
        }
    }

    /** 0 for what a tar archive cannot hold. */
    private static byte type(int mode) {
        return switch (mode & StatMode.S_IFMT) {
            case StatMode.S_IFREG -> TarConstants.LF_NORMAL;
            case StatMode.S_IFDIR -> TarConstants.LF_DIR;
            case StatMode.S_IFLNK -> TarConstants.LF_SYMLINK;
            case StatMode.S_IFCHR -> TarConstants.LF_CHR;
            case StatMode.S_IFBLK -> TarConstants.LF_BLK;
            case StatMode.S_IFIFO -> TarConstants.LF_FIFO;
            default -> 0;
        };
    }

    private byte[] name(TreePath path) {
        if (top.length == 0) {
            return path.toByteArray();
        }
        return path.isRoot() ? top : child(top, path.toByteArray());
    }

    private byte[] directoryName(TreePath path) {
        byte[] name = name(path);
        return name.length == 0 ? ROOT : child(name, TarEntry.NOTHING);
    }

    private static byte[] child(byte[] directory, byte[] name) {
        byte[] joined = Arrays.copyOf(directory, directory.length + 1 + name.length);
        joined[directory.length] = '/';
        System.arraycopy(name, 0, joined, directory.length + 1, name.length);
        return joined;
    }

    private void writeData(TreePath path, TreeFile file, long size) throws IOException {
        try (FileDescription source = file.open()) {
            for (long offset = 0; offset < size; ) {
                int count = (int) source.read(buffer, 0, Math.min(PIECE, size - offset), offset);
                if (count == 0) {
                    throw new IOException(path + ": cut off while it was read");
                }
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, count);
                tar.write(bytes, 0, count);
                offset += count;
            }
        }
        tar.end();
    }

    private void link(TreePath path, TreeChange.Linked linked) throws IOException {
        Stat stat = linked.file().stat();
        if (type(stat.mode) == 0) {
            if (linked.before() != null) {
                whiteout(path);
            }
            return;
        }
        entry.clear(TarConstants.LF_LINK, name(path));
        entry.describe(stat);
        entry.target = name(linked.target());
        tar.begin(entry);
    }

    private void whiteout(TreePath path) throws IOException {
        byte[] whole = path.toByteArray();
        int start = whole.length - path.name().length();
        byte[] name = Arrays.copyOf(whole, whole.length + WHITEOUT.length);
        System.arraycopy(WHITEOUT, 0, name, start, WHITEOUT.length);
        System.arraycopy(whole, start, name, start + WHITEOUT.length, whole.length - start);
        marker(name);
    }

    /** An empty file that says something about others. */
    private void marker(byte[] name) throws IOException {
        entry.clear(TarConstants.LF_NORMAL, name);
        tar.begin(entry);
    }
}
