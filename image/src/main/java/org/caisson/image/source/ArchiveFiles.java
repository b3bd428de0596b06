package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;

/** Files of a tar archive, read where they lie in it. */
final class ArchiveFiles implements SourceFiles {
    private static final int MOST_LINKS = 8;

    private final String name;
    private final FileChannel channel;
    private final Map<String, TarIndex.Entry> entries;

    private ArchiveFiles(String name, FileChannel channel, Map<String, TarIndex.Entry> entries) {
        this.name = name;
        this.channel = channel;
        this.entries = entries;
    }

    /** Opens a file that is not compressed; {@code name} is for messages. */
    static ArchiveFiles open(Path file, String name) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            return new ArchiveFiles(name, channel, new TarIndex(channel).read());
        } catch (ImageFormatException e) {
            channel.close();
            throw new ImageFormatException(name + " is no tar archive that can be read: " + e.getMessage(), e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public boolean has(String path) {
        return entries.containsKey(TarIndex.normal(path));
    }

    @Override
    public InputStream open(String path) throws IOException {
        String at = TarIndex.normal(path);
        for (int links = 0; links <= MOST_LINKS; links++) {
            TarIndex.Entry entry = entries.get(at);
            if (entry == null) {
                throw new ImageException("there is no file " + path + " in " + name);
            }
            String target = entry.target();
            if (target == null) {
                return new Part(entry);
            }
            at = target;
        }
        throw new ImageFormatException(path + " in " + name + " is a link to a link, and so on without end");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** The data of an entry. Reads at positions, so that several threads can. */
    private final class Part extends InputStream {
        private final byte[] one = new byte[1];
        private long at;
        private final long end;

        Part(TarIndex.Entry entry) {
            at = entry.offset();
            end = entry.offset() + entry.size();
        }

        @Override
        public int read() throws IOException {
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (at >= end) {
                return -1;
            }
            int count = channel.read(ByteBuffer.wrap(buffer, offset, (int) Math.min(length, end - at)), at);
            if (count > 0) {
                at += count;
            }
            return count;
        }
    }
}
