/** The FUSE protocol: a VFS tree at a host mount point. */
module org.caisson.fuse {
    requires static org.jspecify;
    requires transitive org.caisson.linux;
    requires transitive org.caisson.vfs;

    exports org.caisson.fuse;
}
