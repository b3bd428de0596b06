package org.caisson.vfs;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.caisson.linux.Errno;
import org.caisson.linux.InotifyFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;

/** Random calls on a small tree, with random watches, each noted with its outcome and the events that came of it. */
final class RandomCalls {
    private static final int[] MASKS = {
        InotifyFlags.IN_ALL_EVENTS,
        InotifyFlags.IN_ALL_EVENTS,
        InotifyFlags.IN_ALL_EVENTS | InotifyFlags.IN_EXCL_UNLINK,
        InotifyFlags.IN_ALL_EVENTS | InotifyFlags.IN_DONT_FOLLOW,
        InotifyFlags.IN_ALL_EVENTS | InotifyFlags.IN_ONESHOT,
        InotifyFlags.IN_ATTRIB | InotifyFlags.IN_MASK_ADD,
        InotifyFlags.IN_MODIFY | InotifyFlags.IN_MASK_CREATE,
        InotifyFlags.IN_CREATE | InotifyFlags.IN_DELETE | InotifyFlags.IN_ONLYDIR,
        InotifyFlags.IN_MOVED_FROM | InotifyFlags.IN_MOVED_TO | InotifyFlags.IN_MOVE_SELF,
        InotifyFlags.IN_DELETE_SELF | InotifyFlags.IN_OPEN
    };

    private static final int[] FLAGS = {
        OpenFlags.O_RDONLY,
        OpenFlags.O_RDONLY,
        OpenFlags.O_RDWR,
        OpenFlags.O_WRONLY | OpenFlags.O_APPEND,
        OpenFlags.O_RDWR | OpenFlags.O_CREAT,
        OpenFlags.O_RDWR | OpenFlags.O_CREAT,
        OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_TRUNC,
        OpenFlags.O_WRONLY | OpenFlags.O_TRUNC,
        OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL,
        OpenFlags.O_PATH,
        OpenFlags.O_RDWR | OpenFlags.O_TMPFILE,
        OpenFlags.O_DIRECTORY
    };

    private final Random random;
    private final WatchedTree tree;
    private final List<String> lines = new ArrayList<>();

    RandomCalls(long seed, WatchedTree tree) {
        random = new Random(seed);
        this.tree = tree;
    }

    List<String> play(int steps) {
        for (int i = 0; i < 4; i++) {
            tree.watch(path(), InotifyFlags.IN_ALL_EVENTS);
        }
        for (int i = 0; i < steps; i++) {
            String before = "#" + i + " ";
            int first = lines.size();
            lines.add("");
            int outcome = step();
            lines.set(
                    first,
                    before + call + ": " + (outcome < 0 ? Errno.of(-outcome).name() : "" + outcome));
            if (random.nextInt(3) > 0) {
                lines.addAll(tree.events());
            }
        }
        return lines;
    }

    private String call = "";

    private String path() {
        StringBuilder path = new StringBuilder();
        int depth = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(3);
        for (int i = 0; i < depth; i++) {
            path.append(i == 0 ? "" : "/").append((char) ('a' + random.nextInt(3)));
        }
        return depth == 0 ? "." : path.toString();
    }

    private int slot() {
        return random.nextInt(WatchedTree.SLOTS);
    }

    private int length() {
        return random.nextInt(4) == 0 ? 0 : random.nextInt(300);
    }

    private int step() {
        String path = path();
        String other = path();
        int slot = slot();
        int length = length();
        int mode = random.nextBoolean() ? 0755 : 06777;
        boolean one = random.nextBoolean();
        int kind = random.nextInt(33);
        int flags = FLAGS[random.nextInt(FLAGS.length)];
        int mask = MASKS[random.nextInt(MASKS.length)];
        call = kind + " " + path + " " + other + " slot " + slot + " length " + length;
        return switch (kind) {
            case 0, 1, 2, 3 -> {
                call = "open " + path + " flags " + Integer.toHexString(flags) + " slot " + slot;
                yield tree.open(slot, path, flags, mode);
            }
            case 4 -> tree.closeFile(slot);
            case 5 -> tree.read(slot, length);
            case 6 -> tree.readVector(slot, length);
            case 7, 8 -> tree.write(slot, length);
            case 9 -> tree.writeVector(slot, length);
            case 10 -> tree.list(slot);
            case 11 -> tree.truncateOpened(slot, length);
            case 12 -> tree.changeModeOpened(slot, mode);
            case 13 -> tree.allocate(slot, one ? 0 : 3, length, 1 + length);
            case 14, 15, 16 -> tree.makeDirectory(path);
            case 17 -> one ? tree.makeNode(path, StatMode.S_IFREG | 0644) : tree.symlink(path);
            case 18, 19 -> tree.link(path, other);
            case 20, 21 -> tree.unlink(path);
            case 22 -> tree.removeDirectory(path);
            case 23, 24, 25 -> {
                int how = random.nextInt(3) > 0 ? 0 : one ? 2 : random.nextBoolean() ? 1 : 4;
                call = "rename " + path + " " + other + " flags " + how;
                yield tree.rename(path, other, how);
            }
            case 26 -> tree.truncate(path, length);
            case 27 -> tree.changeMode(path, mode);
            case 28 -> tree.changeOwner(path, one ? 0 : -1, random.nextBoolean() ? 5 : -1);
            case 29 -> tree.setTimes(path, one, random.nextBoolean());
            case 30, 31 -> {
                call = "watch " + path + " " + Integer.toHexString(mask);
                yield tree.watch(path, mask);
            }
            default -> tree.unwatch(1 + random.nextInt(40));
        };
    }
}
