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
record Step(String text, int uid, Query query) {
    /** How many files are held open. */
    static final int SLOTS = 3;

    static Step doing(String text, int uid, Action action) {
        return new Step(text, uid, side -> {
            action.on(side);
            return "0";
        });
    }

    /** What is asked. */
    @FunctionalInterface
    interface Query {
        String on(TreeSide side) throws ErrnoException;
    }

    static Step asking(String text, int uid, Query query) {
        return new Step(text, uid, query);
    }

    private static final String[] NAMES = {"a", "b", "c", "d"};
    private static final int[] MODES = {0755, 0700, 0777, 0775, 02775, 01777};
    private static final int[] FILE_MODES = {0644, 0600, 0666, 04755, 02755, 0444};
    private static final int[] TYPES = {StatMode.S_IFIFO, StatMode.S_IFSOCK, StatMode.S_IFCHR, StatMode.S_IFBLK};

    /** What kind of overlay it is about. */
    record Variant(boolean attributes, boolean user, boolean redirects, boolean metacopy, boolean hardLinks) {
        static Variant of(Random random, boolean attributes) {
            boolean user = attributes && random.nextInt(4) == 0;
            boolean redirects = attributes && !user && random.nextInt(3) > 0;
            return new Variant(
                    attributes, user, redirects, redirects && random.nextInt(3) == 0, random.nextInt(3) == 0);
        }

        /** Of the attributes with which layers are marked. */
        String prefix() {
            return user ? "user.overlay." : "trusted.overlay.";
        }

        String kernelOptions() {
            String redirect = user ? "userxattr" : "redirect_dir=" + (redirects ? "on" : "off");
            return redirect + (metacopy ? ",metacopy=on" : "") + (hardLinks ? ",index=on" : ",index=off");
        }

        void apply(OverlayOptions.Builder options) {
            options.userAttributes(user).metacopy(metacopy);
            if (!user) {
                options.redirects(redirects ? OverlayOptions.Redirects.ON : OverlayOptions.Redirects.FOLLOW);
            }
        }
    }

    /** What is done. */
    @FunctionalInterface
    interface Action {
        void on(TreeSide side) throws ErrnoException;
    }

