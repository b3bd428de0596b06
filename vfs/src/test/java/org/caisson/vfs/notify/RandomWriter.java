package org.caisson.vfs.notify;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** Changes a small tree at random, as one of several threads. */
final class RandomWriter {
    private static final String[] TOPS = {"in", "in", "in", "out"};
    private static final int EXCHANGE = 2;
    private static final int WHITEOUT = 4;

    private final Random random;
    private final VirtualFileSystem vfs;
    private final PathOperation first = new PathOperation();
    private final PathOperation second = new PathOperation();
    private final SetStat change = new SetStat();
    private final byte[] bytes = new byte[10_000];
    private @Nullable FileDescription kept;

    RandomWriter(long seed, VirtualFileSystem vfs, VirtualDentry root) {
        random = new Random(seed);
        this.vfs = vfs;
        first.root(root).start(root);
        second.root(root).start(root);
    }

    private String path() {
        StringBuilder path = new StringBuilder(TOPS[random.nextInt(TOPS.length)]);
        int depth = 1 + random.nextInt(3);
        for (int i = 0; i < depth; i++) {
            path.append('/').append((char) ('a' + random.nextInt(3)));
        }
        return path.toString();
    }

    /** Does so many things, of which many fail. */
    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            try {
                step();
            } catch (ErrnoException e) {
                if (e.errno() == Errno.EIO || e.errno() == Errno.ESTALE) {
                    throw new AssertionError(e);
                }
            }
        }
        if (kept != null) {
            kept.close();
        }
    }

    private void step() throws ErrnoException {
        Credentials root = Credentials.root();
        switch (random.nextInt(14)) {
            case 0, 1 -> vfs.mkdir(root, first.path(path()), 0755);
            case 2, 3, 4 -> write(OpenFlags.O_CREAT | OpenFlags.O_RDWR);
            case 5 -> write(OpenFlags.O_RDWR | OpenFlags.O_APPEND);
            case 6 -> vfs.link(root, first.path(path()), second.path(path()));
            case 7 -> vfs.unlink(root, first.path(path()));
            case 8 -> vfs.rmdir(root, first.path(path()));
            case 9, 10 -> vfs.rename(root, first.path(path()), second.path(path()), 0);
            case 11 ->
                vfs.rename(root, first.path(path()), second.path(path()), random.nextInt(3) == 0 ? WHITEOUT : EXCHANGE);
            case 12 -> {
                change.clear();
                change.mask = SetStat.SIZE;
                change.size = random.nextInt(9000);
                vfs.setStat(root, first.path(path()), change);
            }
            default -> {
                change.clear();
                change.mask = SetStat.MODE;
                change.mode = 0600 + random.nextInt(8);
                vfs.setStat(root, first.path(path()), change);
            }
        }
    }

    /** Writes to a file by its name, or to one that was opened some time ago. */
    private void write(int flags) throws ErrnoException {
        random.nextBytes(bytes);
        FileDescription opened = kept;
        if (opened == null || random.nextInt(3) != 0) {
            opened = vfs.open(Credentials.root(), first.path(path()), new OpenOptions(flags, 0644));
        }
        int length = 1 + random.nextInt(500);
        opened.write(MemorySegment.ofArray(bytes), random.nextInt(500), length, random.nextInt(9000));
        if (opened != kept) {
            if (kept == null || random.nextInt(4) == 0) {
                FileDescription before = kept;
                kept = opened;
                opened = before;
            }
            if (opened != null) {
                opened.close();
            }
        }
    }
}
