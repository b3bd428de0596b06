package org.caisson.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.caisson.image.erofs.ErofsEntry;
import org.caisson.image.erofs.ErofsImageFile;
import org.caisson.image.erofs.ErofsProfile;
import org.caisson.image.erofs.ErofsWriter;
import org.caisson.linux.StatMode;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.erofs.ErofsFileSystem;

/** A virtual file system with an image at its root that holds one file. */
final class ErofsTree implements AutoCloseable {
    private static final long LARGEST = 1L << 30;

    final VirtualFileSystem files = new VirtualFileSystem();

    private final ErofsFileSystem image;
    private final VirtualDentry top;

    /** The same with an empty file. */
    ErofsTree(String path) throws IOException {
        this(path, new byte[0]);
    }

    /** Writes an image, whose file has no name, and opens it. */
    ErofsTree(String path, byte[] content) throws IOException {
        Path directory = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
        try (ErofsImageFile file = ErofsImageFile.in(directory)) {
            try (ErofsWriter writer = new ErofsWriter(file, ErofsProfile.DEFAULT, LARGEST)) {
                ErofsEntry entry = new ErofsEntry();
                entry.mode = StatMode.S_IFREG | 0644;
                writer.file(path.getBytes(StandardCharsets.UTF_8), entry, content.length, false);
                writer.write(content, 0, content.length);
                writer.end();
                writer.finish();
            }
            image = ErofsFileSystem.open(file.descriptor());
        }
        top = files.newMountNamespace(image).root();
    }

    PathOperation at(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        // With the eight bytes behind it that spare a copy.
        byte[] padded = Arrays.copyOf(bytes, bytes.length + Long.BYTES);
        return new PathOperation().root(top).start(top).path(padded, bytes.length);
    }

    @Override
    public void close() {
        image.close();
    }
}
