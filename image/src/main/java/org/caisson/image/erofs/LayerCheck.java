package org.caisson.image.erofs;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.Name;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.ErofsNode;
import org.caisson.vfs.erofs.ErofsNodes;

/**
 * Looks at all of an image that somebody else made whether it can be a layer: that it makes sense, has all of its data in itself and as it
 * is, and says to overlayfs no more than which names and directories hide others.
 */
public final class LayerCheck {
    private static final Name OVERLAY = Name.of("trusted.overlay.");
    private static final Name OVERLAY_END = Name.of("trusted.overlay/");
    private static final Set<Name> HARMLESS = Set.of(
            ErofsWriter.IMPLIED,
            Name.of("trusted.overlay.opaque"),
            Name.of("trusted.overlay.origin"),
            Name.of("trusted.overlay.impure"));

    private static final int BLOCK = ErofsWriter.BLOCK;
    private static final int PIECE = 1 << 17;

    /** What an image may use. The padding of compressed data stands among it as mkfs.erofs says so of all images. */
    private static final int FEATURES =
            ErofsLayout.INCOMPAT_ZERO_PADDING | ErofsLayout.INCOMPAT_CHUNKED_FILE | ErofsLayout.INCOMPAT_XATTR_PREFIXES;

    private static final String COMPRESSED = "the image is compressed in itself, so that it cannot be read in place;"
            + " compress it as a whole (+zstd) instead";

    private final ErofsNodes image;
    private final Set<Long> directories = new HashSet<>();
    private final Set<Long> files = new HashSet<>();
    private final Deque<ErofsNode> waiting = new ArrayDeque<>();
    private final byte[] piece = new byte[PIECE];

    /** By nid. */
    private final NavigableMap<Long, Content> contents = new TreeMap<>();

    /** Of data in blocks: files may share them. */
    private final Map<Place, byte[]> known = new HashMap<>();

    /** How much metadata there may still be: as it has a place each, not more than the file is long. */
    private long metadata;

    private final AttributeBudget attributes;

    /** How many runs of chunks there were. */
    private long runs;

    /** How much data is still read for its digest. Who shares more than that gets none. */
    private long data;

    /** The digest of a file of some size. */
    private static final class Content {
        private final long size;
        private final byte[] digest;

        Content(long size, byte[] digest) {
            this.size = size;
            this.digest = digest;
        }
    }

    private record Place(long block, long size) {}

    private LayerCheck(ErofsNodes image) {
        this.image = image;
        metadata = image.fileSize();
        attributes = new AttributeBudget(image.fileSize());
        data = 2 * image.fileSize();
    }

