package org.caisson.vfs.difference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;

/** Grows and changes a tree at random: all kinds of files, links, attributes, lists, capabilities, sparse data, times. */
public final class RandomTree {
    private static final String[] NAMES = {"a", "b", "c", "d", "a!", "x y", "\u00ff\u0080", "\u00e4\n", "n".repeat(120)
    };
    private static final int[] MODES = {0755, 0700, 0644, 04755, 02755, 01777, 0, 0444};
    private static final int[] TYPES = {StatMode.S_IFIFO, StatMode.S_IFSOCK, StatMode.S_IFCHR, StatMode.S_IFBLK};
    private static final String[] ATTRIBUTES = {"user.one", "user.two", "trusted.three", "security.four"};
    private static final int BIGGEST_ID = 70_000;

    private final TestTree tree;
    private final Random random;

    public RandomTree(TestTree tree, Random random) {
        this.tree = tree;
        this.random = random;
    }

    /** Makes so many steps; what cannot be done is left out. */
    public void change(int steps) throws ErrnoException {
        List<String> paths = tree.paths();
        for (int i = 0; i < steps; i++) {
            if (i % 4 == 0) {
                paths = tree.paths();
            }
            String known = paths.isEmpty() ? "" : paths.get(random.nextInt(paths.size()));
            try {
                step(known, next(paths));
            } catch (ErrnoException e) {
                // A name that is there already, a way through a file: as good as no step.
                paths = tree.paths();
            }
        }
    }

    /** A name in the top or in a directory that may be there. */
    private String next(List<String> paths) {
        String base = paths.isEmpty() || random.nextInt(3) == 0 ? "" : paths.get(random.nextInt(paths.size())) + "/";
        return base + NAMES[random.nextInt(NAMES.length)];
    }

    private void step(String known, String path) throws ErrnoException {
        switch (random.nextInt(24)) {
            case 0, 1, 2, 3 -> tree.mkdir(path);
            case 4, 5, 6 -> tree.write(path, text());
            case 7 ->
                tree.write(path, "")
                        .truncate(path, random.nextInt(200_000))
                        .writeAt(path, random.nextInt(300_000), bytes());
            case 8 -> tree.symlink(path, random.nextInt(8) == 0 ? "t".repeat(150) : known + "/../" + text());
            case 9 -> tree.mknod(path, TYPES[random.nextInt(TYPES.length)] | 0640, 0x10305 + random.nextInt(2));
            case 10, 11, 12 -> tree.link(known, path);
            case 13, 14 -> tree.remove(known);
            case 15, 16 -> tree.rename(known, path);
            case 17 -> tree.chmod(known, MODES[random.nextInt(MODES.length)]);
            case 18 -> tree.chown(known, random.nextInt(BIGGEST_ID), random.nextInt(4) == 0 ? 3_000_000 : 5);
            case 19 -> setAttribute(known);
            case 20 -> removeAttribute(known);
            case 21 -> tree.times(known, random.nextLong(-3, 9_000_000_000L), random.nextInt(1_000_000_000));
            case 22 -> changeDataAlone(known);
            default -> replace(known);
        }
    }

    private void setAttribute(String path) throws ErrnoException {
        switch (random.nextInt(4)) {
            case 0 -> tree.setXattr(path, "system.posix_acl_access", acl());
            case 1 -> tree.setXattr(path, "system.posix_acl_default", acl());
            case 2 -> tree.setXattr(path, "security.capability", capability());
            default -> tree.setXattr(path, ATTRIBUTES[random.nextInt(ATTRIBUTES.length)], bytes());
        }
    }

    private void removeAttribute(String path) throws ErrnoException {
        List<String> names = tree.listXattr(path);
        if (!names.isEmpty()) {
            tree.removeXattr(path, names.get(random.nextInt(names.size())));
        }
    }

    /** The size and the times stay as they are. */
    private void changeDataAlone(String path) throws ErrnoException {
        var before = tree.stat(path);
        if (before.isRegular() && before.size > 0) {
            tree.writeAt(path, random.nextLong(before.size), new byte[] {(byte) random.nextInt()});
            tree.truncate(path, before.size).times(path, before.modifySeconds, before.modifyNanos);
        }
    }

    private void replace(String path) throws ErrnoException {
        tree.remove(path);
        if (random.nextBoolean()) {
            tree.mkdir(path).write(path + "/new", text());
        } else {
            tree.write(path, text());
        }
    }

    private String text() {
        return Integer.toString(random.nextInt(), 36).repeat(1 + random.nextInt(3));
    }

    private byte[] bytes() {
        byte[] bytes = new byte[1 + random.nextInt(5000)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A list of {@code linux/posix_acl_xattr.h} that names a user. */
    private byte[] acl() {
        ByteBuffer list = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
        int[] tags = {0x01, 0x02, 0x04, 0x10, 0x20};
        for (int tag : tags) {
            list.putShort((short) tag).putShort((short) random.nextInt(8)).putInt(tag == 0x02 ? 1000 : -1);
        }
        return list.array();
    }

    private byte[] capability() {
        return ByteBuffer.allocate(20)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x02000001)
                .putInt(1 << random.nextInt(32))
                .array();
    }
}
