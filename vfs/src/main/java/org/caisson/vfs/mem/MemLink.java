package org.caisson.vfs.mem;

import org.caisson.linux.StatMode;

/** A symbolic link. */
final class MemLink extends MemInode {
    /** A target of so many bytes, with its NUL, takes a page in the kernel (SHORT_SYMLINK_LEN of {@code mm/shmem.c}). */
    private static final int LONG = 128;

    private final byte[] target;

    MemLink(MemFileSystem fileSystem, int uid, int gid, byte[] target) {
        super(fileSystem, StatMode.S_IFLNK | 0777, uid, gid, 1);
        this.target = target;
    }

    /** What a snapshot sees of another link. */
    MemLink(MemFileSystem fileSystem, AttributeImage attributes, byte[] target) {
        super(fileSystem, attributes);
        this.target = target;
    }

    /** How many pages a target of this length is charged for. */
    static int pages(int length) {
        return length + 1 > LONG ? 1 : 0;
    }

    byte[] target() {
        return target;
    }

    @Override
    long size() {
        return target.length;
    }

    @Override
    long pages() {
        return pages(target.length);
    }

    @Override
    void free() {
        fileSystem.space().givePages(pages(), owner());
        super.free();
    }
}