    /**
     * Checks an image, and writes its side file.
     *
     * @param side does not exist yet
     * @throws ErofsFormatException if the image cannot be a layer; says why
     */
    public static void check(Path file, Path side) throws IOException {
        FileSystemLog log = new FileSystemLog();
        try (OwnedFd descriptor = FileCalls.open(file.toString(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
                ErofsNodes image = ErofsNodes.open(descriptor, log)) {
            LayerCheck check = new LayerCheck(image);
            check.run();
            check.write(side);
        } catch (ErrnoException e) {
            throw new ErofsFormatException(
                    e.errno() == Errno.EUCLEAN ? "the image makes no sense" : String.valueOf(e.getMessage()));
        }
    }

    private void run() throws IOException {
        if (image.blockSize() != BLOCK) {
            throw new ErofsFormatException("the image has blocks of " + image.blockSize() + " bytes, not of " + BLOCK);
        }
        // Room for a boot sector. A tar archive has its first header there: what is both is a trap for one of those who
        // look at it.
        if (!Arrays.equals(image.start(ErofsLayout.SUPERBLOCK), new byte[ErofsLayout.SUPERBLOCK])) {
            throw new ErofsFormatException(
                    "the image is a tar archive as well, or something else: it does not begin with zeros");
        }
        requireFeatures();
        ErofsNode root = image.root();
        if (!StatMode.isDirectory(root.mode())) {
            throw Errno.EUCLEAN.exception();
        }
        add(Name.EMPTY, root);
        while (!waiting.isEmpty()) {
            waiting.pop().forEachEntry((name, nid) -> add(name, image.node(nid)));
        }
    }

    /** What else the superblock may point to, the kernel parses when it mounts the image, and nobody looked at it here. */
    private void requireFeatures() throws ErofsFormatException {
        int more = image.features() & ~FEATURES;
        if ((more & ErofsLayout.INCOMPAT_COMPRESSION) != 0) {
            throw new ErofsFormatException(COMPRESSED);
        }
        if (more != 0) {
            throw new ErofsFormatException(
                    "the image has features that no layer needs: 0x" + Integer.toHexString(more));
        }
    }

    private void spend(long bytes) throws ErrnoException {
        metadata -= bytes;
        if (bytes < 0 || metadata < 0) {
            throw Errno.EUCLEAN.exception();
        }
    }

    private void add(Name name, ErofsNode node) throws IOException {
        boolean directory = StatMode.isDirectory(node.mode());
        if (!(directory ? directories : files).add(node.nid())) {
            if (directory) {
                throw Errno.EUCLEAN.exception();
            }
            return;
        }
        if (node.isCompressed()) {
            throw new ErofsFormatException(COMPRESSED);
        }
        for (Name attribute : attributes.read(node).subMap(OVERLAY, OVERLAY_END).keySet()) {
            if (!HARMLESS.contains(attribute)) {
                throw new ErofsFormatException(name + " has the attribute " + attribute + ", which a layer may not");
            }
        }
        switch (node.mode() & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> {
                spend(node.size());
                waiting.push(node);
            }
            case StatMode.S_IFREG -> addData(node);
            case StatMode.S_IFLNK -> {
                spend(node.size());
                node.target();
            }
            default -> {}
        }
    }

    private void addData(ErofsNode node) throws IOException {
        long size = node.size();
        if (size == 0) {
            return;
        }
        if (node.isChunked()) {
            addChunks(node);
            return;
        }
        spend(node.tail());
        if (node.tail() == size) {
            contents.put(node.nid(), new Content(size, digest(node)));
            return;
        }
        Place place = node.tail() == 0 ? new Place(node.block(0), size) : new Place(-node.nid(), size);
        node.block(0);
        byte[] digest = known.get(place);
        if (digest == null && size <= data) {
            data -= size;
            digest = digest(node);
            known.put(place, digest);
        }
        if (digest != null) {
            contents.put(node.nid(), new Content(size, digest));
        }
    }

    private void addChunks(ErofsNode node) throws IOException {
        long chunk = (long) BLOCK << node.chunkBits();
        long last = (node.size() - 1) / chunk;
        spend((last + 1) * Integer.BYTES);
        if (last >= Integer.MAX_VALUE) {
            throw Errno.EUCLEAN.exception();
        }
        long following = 0;
        for (long number = 0; number <= last; number++) {
            long block = node.block(number * chunk);
            if (block >= 0 && block != following) {
                SparseMap.requireRuns(++runs);
            }
            following = block < 0 ? -1 : block + (1L << node.chunkBits());
        }
    }

    private byte[] digest(ErofsNode node) throws IOException {
        MessageDigest computation = SideFile.sha256();
        long done = 0;
        while (done < node.size()) {
            int count = node.read(piece, piece.length, done);
            computation.update(piece, 0, count);
            done += count;
        }
        return computation.digest();
    }

    private void write(Path name) throws IOException {
        contents.keySet().removeIf(nid -> nid > 0xFFFF_FFFFL); // for which a side file has no room
        try (SideFileWriter side = new SideFileWriter(name, contents.size(), image.fileSize())) {
            for (Map.Entry<Long, Content> one : contents.entrySet()) {
                side.add(one.getKey().intValue(), one.getValue().size, one.getValue().digest);
            }
            side.finish();
        }
    }
}
