package org.caisson.image.erofs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;

/**
 * Writes an image, entry by entry, into an empty file. Paths are bytes as archives have them, from the root on; directories that no entry
 * has told of are made with mode 0755 and marked ({@link #IMPLIED}): in a layer, what they are is what the layers below say. What comes later takes the place of what came before by the same path, but a directory stays and
 * gets other attributes.
 */
public final class ErofsWriter implements AutoCloseable {
    /** The attribute of a directory of which nothing was said. Overlayfs shows none of those that begin so. */
    static final Name IMPLIED = Name.of("trusted.overlay.implied");

    /** The attribute of a symbolic link that stands for another name of the file of a lower layer that it leads to. */
    static final Name LINK = Name.of("trusted.overlay.link");

    /** The attribute of the root of a layer with such. */
    static final Name LINKS = Name.of("trusted.overlay.links");

    static final int BLOCK_BITS = 12;
    static final int BLOCK = 1 << BLOCK_BITS;

    /** What a link may be as long as, in bytes. */
    private static final int LONGEST_TARGET = 4095;

    private static final int IMPLICIT_MODE = StatMode.S_IFDIR | 0755;

    private final ImageTree tree = new ImageTree();
    private final XattrTable attributes = new XattrTable();
    private final ErofsProfile profile;
    private final DeviceTable devices;
    private final ImageOutput out;
    private final TailSpool tails;
    private final DataWriter data;
    private int whiteout = ImageTree.NONE;

    /** By inode, its nid; when the image is complete. */
    private IntColumn slots = new IntColumn();

    /**
     * Begins an image.
     *
     * @param file an empty file, which stays the caller's; a second one without a name is made in the same file system for small data
     * @param limit what the image may be as large as, in bytes
     */
    public ErofsWriter(ErofsImageFile file, ErofsProfile profile, long limit) throws IOException {
        this(file, profile, limit, DeviceTable.NONE);
    }

    /** Begins an image that has data in further devices, too. */
    ErofsWriter(ErofsImageFile file, ErofsProfile profile, long limit, DeviceTable devices) throws IOException {
        this.profile = profile;
        this.devices = devices;
        OwnedFd descriptor = file.descriptor();
        tails = TailSpool.over(file.another());
        out = new ImageOutput(descriptor, limit);
        data = new DataWriter(tree, out, tails, profile);
        if (profile == ErofsProfile.OUTLINE) {
            out.leaveHoles();
        }
        out.skip(devices.end());
        out.align(BLOCK);
        ErofsEntry root = new ErofsEntry();
        root.mode = IMPLICIT_MODE;
        tree.markImplied(tree.addInode(root, XattrTable.NOTHING));
    }

    ImageTree tree() {
        return tree;
    }

    XattrTable attributes() {
        return attributes;
    }

    DataWriter data() {
        return data;
    }

    /** A directory, or other attributes of one that is there. */
    public void directory(byte[] path, ErofsEntry entry) throws IOException {
        ImagePath components = new ImagePath(path);
        int set = attributesOf(components, entry);
        int directory = parent(components);
        int present = components.isEmpty()
                ? ImageTree.ROOT
                : tree.find(directory, path, components.start(), components.length());
        if (present != ImageTree.NONE && tree.isDirectory(present)) {
            tree.describe(present, entry, set);
            return;
        }
        int inode = tree.addInode(entry, set);
        if (present != ImageTree.NONE && present == whiteout) {
            tree.markOpaque(inode);
        }
        tree.name(directory, path, components.start(), components.length(), inode);
    }

    /**
     * A regular file. Its data are to follow by {@link #write} and {@link #skip}, and {@link #end}.
     *
     * @param hasHoles whether what is skipped is to be a hole, by the block at least, and not zeros
     */
    public void file(byte[] path, ErofsEntry entry, long size, boolean hasHoles) throws IOException {
        int inode = add(path, entry);
        data.begin(inode, text(path), size, attributes.largestSize(tree.attributes(inode)), hasHoles);
    }