    /** 0, an answer or a negated errno. */
    String on(TreeSide side) {
        side.actAs(uid);
        try {
            return query.on(side);
        } catch (ErrnoException e) {
            return "-" + e.errno().number();
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
        return doing("mkdir " + path, 0, side -> {
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
    static Step seed(Random random, Paths paths, Variant variant) {
        boolean attributes = variant.attributes();
        String attributePrefix = variant.prefix();
        String path = paths.next();
        int uid = random.nextInt(3) == 0 ? 1000 : 0;
        return switch (random.nextInt(variant.hardLinks() ? 13 : 11)) {
            case 0, 1, 2, 3 -> {
                int mode = MODES[random.nextInt(MODES.length)];
                boolean opaque = attributes && random.nextInt(6) == 0;
                yield doing("mkdir " + path + (opaque ? " opaque" : ""), 0, side -> {
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
                yield doing("file " + path, 0, side -> {
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
            case 8 -> doing("whiteout " + path, 0, side -> side.mknod(path, StatMode.S_IFCHR, 0));
            case 9 -> {
                String target = paths.next();
                yield doing("symlink " + path, 0, side -> side.symlink(target, path));
            }
            case 10 -> {
                int type = TYPES[random.nextInt(TYPES.length)];
                long device = type == StatMode.S_IFIFO || type == StatMode.S_IFSOCK ? 0 : 0x3f05;
                yield doing("mknod " + path, 0, side -> side.mknod(path, type | 0644, device));
            }
            default -> {
                String to = paths.next();
                yield doing("link " + path + " " + to, 0, side -> side.link(path, to));
            }
        };
    }

    /** A step of somebody who uses the overlay. */
    static Step random(Random random, Paths paths, Variant variant) {
        int uid = random.nextInt(3) == 0 ? 1000 : 0;
        String path = paths.next();
        String to = paths.next();
        int mode = MODES[random.nextInt(MODES.length)];
        byte[] content = content(random);
        return switch (random.nextInt(variant.attributes() ? 30 : 27)) {
            case 0, 1 -> doing("mkdir " + path + octal(mode), uid, side -> side.mkdir(path, mode));
            case 2, 3 -> {
                int flags = OpenFlags.O_WRONLY
                        | (random.nextBoolean() ? OpenFlags.O_CREAT : 0)
                        | (random.nextInt(4) == 0 ? OpenFlags.O_EXCL | OpenFlags.O_CREAT : 0)
                        | (random.nextInt(3) == 0 ? OpenFlags.O_TRUNC : 0)
                        | (random.nextInt(4) == 0 ? OpenFlags.O_APPEND : 0)
                        | (random.nextInt(4) == 0 ? OpenFlags.O_NOFOLLOW : 0);
                long offset = random.nextInt(20);
                yield doing(
                        "write " + path + octal(flags), uid, side -> side.write(path, flags, mode, offset, content));
            }
            case 4 -> {
                String target = paths.next();
                yield doing("symlink " + path, uid, side -> side.symlink(target, path));
            }
            case 5 -> {
                int type = pick(random, new Integer[] {StatMode.S_IFIFO, StatMode.S_IFCHR, StatMode.S_IFREG});
                long device = type == StatMode.S_IFCHR ? random.nextInt(2) : 0;
                yield doing(
                        "mknod " + path + octal(type) + " " + device,
                        uid,
                        side -> side.mknod(path, type | 0644, device));
            }
            case 6 -> doing("link " + path + " " + to, uid, side -> side.link(path, to));
            case 7, 8 -> doing("unlink " + path, uid, side -> side.unlink(path));
            case 9 -> doing("rmdir " + path, uid, side -> side.rmdir(path));
            case 10, 11, 12 -> {
                int flags = random.nextInt(3) == 0
                        ? pick(random, new Integer[] {
                            FileCalls.RENAME_NOREPLACE, FileCalls.RENAME_EXCHANGE, FileCalls.RENAME_WHITEOUT
                        })
                        : 0;
                yield doing("rename " + path + " " + to + " " + flags, uid, side -> side.rename(path, to, flags));
            }
            case 13 -> {
                int wanted = random.nextBoolean() ? mode : FILE_MODES[random.nextInt(FILE_MODES.length)];
                yield doing("chmod " + path + octal(wanted), uid, side -> side.chmod(path, wanted));
            }
            case 14 -> {
                int owner = pick(random, new Integer[] {-1, 0, 1000});
                int group = pick(random, new Integer[] {-1, 0, 1000});
                yield doing("chown " + path + " " + owner + " " + group, uid, side -> side.chown(path, owner, group));
            }
            case 15 -> {
                long size = random.nextInt(3) == 0 ? 0 : random.nextInt(9000);
                yield doing("truncate " + path + " " + size, uid, side -> side.truncate(path, size));
            }
            case 16 -> doing("times " + path, uid, side -> side.times(path, 7000));
            case 17, 18, 19, 20, 21, 22, 23, 24, 25, 26 -> held(random, uid, path, content);
            case 27 -> {
                String name = pick(random, new String[] {"user.x", "user.seed", "trusted.x", variant.prefix() + "x"});
                int flags = random.nextInt(3);
                yield doing(
                        "setxattr " + path + " " + name + " " + flags,
                        0,
                        side -> side.setXattr(path, name, content, flags));
            }
            case 28 -> {
                String name =
                        pick(random, new String[] {"user.x", "user.seed", "trusted.seed", variant.prefix() + "opaque"});
                yield doing("removexattr " + path + " " + name, 0, side -> side.removeXattr(path, name));
            }
            default -> doing("getxattr " + path, uid, side -> side.getXattr(path, "user.seed"));
        };
    }

    /** A step with a file that is kept open. */
    private static Step held(Random random, int uid, String path, byte[] content) {
        int slot = random.nextInt(SLOTS);
        long offset = random.nextInt(40);
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> {
                int flags = pick(random, new Integer[] {
                    OpenFlags.O_RDONLY,
                    OpenFlags.O_RDONLY,
                    OpenFlags.O_RDWR,
                    OpenFlags.O_WRONLY | OpenFlags.O_APPEND,
                    OpenFlags.O_RDWR | OpenFlags.O_CREAT,
                    OpenFlags.O_RDWR | OpenFlags.O_TRUNC
                });
                yield asking("hold " + slot + " " + path + octal(flags), uid, side -> {
                    if (isPipe(side, path)) {
                        return "";
                    }
                    side.hold(slot, path, flags | OpenFlags.O_NOFOLLOW, 0640);
                    return "0";
                });
            }
            case 3, 4 ->
                asking(
                        "readheld " + slot + " " + offset,
                        uid,
                        side -> new String(side.readHeld(slot, offset, 30), StandardCharsets.ISO_8859_1));
            case 5 -> doing("writeheld " + slot + " " + offset, uid, side -> side.writeHeld(slot, offset, content));
            case 6 ->
                asking("statheld " + slot, uid, side -> {
                    TreeSide.Facts facts = side.statHeld(slot);
                    boolean directory = StatMode.isDirectory(facts.mode());
                    return Integer.toOctalString(facts.mode()) + " " + facts.uid() + ":" + facts.gid()
                            + (directory ? "" : " " + facts.links() + " " + facts.size());
                });
            case 7 -> doing("truncateheld " + slot + " " + offset, uid, side -> side.truncateHeld(slot, offset));
            case 8 ->
                asking("chmodheld " + slot, uid, side -> {
                    // Neither copies up a directory that was removed, but each says so in its own way.
                    if (!StatMode.isDirectory(side.statHeld(slot).mode())) {
                        side.chmodHeld(slot, 0444 + (int) offset);
                    }
                    return "0";
                });
            default -> {
                int whence = 2 + random.nextInt(3);
                yield asking("seekheld " + slot + " " + offset + " " + whence, uid, side -> {
                    // Where directories end is for each file system to say.
                    boolean directory = StatMode.isDirectory(side.statHeld(slot).mode());
                    return directory ? "" : "" + side.seekHeld(slot, offset, whence);
                });
            }
        };
    }

    private static boolean isPipe(TreeSide side, String path) {
        try {
            return (side.stat(path).mode() & StatMode.S_IFMT) == StatMode.S_IFIFO;
        } catch (ErrnoException e) {
            return false;
        }
    }

    private static String octal(int mode) {
        return " " + Integer.toOctalString(mode).toLowerCase(Locale.ROOT);
    }
}
