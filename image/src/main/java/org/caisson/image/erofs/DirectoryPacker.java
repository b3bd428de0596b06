package org.caisson.image.erofs;

import static org.caisson.image.erofs.ErofsWriter.BLOCK;

import java.io.IOException;
import java.util.Arrays;
import org.caisson.linux.StatMode;
import org.caisson.vfs.erofs.ErofsLayout;
import org.jspecify.annotations.Nullable;

/** Packs the entries of sorted directories into blocks: in each as many as have room. */
final class DirectoryPacker {
    private static final byte[] DOT = {'.'};
    private static final byte[] DOT_DOT = {'.', '.'};
    private static final int MOST = BLOCK / ErofsLayout.DIRENT_SIZE;

    private final ImageTree tree;
    private final IntColumn slots;

    private final byte[] block = new byte[BLOCK];
    private final int[] inodes = new int[MOST];

    /** By entry: how many dots are its name; 0 for one that has a name. */
    private final int[] dots = new int[MOST];

    private final int[] texts = new int[MOST];
    private int count;
    private int used;
    private long full;

    /** Takes blocks. */
    @FunctionalInterface
    interface Sink {
        /** A block, of which the rest behind what is used is zero. It is used again after this. */
        void block(byte[] block, int used, boolean last) throws IOException;
    }

    /**
     * A packer.
     *
     * @param slots by inode, its nid
     */
    DirectoryPacker(ImageTree tree, IntColumn slots) {
        this.tree = tree;
        this.slots = slots;
    }

    /** How long the data of a directory is, in bytes. */
    long size(int directory) throws IOException {
        pack(directory, null);
        return full * BLOCK + used;
    }

    /** Packs a directory; without a sink, it is only counted. */
    void pack(int directory, @Nullable Sink sink) throws IOException {
        count = 0;
        used = 0;
        full = 0;
        NameStore names = tree.texts();
        boolean dot = false;
        boolean dotDot = false;
        for (int name = tree.firstName(directory); name != ImageTree.NONE; name = tree.nextName(name)) {
            int text = tree.textOf(name);
            if (!dot && names.compare(text, DOT) > 0) {
                add(directory, DOT.length, 0, sink);
                dot = true;
            }
            if (!dotDot && names.compare(text, DOT_DOT) > 0) {
                add(tree.parent(directory), DOT_DOT.length, 0, sink);
                dotDot = true;
            }
            add(tree.inodeOf(name), 0, text, sink);
        }
        if (!dot) {
            add(directory, DOT.length, 0, sink);
        }
        if (!dotDot) {
            add(tree.parent(directory), DOT_DOT.length, 0, sink);
        }
        if (sink != null) {
            sink.block(build(), used, true);
        }
    }

    private void add(int inode, int dotted, int text, @Nullable Sink sink) throws IOException {
        int needed = ErofsLayout.DIRENT_SIZE + (dotted == 0 ? tree.texts().length(text) : dotted);
        if (used + needed > BLOCK) {
            if (sink != null) {
                sink.block(build(), used, false);
            }
            full++;
            count = 0;
            used = 0;
        }
        inodes[count] = inode;
        dots[count] = dotted;
        texts[count] = text;
        count++;
        used += needed;
    }

    private byte[] build() {
        int name = count * ErofsLayout.DIRENT_SIZE;
        for (int i = 0; i < count; i++) {
            int at = i * ErofsLayout.DIRENT_SIZE;
            long nid = Integer.toUnsignedLong(slots.get(inodes[i]));
            for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
                block[at++] = (byte) (nid >>> shift);
            }
            block[at] = (byte) name;
            block[at + 1] = (byte) (name >>> Byte.SIZE);
            block[at + 2] = (byte) ErofsLayout.direntType(tree.mode(inodes[i]) & StatMode.S_IFMT);
            block[at + 3] = 0;
            if (dots[i] == 0) {
                name += tree.texts().copyTo(texts[i], block, name);
            } else {
                System.arraycopy(DOT_DOT, 0, block, name, dots[i]);
                name += dots[i];
            }
        }
        Arrays.fill(block, name, BLOCK, (byte) 0);
        return block;
    }
}