    /** Leaves the data of a file out, to be filled in later, and says where in the image they go: one piece, whatever the size. */
    long leaveOut(long size) throws IOException {
        if (profile != ErofsProfile.OUTLINE) {
            throw new IllegalStateException("data can be left out of an outline alone");
        }
        long start = out.position();
        data.skip(size);
        data.end();
        return start;
    }

    /** The next bytes of the file. */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        data.write(bytes, offset, length);
    }

    /** Zeros as the next bytes of the file. */
    public void skip(long count) throws IOException {
        data.skip(count);
    }

    /** Ends the file, all of whose bytes were told. */
    public void end() throws IOException {
        data.end();
    }

    /** A symbolic link. */
    public void symlink(byte[] path, ErofsEntry entry, byte[] target) throws IOException {
        if (target.length == 0 || target.length > LONGEST_TARGET) {
            throw new ErofsFormatException(text(path) + ": a link to " + target.length + " bytes");
        }
        for (byte one : target) {
            if (one == 0) {
                throw new ErofsFormatException(text(path) + ": a link with a NUL in its target");
            }
        }
        int inode = add(path, entry);
        data.begin(inode, text(path), target.length, attributes.largestSize(tree.attributes(inode)), false);
        data.write(target, 0, target.length);
        data.end();
    }

    /** A device, a named pipe or a socket. */
    public void special(byte[] path, ErofsEntry entry) throws IOException {
        int inode = add(path, entry);
        int type = entry.mode & StatMode.S_IFMT;
        tree.union(inode, type == StatMode.S_IFCHR || type == StatMode.S_IFBLK ? entry.device : 0);
    }

    /** Another name of a file that came before. */
    public void link(byte[] path, byte[] existing) throws IOException {
        int inode = tree.find(new ImagePath(existing));
        if (inode == ImageTree.NONE || inode == whiteout) {
            throw new ErofsFormatException(
                    text(path) + ": a link to " + text(existing) + ", which is not in the image");
        }
        if (tree.isDirectory(inode)) {
            throw new ErofsFormatException(text(path) + ": a link to " + text(existing) + ", which is a directory");
        }
        ImagePath components = new ImagePath(path);
        int directory = parent(components);
        requireName(components);
        tree.name(directory, path, components.start(), components.length(), inode);
    }

    /**
     * Another name of a file that came before or, in a layer, that a lower layer has: what is not here and not hidden is looked for when
     * the layer is laid over others ({@link LayerMerge}), so that the image depends on nothing but the layer.
     */
    public void linkBelow(byte[] path, byte[] existing) throws IOException {
        if (profile != ErofsProfile.DEFAULT || !isBelow(new ImagePath(existing))) {
            link(path, existing);
            return;
        }
        ErofsEntry entry = new ErofsEntry();
        entry.mode = StatMode.S_IFLNK | 0777;
        entry.attributes = new TreeMap<>(Map.of(LINK, new byte[0]));
        symlink(path, entry, existing);
        tree.markLinked(ImageTree.ROOT);
    }

    /** Whether a path leads to what only lower layers can have. */
    private boolean isBelow(ImagePath path) {
        int at = ImageTree.ROOT;
        while (!path.isEmpty()) {
            if (!tree.isDirectory(at)) {
                return false;
            }
            int next = tree.find(at, path.bytes(), path.start(), path.length());
            if (next == ImageTree.NONE) {
                return !tree.isOpaque(at);
            }
            at = next;
            path.next();
        }
        return false;
    }

    /** Hides a name of lower layers; if the image has it itself, only what is beneath it there. */
    public void whiteout(byte[] path) throws IOException {
        ImagePath components = new ImagePath(path);
        int directory = parent(components);
        requireName(components);
        int present = tree.find(directory, path, components.start(), components.length());
        if (present != ImageTree.NONE && present != whiteout) {
            if (tree.isDirectory(present)) {
                tree.markOpaque(present);
            }
            return;
        }
        if (whiteout == ImageTree.NONE) {
            ErofsEntry entry = new ErofsEntry();
            entry.mode = StatMode.S_IFCHR;
            whiteout = tree.addInode(entry, XattrTable.NOTHING);
            tree.union(whiteout, 0);
        }
        tree.markImpure(directory);
        tree.name(directory, path, components.start(), components.length(), whiteout);
    }

    /** Hides all that lower layers have in a directory. */
    public void opaque(byte[] path) throws IOException {
        if (profile == ErofsProfile.PLAIN) {
            throw new ErofsFormatException(text(path) + ": an opaque directory, which a plain image cannot hold");
        }
        ImagePath components = new ImagePath(path);
        int directory = parent(components);
        tree.markOpaque(components.isEmpty() ? directory : enter(directory, components));
    }

    /** Completes the image; nothing more may be told. */
    public void finish() throws IOException {
        slots = new MetadataWriter(tree, attributes, data, tails, out, profile, devices).write();
    }

    /** Writes the {@link SideFile} of the image, which is complete, under a name that does not exist yet. */
    public void writeSideFile(Path name) throws IOException {
        FileDigests digests = data.digests();
        int count = 0;
        for (int row = 0; row < digests.size(); row++) {
            count += tree.isLive(digests.inode(row)) ? 1 : 0;
        }
        try (SideFileWriter side = new SideFileWriter(name, count, out.position())) {
            for (int row = 0; row < digests.size(); row++) {
                int inode = digests.inode(row);
                if (tree.isLive(inode)) {
                    side.add(slots.get(inode), tree.size(inode), digests.digest(row));
                }
            }
            side.finish();
        }
    }

    @Override
    public void close() {
        out.close();
        tails.close();
    }

    static String text(byte[] path) {
        return new String(path, StandardCharsets.UTF_8).replace('\0', '?');
    }

    private int add(byte[] path, ErofsEntry entry) throws IOException {
        ImagePath components = new ImagePath(path);
        int set = attributesOf(components, entry);
        int directory = parent(components);
        requireName(components);
        int inode = tree.addInode(entry, set);
        tree.name(directory, path, components.start(), components.length(), inode);
        return inode;
    }

    private int attributesOf(ImagePath path, ErofsEntry entry) throws ErofsFormatException {
        return profile == ErofsProfile.PLAIN ? XattrTable.NOTHING : attributes.set(path.toString(), entry.attributes);
    }

    private static void requireName(ImagePath path) throws ErofsFormatException {
        if (path.isEmpty()) {
            throw new ErofsFormatException(path + ": is the root");
        }
    }

    /** Walks to the directory of the last component, which becomes the present one. */
    private int parent(ImagePath path) throws ErofsFormatException {
        int directory = ImageTree.ROOT;
        while (!path.isEmpty() && !path.isLast()) {
            directory = enter(directory, path);
            path.next();
        }
        return directory;
    }

    /** The directory that the present component names, which is made if nothing is there. */
    private int enter(int directory, ImagePath path) throws ErofsFormatException {
        int present = tree.find(directory, path.bytes(), path.start(), path.length());
        if (present != ImageTree.NONE && tree.isDirectory(present)) {
            return present;
        }
        if (present != ImageTree.NONE && present != whiteout) {
            throw new ErofsFormatException(
                    path + ": " + Name.of(path.bytes(), path.start(), path.length()) + " is no directory");
        }
        ErofsEntry entry = new ErofsEntry();
        entry.mode = IMPLICIT_MODE;
        int made = tree.addInode(entry, XattrTable.NOTHING);
        tree.markImplied(made);
        if (present != ImageTree.NONE) {
            tree.markOpaque(made);
        }
        tree.name(directory, path.bytes(), path.start(), path.length(), made);
        return made;
    }
}
