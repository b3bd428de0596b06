package org.caisson.vfs;

/** A place in a mount tree: a dentry as seen through one mount of its file system (the kernel's {@code struct path}). */
public record VirtualDentry(Mount mount, Dentry dentry) {
    /** Whether a directory is there. */
    public boolean isDirectory() {
        return mount.fileSystem().isDirectory(dentry);
    }
}
