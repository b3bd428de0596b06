package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import org.caisson.image.layer.LayerStream;
import org.caisson.image.layer.LayerWriter;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.Subtree;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;

/** A directory of this host as the gzip-compressed tar archive of a layer, written while it is read. */
final class RootDirectory {
    private RootDirectory() {}

    static InputStream open(Path directory) throws IOException {
        return LayerStream.of(out -> write(directory, out));
    }

    private static void write(Path directory, OutputStream out) throws IOException {
        try (MappedPageStore pages = MappedPageStore.anonymous();
                HostFileSystem host = HostFileSystem.open(directory.toString(), HostOptions.DEFAULT)) {
            writeLayer(pages, host, out);
        } catch (IOException | RuntimeException e) {
            throw new IOException("cannot read " + directory + ": " + e.getMessage(), e);
        }
    }

    private static void writeLayer(MappedPageStore pages, HostFileSystem host, OutputStream out) throws IOException {
        VirtualFileSystem system = new VirtualFileSystem();
        MountNamespace nothing = system.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, pages));
        MountNamespace tree = system.newMountNamespace(host);
        Credentials root = Credentials.root();
        try (TreeDifference all = TreeDifference.between(
                new Subtree(system, root, nothing.root()),
                new Subtree(system, root, tree.root()),
                DifferenceOptions.DEFAULT)) {
            LayerWriter.write(all, out);
        }
    }
}
