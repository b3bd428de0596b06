package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.caisson.image.oci.ImageException;

/** Files in a directory. Links are not followed, and nothing but a plain file is opened: a named pipe would never end. */
record DirectoryFiles(Path directory) implements SourceFiles {
    @Override
    public boolean has(String path) {
        return Files.isRegularFile(directory.resolve(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public InputStream open(String path) throws IOException {
        if (!has(path)) {
            throw new ImageException("there is no file " + path + " in " + directory);
        }
        return Files.newInputStream(directory.resolve(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void close() {}
}
