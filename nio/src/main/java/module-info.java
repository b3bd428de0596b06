/** A java.nio.file provider over the virtual file system. */
module org.caisson.nio {
    requires static org.jspecify;
    requires org.caisson.linux;
    requires transitive org.caisson.vfs;

    exports org.caisson.nio;

    provides java.nio.file.spi.FileSystemProvider with
            org.caisson.nio.CaissonFileSystemProvider;
}
