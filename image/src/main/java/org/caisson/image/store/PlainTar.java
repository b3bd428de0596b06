package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps the tar archive as it is. */
public final class PlainTar implements LayerConverter {
    public PlainTar() {}

    @Override
    public String format() {
        return "tar";
    }

    @Override
    public void convert(InputStream tar, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            tar.transferTo(out);
        }
    }
}
