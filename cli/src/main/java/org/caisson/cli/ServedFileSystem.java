package org.caisson.cli;

import java.io.IOException;
import org.caisson.fuse.FuseServer;
import org.caisson.linux.MountFlags;
import org.caisson.runtime.ContainerException;

/** The file system that a mount shows, and how it is served. */
final class ServedFileSystem implements AutoCloseable {
    private static final int LONGEST_SOURCE = 200;

    private final MountRequest request;
    private final int attributes;
    private final MountedTree tree;

    private ServedFileSystem(MountRequest request, int attributes, MountedTree tree) {
        this.request = request;
        this.attributes = attributes;
        this.tree = tree;
    }

    /** Makes it; an option that its type does not know is a usage error. */
    static ServedFileSystem of(MountRequest request) throws UsageException, ContainerException {
        MountOptions options = MountOptions.parse(request.lists());
        try {
            MountedTree tree = switch (request.type()) {
                case MEM -> MountedTree.mem(options);
                case HOST -> MountedTree.host(request.shown(), options);
                case OVERLAY -> OverlayTree.of(options);
                case EROFS -> MountedTree.erofs(request.shown(), options);
            };
            options.refuseOthers(request.type().label());
            int readOnly = request.type() == MountType.EROFS ? MountFlags.MOUNT_ATTR_RDONLY : 0;
            return new ServedFileSystem(request, options.attributes() | readOnly, tree);
        } catch (IOException e) {
            throw new ContainerException(
                    "the " + request.type().label() + " file system cannot be made: " + Words.of(e), e);
        }
    }

    /** A server of it that is not mounted yet. */
    FuseServer server() {
        String source = request.source();
        FuseServer.Builder builder = FuseServer.builder(tree.vfs(), tree.root())
                .name(source == null ? request.type().label() : shortened(source))
                .mountAttributes(attributes)
                .onlyDoor(tree.isOurs())
                .plainFiles(tree.isOurs() && !tree.ownLocks())
                .ownLocks(tree.ownLocks())
                .passthrough(tree.passthrough())
                .writeback(request.writeback())
                .guard(Installation.stage());
        if (request.threads() != 0) {
            builder.threads(request.threads());
        }
        return builder.build();
    }

    /** The kernel takes 255 bytes; of many layers the first ones say which they are. */
    private static String shortened(String source) {
        return source.length() > LONGEST_SOURCE ? source.substring(0, LONGEST_SOURCE) : source;
    }

    @Override
    public void close() {
        tree.close();
    }
}
