package org.caisson.vfs.overlay;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;

/** Something to do with a tree, as a user. */
record Step(String text, int uid, Action action) {
    private static final String[] NAMES = {"a", "b", "c", "d"};
    private static final int[] MODES = {0755, 0700, 0777, 0775, 02775, 01777};
    private static final int[] FILE_MODES = {0644, 0600, 0666, 04755, 02755, 0444};
    private static final int[] TYPES = {StatMode.S_IFIFO, StatMode.S_IFSOCK, StatMode.S_IFCHR, StatMode.S_IFBLK};

    /** What is done. */
    @FunctionalInterface
    interface Action {
        void on(TreeSide side) throws ErrnoException;
    }

    /** 0 or a negated errno. */
    int on(TreeSide side) {
        side.actAs(uid);
        try {
            action.on(side);
            return 0;
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    @Override
    public String toString() {
        return uid + ": " + text;
    }

    /** Where to go: to what is known to be there, beside it, or anywhere. */
    static final class Paths {
        private final Random random;
        private List<String> known = List.of();

        Paths(Random random) {
            this.random = random;
        }

        void known(Collection<String> paths) {
            known = List.copyOf(paths);
        }

        String next() {
            String base = known.isEmpty() ? "" : known.get(random.nextInt(known.size()));
            if (random.nextInt(5) < 2 && !base.isEmpty()) {
                return base;
            }
            if (random.nextInt(4) == 0) {
                base = "";
            }
            return (base.isEmpty() ? "" : base + "/") + NAMES[random.nextInt(NAMES.length)];
        }
    }

    /** Directories to begin a layer with. */
    static List<Step> skeleton(Random random) {
        List<Step> steps = new ArrayList<>();
        for (String name : NAMES) {
            if (random.nextInt(3) > 0) {
                steps.add(directory(name));
                for (String below : NAMES) {
                    if (random.nextInt(3) == 0) {
                        steps.add(directory(name + "/" + below));
                    }
                }
            }
        }
        return steps;
    }

    private static Step directory(String path) {
        return new Step("mkdir " + path, 0, side -> {
            side.mkdir(path, 0755);
            side.times(path, 500);
        });
    }

    private static <T> T pick(Random random, T[] from) {
        return from[random.nextInt(from.length)];
    }

    private static byte[] content(Random random) {
        String text = Integer.toHexString(random.nextInt()).repeat(1 + random.nextInt(3));
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A step that makes something in a layer, as root. */
    static Step seed(Random random, Paths paths, String attributePrefix, boolean attributes) {
        String path = paths.next();
        int uid = random.nextInt(3) == 0 ? 1000 : 0;
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> {
                int mode = MODES[random.nextInt(MODES.length)];
                boolean opaque = attributes && random.nextInt(6) == 0;
                yield new Step("mkdir " + path + (opaque ? " opaque" : ""), 0, side -> {
                    side.mkdir(path, 0700);
                    side.chown(path, uid, uid);
                    side.chmod(path, mode);
                    if (opaque) {
                        side.setXattr(path, attributePrefix + "opaque", new byte[] {'y'}, 0);
                    }
                    side.times(path, 500);
                });
            }
            case 4, 5, 6, 7 -> {
                int mode = FILE_MODES[random.nextInt(FILE_MODES.length)];
                byte[] content = content(random);
                boolean attribute = attributes && random.nextInt(3) == 0;
                yield new Step("file " + path, 0, side -> {
                    side.write(path, OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_WRONLY, 0600, 0, content);
                    side.chown(path, uid, uid);
                    side.chmod(path, mode);
                    if (attribute) {
                        side.setXattr(path, "user.seed", content, 0);
                        side.setXattr(path, "trusted.seed", content, 0);
                    }
                    side.times(path, 1000 + content[0]);
                });
            }
            case 8 -> new Step("whiteout " + path, 0, side -> side.mknod(path, StatMode.S_IFCHR, 0));
            case 9 -> {
                String target = paths.next();
                yield new Step("symlink " + path, 0, side -> side.symlink(target, path));
            }
            case 10 -> {
                int type = TYPES[random.nextInt(TYPES.length)];
                long device = type == StatMode.S_IFIFO || type == StatMode.S_IFSOCK ? 0 : 0x105;
                yield new Step("mknod " + path, 0, side -> side.mknod(path, type | 0644, device));
            }
            default -> {
                String to = paths.next();
                yield new Step("link " + path + " " + to, 0, side -> side.link(path, to));
            }
        };
    }

    /** A step of somebody who uses the overlay. */
    static Step random(Random random, Paths paths, boolean attributes) {
        int uid = random.nextInt(3) == 0 ? 1000 : 0;
        String path = paths.next();
        String to = paths.next();
        int mode = MODES[random.nextInt(MODES.length)];
        byte[] content = content(random);
        return switch (random.nextInt(attributes ? 20 : 17)) {
            case 0, 1 -> new Step("mkdir " + path + octal(mode), uid, side -> side.mkdir(path, mode));
            case 2, 3 -> {
                int flags = OpenFlags.O_WRONLY
                        | (random.nextBoolean() ? OpenFlags.O_CREAT : 0)
                        | (random.nextInt(4) == 0 ? OpenFlags.O_EXCL | OpenFlags.O_CREAT : 0)
                        | (random.nextInt(3) == 0 ? OpenFlags.O_TRUNC : 0)
                        | (random.nextInt(4) == 0 ? OpenFlags.O_APPEND : 0)
                        | (random.nextInt(4) == 0 ? OpenFlags.O_NOFOLLOW : 0);
                long offset = random.nextInt(20);
                yield new Step(
                        "write " + path + octal(flags), uid, side -> side.write(path, flags, mode, offset, content));
            }
            case 4 -> {
                String target = paths.next();
                yield new Step("symlink " + path, uid, side -> side.symlink(target, path));
            }
            case 5 -> {
                int type = pick(random, new Integer[] {StatMode.S_IFIFO, StatMode.S_IFCHR, StatMode.S_IFREG});
                long device = type == StatMode.S_IFCHR ? random.nextInt(2) : 0;
                yield new Step(
                        "mknod " + path + octal(type) + " " + device,
                        uid,
                        side -> side.mknod(path, type | 0644, device));
            }
            case 6 -> new Step("link " + path + " " + to, uid, side -> side.link(path, to));
            case 7, 8 -> new Step("unlink " + path, uid, side -> side.unlink(path));
            case 9 -> new Step("rmdir " + path, uid, side -> side.rmdir(path));
            case 10, 11, 12 -> {
                int flags = random.nextInt(3) == 0
                        ? pick(random, new Integer[] {
                            FileCalls.RENAME_NOREPLACE, FileCalls.RENAME_EXCHANGE, FileCalls.RENAME_WHITEOUT
                        })
                        : 0;
                yield new Step("rename " + path + " " + to + " " + flags, uid, side -> side.rename(path, to, flags));
            }
            case 13 -> {
                int wanted = random.nextBoolean() ? mode : FILE_MODES[random.nextInt(FILE_MODES.length)];
                yield new Step("chmod " + path + octal(wanted), uid, side -> side.chmod(path, wanted));
            }
            case 14 -> {
                int owner = pick(random, new Integer[] {-1, 0, 1000});
                int group = pick(random, new Integer[] {-1, 0, 1000});
                yield new Step(
                        "chown " + path + " " + owner + " " + group, uid, side -> side.chown(path, owner, group));
            }
            case 15 -> {
                long size = random.nextInt(3) == 0 ? 0 : random.nextInt(9000);
                yield new Step("truncate " + path + " " + size, uid, side -> side.truncate(path, size));
            }
            case 16 -> new Step("times " + path, uid, side -> side.times(path, 7000));
            case 17 -> {
                String name = pick(random, new String[] {"user.x", "user.seed", "trusted.x", "trusted.overlay.x"});
                int flags = random.nextInt(3);
                yield new Step(
                        "setxattr " + path + " " + name + " " + flags,
                        0,
                        side -> side.setXattr(path, name, content, flags));
            }
            case 18 -> {
                String name =
                        pick(random, new String[] {"user.x", "user.seed", "trusted.seed", "trusted.overlay.opaque"});
                yield new Step("removexattr " + path + " " + name, 0, side -> side.removeXattr(path, name));
            }
            default -> new Step("getxattr " + path, uid, side -> side.getXattr(path, "user.seed"));
        };
    }

    private static String octal(int mode) {
        return " " + Integer.toOctalString(mode).toLowerCase(Locale.ROOT);
    }
}
