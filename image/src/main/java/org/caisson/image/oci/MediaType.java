package org.caisson.image.oci;

import java.util.Set;

/** What documents and layers are called, by OCI and by Docker. */
public final class MediaType {
    public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
    public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
    public static final String OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
    public static final String OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";

    /** An EROFS image as containerd knows it, compressed as a whole or not. */
    public static final String EROFS_LAYER = "application/vnd.erofs.layer.v1";

    public static final String EROFS_LAYER_ZSTD = EROFS_LAYER + "+zstd";
    public static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    public static final String DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    private static final Set<String> LAYERS = Set.of(
            OCI_LAYER,
            OCI_LAYER_GZIP,
            OCI_LAYER_ZSTD,
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            DOCKER_LAYER_GZIP,
            "application/vnd.docker.image.rootfs.diff.tar",
            "application/vnd.docker.image.rootfs.diff.tar.zstd",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");

    private MediaType() {}

    public static boolean isIndex(String type) {
        return type.equals(OCI_INDEX) || type.equals(DOCKER_LIST);
    }

    public static boolean isManifest(String type) {
        return type.equals(OCI_MANIFEST) || type.equals(DOCKER_MANIFEST);
    }

    public static boolean isConfig(String type) {
        return type.equals(OCI_CONFIG) || type.equals(DOCKER_CONFIG);
    }

    /** Whether it is the layer of a root file system; how it is compressed its bytes tell. */
    public static boolean isLayer(String type) {
        return LAYERS.contains(type) || isErofsLayer(type);
    }

    /** Whether a layer is an EROFS image, and no archive. Earlier versions of containerd took all types that end so. */
    public static boolean isErofsLayer(String type) {
        int plus = type.indexOf('+');
        String base = plus < 0 ? type : type.substring(0, plus);
        boolean known = plus < 0 || type.startsWith("+zstd", plus) || type.startsWith("+gzip", plus);
        return known && (base.equals(EROFS_LAYER) || base.endsWith(".erofs"));
    }
}
