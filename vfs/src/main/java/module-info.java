/** The virtual file system and its file systems. */
module org.caisson.vfs {
    requires static org.jspecify;
    requires transitive org.caisson.linux;

    exports org.caisson.vfs;
    exports org.caisson.vfs.dev;
    exports org.caisson.vfs.difference;
    exports org.caisson.vfs.erofs;
    exports org.caisson.vfs.host;
    exports org.caisson.vfs.lock;
    exports org.caisson.vfs.mem;
    exports org.caisson.vfs.notify;
    exports org.caisson.vfs.overlay;
    exports org.caisson.vfs.pipe;
    exports org.caisson.vfs.synthetic;
    exports org.caisson.vfs.wait;
}
