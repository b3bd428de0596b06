/** Images: the OCI image formats, where images come from, and the store that keeps them; trees of the virtual file system as layers. */
module org.caisson.image {
    requires static org.jspecify;
    requires com.fasterxml.jackson.core;
    requires com.github.luben.zstd_jni;
    requires org.apache.commons.compress;
    requires java.net.http;
    requires org.caisson.linux;
    requires transitive org.caisson.vfs;

    exports org.caisson.image.erofs;
    exports org.caisson.image.layer;
    exports org.caisson.image.lazy;
    exports org.caisson.image.oci;
    exports org.caisson.image.registry;
    exports org.caisson.image.source;
    exports org.caisson.image.store;
}
