package org.caisson.vfs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.synthetic.ControlFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticLink;
import org.jspecify.annotations.Nullable;

/** A random node of a random tree, to be planted in the kernel and in a synthetic file system alike. */
final class Sprout {
    private static final int[] DIRECTORY_MODES = {0755, 0555, 0711, 0700, 0750, 0555, 0111, 0000};
    private static final int[] OTHERS_DIRECTORY_MODES = {0555, 0511, 0500, 0111};
    private static final int[] FILE_MODES = {0644, 0600, 0444, 0000, 0755, 0111, 0664, 0606};

    final int mode;
    final int uid;
    final int gid;
    /** Of a link. */
    final @Nullable String target;
    /** Of a directory. */
    final @Nullable Map<String, Sprout> children;

    private Sprout(int mode, int uid, int gid, @Nullable String target, @Nullable Map<String, Sprout> children) {
        this.mode = mode;
        this.uid = uid;
        this.gid = gid;
        this.target = target;
        this.children = children;
    }

    /** A directory tree whose directories user 1000 cannot write to. */
    static Sprout tree(Random random, int depth) {
        Map<String, Sprout> children = new LinkedHashMap<>();
        int count = 4 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            int kind = random.nextInt(10);
            Sprout child = kind < 4 && depth > 0 ? tree(random, depth - 1) : kind < 7 ? file(random) : link(random);
            children.put(name(random), child);
        }
        boolean owned = random.nextInt(6) == 0;
        int[] modes = owned ? OTHERS_DIRECTORY_MODES : DIRECTORY_MODES;
        // mostly open, or nothing would be reached
        int mode = random.nextInt(3) > 0 ? 0555 : modes[random.nextInt(modes.length)];
        return new Sprout(mode, owned ? 1000 : 0, random.nextInt(4) == 0 ? 1000 : 0, null, children);
    }

    private static Sprout file(Random random) {
        int mode = FILE_MODES[random.nextInt(FILE_MODES.length)];
        return new Sprout(mode, random.nextInt(3) == 0 ? 1000 : 0, random.nextInt(3) == 0 ? 1000 : 0, null, null);
    }

    private static Sprout link(Random random) {
        return new Sprout(0777, 0, 0, path(random, 1 + random.nextInt(3)), null);
    }

    /** A name from a small set, so that random paths hit. Lengths on both sides of a word and of the inlined part. */
    static String name(Random random) {
        return switch (random.nextInt(14)) {
            case 0 -> "a";
            case 1 -> "b";
            case 2 -> "c";
            case 3 -> "seven77";
            case 4 -> "eight888";
            case 5 -> "nine99999";
            case 6 -> "sixteen_16161616";
            case 7 -> "seventeen_1717171";
            case 8 -> "seventeen_1717172";
            case 9 -> "longer-than-three-words-of-eight";
            case 10 -> "n".repeat(255);
            case 11 -> "größe";
            case 12 -> "...";
            default -> "d";
        };
    }

    /** A path of so many components, with dots, doubled and trailing slashes and sometimes a name that is too long. */
    static String path(Random random, int components) {
        StringBuilder path = new StringBuilder();
        if (random.nextInt(3) == 0) {
            path.append(random.nextInt(4) == 0 ? "//" : "/");
        }
        for (int i = 0; i < components; i++) {
            if (i > 0) {
                path.append(random.nextInt(10) == 0 ? "///" : "/");
            }
            path.append(
                    switch (random.nextInt(24)) {
                        case 0 -> ".";
                        case 1, 2, 3 -> "..";
                        case 4 -> "x".repeat(256);
                        case 5 -> "missing";
                        default -> name(random);
                    });
        }
        if (random.nextInt(6) == 0) {
            path.append('/');
        }
        return path.toString();
    }

    /** Makes the tree in a kernel directory. */
    void plant(int directory) throws ErrnoException {
        for (Map.Entry<String, Sprout> entry : children().entrySet()) {
            String name = entry.getKey();
            Sprout child = entry.getValue();
            if (child.target != null) {
                FileCalls.symlinkat(child.target, directory, name);
                continue;
            }
            if (child.children == null) {
                FileCalls.openat(directory, name, OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0600)
                        .close();
            } else {
                FileCalls.mkdirat(directory, name, 0700);
                try (OwnedFd below = FileCalls.openat(directory, name, OpenFlags.O_DIRECTORY, 0)) {
                    child.plant(below.number());
                }
            }
            FileCalls.fchownat(directory, name, child.uid, child.gid, 0);
            FileCalls.fchmodat(directory, name, child.mode, 0);
        }
    }

    SyntheticDirectory synthetic() {
        SyntheticDirectory.Builder builder = SyntheticDirectory.builder();
        for (Map.Entry<String, Sprout> entry : children().entrySet()) {
            Sprout child = entry.getValue();
            if (child.target != null) {
                builder.add(entry.getKey(), SyntheticLink.to(child.target));
            } else if (child.children != null) {
                builder.add(entry.getKey(), child.synthetic());
            } else {
                ControlFile file = ControlFile.of((credentials, out) -> {}, (credentials, data, offset) -> {});
                builder.add(entry.getKey(), file.withMode(child.mode).withOwner(child.uid, child.gid));
            }
        }
        return builder.mode(mode).owner(uid, gid).build();
    }

    /** The absolute paths of all directories below, or of all files. */
    List<String> paths(boolean directories) {
        List<String> found = new ArrayList<>();
        collect("", directories, found);
        return found;
    }

    private void collect(String prefix, boolean directories, List<String> found) {
        for (Map.Entry<String, Sprout> entry : children().entrySet()) {
            String path = prefix + "/" + entry.getKey();
            Sprout child = entry.getValue();
            if (child.children != null) {
                child.collect(path, directories, found);
            }
            if (child.target == null && (child.children != null) == directories) {
                found.add(path);
            }
        }
    }

    private Map<String, Sprout> children() {
        if (children == null) {
            throw new IllegalStateException("not a directory");
        }
        return children;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
