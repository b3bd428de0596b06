/** Images: trees of the virtual file system as layers of OCI images. */
module org.caisson.image {
    requires static org.jspecify;
    requires org.apache.commons.compress;
    requires org.caisson.linux;
    requires transitive org.caisson.vfs;

    exports org.caisson.image.erofs;
    exports org.caisson.image.layer;
}
