package org.caisson.image.erofs;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;

/** Writes a {@link SideFile}. */
final class SideFileWriter implements AutoCloseable {
    private final OutputStream file;
    private final DigestOutputStream out;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(Math.max(SideFile.HEADER, SideFile.ENTRY)).order(ByteOrder.LITTLE_ENDIAN);

    /** Begins a file that does not exist yet. */
    SideFileWriter(Path name, int count, long imageSize) throws IOException {
        file = new BufferedOutputStream(
                Files.newOutputStream(name, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), 1 << 16);
        out = new DigestOutputStream(file, SideFile.sha256());
        buffer.put(SideFile.MAGIC).putInt(count).putInt(0).putLong(imageSize);
        send();
    }

    private void send() throws IOException {
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
    }

    /** The next file, by its nid. */
    void add(int nid, long size, byte[] digest) throws IOException {
        buffer.putInt(nid).putLong(size).put(digest);
        send();
    }

    /** Completes it. */
    void finish() throws IOException {
        file.write(out.getMessageDigest().digest());
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
