package org.caisson.fuse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/**
 * What a server must know to go on with a connection that another began: what was agreed, and by which name each number of a node was
 * given. It is a file that grows by a record a change, each written before the kernel is told. A record that was cut off by the end of the
 * writer counts as not written, for the kernel was not told.
 *
 * <p>Whoever opens it has a number of its own, one more than the one before, so that no number of an open file is given twice.
 */
final class ConnectionLog implements AutoCloseable {
    /** A record: the length of what follows, a kind, a number, another one, a name. */
    private static final int FIXED = 1 + 2 * Long.BYTES;

    private static final int LONGEST = FIXED + Name.MAX;

    /** More nodes than a kernel keeps of a tree of generated files. */
    private static final long LARGEST = 64L << 20;

    private static final long SMALL = 256L << 10;

    private static final byte OPENED = 1;
    private static final byte AGREED = 2;
    private static final byte KNOWN = 3;
    private static final byte FORGOTTEN = 4;

    /** A name in a directory, by its number. */
    record Entry(long directory, Name name) {}

    private final Path file;
    private final ByteBuffer record =
            ByteBuffer.allocateDirect(Integer.BYTES + LONGEST).order(ByteOrder.LITTLE_ENDIAN);

    // Guarded by this object's monitor, under which nothing else is taken.
    private final Map<Long, Entry> known = new HashMap<>();
    private FileChannel channel;
    private int generation;
    private boolean agreed;
    private long agreement;
    private boolean failed;

    private ConnectionLog(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** A new one in place of what is there. */
    static ConnectionLog create(Path file) throws IOException {
        Files.deleteIfExists(file);
        ConnectionLog log = new ConnectionLog(file, open(file));
        log.begin();
        return log;
    }

    /** Goes on with one. IOException also if it is none. */
    static ConnectionLog resume(Path file) throws IOException {
        long size = Files.size(file);
        if (size > LARGEST) {
            throw new IOException(file + " has " + size + " bytes: more than a log of a connection ever has");
        }
        ConnectionLog log = new ConnectionLog(file, open(file));
        try {
            log.read(ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN));
            log.begin();
        } catch (IOException | RuntimeException e) {
            log.close();
            throw e;
        }
        return log;
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private synchronized void begin() throws IOException {
        generation++;
        append(OPENED, generation, 0, null);
    }

    /** Which opening of the connection this is, from 1 on. */
    synchronized int generation() {
        return generation;
    }

    /** Whether the kernel has been answered to INIT. */
    synchronized boolean isAgreed() {
        return agreed;
    }

    /** What was agreed, flags of {@link org.caisson.fuse.protocol.InitFlag}. */
    synchronized long agreement() {
        return agreement;
    }

    synchronized Map<Long, Entry> known() {
        return Map.copyOf(known);
    }

    synchronized void agree(long flags) {
        agreed = true;
        agreement = flags;
        tryAppend(AGREED, flags, 0, null);
    }

    /** A node got its number. */
    synchronized void know(long id, long directory, MemorySegment names, long at, int length) {
        Entry entry = new Entry(directory, Name.of(names, at, length));
        known.put(id, entry);
        tryAppend(KNOWN, id, directory, entry.name());
    }

    /** A node's number is no more in use. */
    synchronized void forget(long id) {
        if (known.remove(id) != null) {
            tryAppend(FORGOTTEN, id, 0, null);
        }
    }

    /** A node that is not written is ESTALE for who goes on; that must not hinder who serves now. */
    private void tryAppend(byte kind, long number, long other, @Nullable Name name) {
        try {
            append(kind, number, other, name);
            shrink();
        } catch (IOException | UncheckedIOException e) {
            if (!failed) {
                failed = true;
                System.getLogger(ConnectionLog.class.getName())
                        .log(Level.WARNING, "a connection cannot be gone on with wholly: " + file, e);
            }
        }
    }

    private void append(byte kind, long number, long other, @Nullable Name name) throws IOException {
        record.clear();
        record.putInt(FIXED + (name == null ? 0 : name.length()));
        record.put(kind).putLong(number).putLong(other);
        if (name != null) {
            record.put(name.toByteArray());
        }
        record.flip();
        long end = channel.position();
        try {
            while (record.hasRemaining()) {
                channel.write(record);
            }
        } catch (IOException e) {
            // Half a record would hide those that follow.
            channel.truncate(end);
            throw e;
        }
    }

    /** When most of it is of the past, only the present is kept. The new file takes the place of the old one as a whole. */
    private void shrink() throws IOException {
        if (channel.position() < SMALL || channel.position() < 4L * known.size() * LONGEST) {
            return;
        }
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        FileChannel old = channel;
        channel = open(next);
        try {
            append(OPENED, generation, 0, null);
            if (agreed) {
                append(AGREED, agreement, 0, null);
            }
            for (Map.Entry<Long, Entry> each : known.entrySet()) {
                append(
                        KNOWN,
                        each.getKey(),
                        each.getValue().directory(),
                        each.getValue().name());
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
            old.close();
        } catch (IOException e) {
            channel.close();
            channel = old;
            throw e;
        }
    }

    private synchronized void read(ByteBuffer records) throws IOException {
        int end = 0;
        while (records.remaining() >= Integer.BYTES) {
            int length = records.getInt();
            if (length < FIXED || length > LONGEST) {
                throw new IOException(file + " is no log of a connection");
            }
            if (records.remaining() < length) {
                break;
            }
            take(records, length - FIXED);
            end = records.position();
        }
        channel.truncate(end);
        channel.position(end);
    }

    private void take(ByteBuffer records, int nameLength) throws IOException {
        byte kind = records.get();
        long number = records.getLong();
        long other = records.getLong();
        byte[] name = new byte[nameLength];
        records.get(name);
        switch (kind) {
            case OPENED -> generation = (int) number;
            case AGREED -> {
                agreed = true;
                agreement = number;
            }
            case KNOWN -> known.put(number, new Entry(other, Name.of(name, 0, nameLength)));
            case FORGOTTEN -> known.remove(number);
            default -> throw new IOException(file + " is no log of a connection");
        }
    }

    @Override
    public synchronized void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
