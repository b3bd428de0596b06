/** The virtual file system and its file systems. */
module org.caisson.vfs {
    requires static org.jspecify;
    requires transitive org.caisson.linux;

    exports org.caisson.vfs;
    exports org.caisson.vfs.mem;
    exports org.caisson.vfs.synthetic;
}
