package org.caisson.vfs.mem;

/** A device node or socket. */
final class MemSpecial extends MemInode {
    private final long device;

    MemSpecial(MemFileSystem fileSystem, int mode, int uid, int gid, long device) {
        super(fileSystem, mode, uid, gid, 1);
        this.device = device;
    }

    /** What a snapshot sees of another file. */
    MemSpecial(MemFileSystem fileSystem, AttributeImage attributes, long device) {
        super(fileSystem, attributes);
        this.device = device;
    }

    @Override
    long device() {
        return device;
    }

    @Override
    long size() {
        return 0;
    }
}
