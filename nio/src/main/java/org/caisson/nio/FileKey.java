package org.caisson.nio;

/** What makes two paths the same file. */
record FileKey(long device, long inode) {
    @Override
    public String toString() {
        return "(dev=" + Long.toHexString(device) + ",ino=" + inode + ")";
    }
}
