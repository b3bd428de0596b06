package org.caisson.image.lazy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.source.RangeSource;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageProgress.State;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.Work;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;

/**
 * Fetches the blob of a layer of which parts have come, from where it was left, and makes an ordinary layer of it by the ordinary way: both
 * digests are compared, and the same bytes come out as if it had been pulled at once.
 */
final class Completion {
    private static final int PIECE = 256 * 1024;

    private final Path directory;
    private final RangeSource source;
    private final Priority priority;
    private final ImageProgress progress;

    Completion(Path directory, RangeSource source, Priority priority, ImageProgress progress) {
        this.directory = directory;
        this.source = source;
        this.priority = priority;
        this.progress = progress;
    }

    /** False if another process is at it. */
    boolean run(Work work, Descriptor blob, Digest diffId) throws IOException {
        int flags = OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_CLOEXEC | OpenFlags.O_NOFOLLOW;
        try (OwnedFd lock =
                FileCalls.openat(AtFlags.AT_FDCWD, directory.resolve("filler").toString(), flags, 0600)) {
            FileCalls.flock(lock.number(), FileCalls.LOCK_EX | FileCalls.LOCK_NB);
            Path prefix = directory.resolve("prefix");
            fetch(blob, prefix);
            try {
                work.layer(blob, diffId, wanted -> Files.newInputStream(prefix), progress);
            } catch (ImageFormatException e) {
                // It is not known which part is wrong.
                Files.deleteIfExists(prefix);
                throw e;
            }
            // Whoever has it open reads on; the next who adds something to the store takes the parts away.
            Files.write(directory.resolve(ImageStore.WHOLE), new byte[0]);
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EAGAIN) {
                return false;
            }
            throw e;
        }
    }

    private void fetch(Descriptor blob, Path prefix) throws IOException {
        try (FileChannel file = FileChannel.open(
                prefix, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long at = file.size();
            if (at >= blob.size()) {
                file.truncate(blob.size());
                return;
            }
            progress.layer(blob.digest(), State.READING, at, blob.size());
            try (InputStream in = source.open(blob, at)) {
                byte[] piece = new byte[PIECE];
                while (at < blob.size()) {
                    priority.awaitQuiet();
                    int count = in.readNBytes(piece, 0, (int) Math.min(PIECE, blob.size() - at));
                    if (count == 0) {
                        throw new ImageFormatException("it ends after " + at + " of " + blob.size() + " bytes");
                    }
                    ByteBuffer bytes = ByteBuffer.wrap(piece, 0, count);
                    while (bytes.hasRemaining()) {
                        at += file.write(bytes, at);
                    }
                    progress.layer(blob.digest(), State.READING, at, blob.size());
                }
            }
        }
    }
}
