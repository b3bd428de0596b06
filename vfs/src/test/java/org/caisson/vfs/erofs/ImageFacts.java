package org.caisson.vfs.erofs;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** All that can be seen of a tree, as text by path, so that two ways to see it can be compared. Each char of a path is a byte. */
public final class ImageFacts {
    private final SortedMap<String, String> lines = new TreeMap<>();

    ImageFacts() {}

    /** The tree as the kernel shows it. */
    public static SortedMap<String, String> ofKernel(String mountPoint) throws Exception {
        return new KernelView(mountPoint).facts().lines;
    }

    /** The tree as our reader shows it. */
    public static SortedMap<String, String> ofOurs(ErofsFileSystem image) throws Exception {
        return new OurView(image).facts().lines;
    }

    /** One file. */
    static final class Line {
        private final StringBuilder text = new StringBuilder();

        Line stat(int mode, long inode, int links, int uid, int gid, long size, long blocks, int blockSize, long rdev) {
            text.append(Integer.toOctalString(mode)).append(" inode ").append(inode);
            text.append(" links ")
                    .append(links)
                    .append(" owner ")
                    .append(uid)
                    .append(':')
                    .append(gid);
            text.append(" size ")
                    .append(size)
                    .append(" blocks ")
                    .append(blocks)
                    .append('*')
                    .append(blockSize);
            text.append(" device ").append(rdev);
            return this;
        }

        Line time(String what, long seconds, int nanos) {
            text.append(' ')
                    .append(what)
                    .append(' ')
                    .append(seconds)
                    .append('.')
                    .append(nanos);
            return this;
        }

        Line attribute(String name, byte[] value) {
            text.append("\n  ").append(name).append('=').append(HexFormat.of().formatHex(value));
            return this;
        }

        Line target(byte[] target) {
            text.append("\n  -> ").append(HexFormat.of().formatHex(target));
            return this;
        }

        Line data(long hash, List<Long> borders) {
            text.append("\n  data ").append(hash).append(" borders ").append(borders);
            return this;
        }

        Line entries(List<String> entries) {
            text.append("\n  entries ").append(entries);
            return this;
        }
    }

    void add(String path, Line line) {
        lines.put(path, line.text.toString());
    }

    /** An entry of a directory as it is listed. */
    static String entry(String name, long inode, int type, long next) {
        return name + ' ' + inode + ' ' + type + ' ' + next;
    }

    /** The names in a list of attributes, each with a NUL. The kernel lists them as they lie in the image, we begin with access control lists. */
    static List<String> sorted(String list) {
        return list.isEmpty() ? List.of() : Stream.of(list.split("\0")).sorted().toList();
    }

    /** What {@code lseek} answers. */
    @FunctionalInterface
    interface Seek {
        long to(long offset, boolean hole) throws Exception;
    }

    /** Where data and holes begin; what is refused is a negated errno, as the last one. */
    static List<Long> borders(Seek seek) throws Exception {
        List<Long> borders = new ArrayList<>();
        long at = 0;
        boolean hole = false;
        while (borders.size() < 1000) {
            at = seek.to(at, hole);
            borders.add(at);
            if (at < 0) {
                break;
            }
            hole = !hole;
        }
        return borders;
    }

    /** Mixes bytes into a hash. */
    static long hash(long before, byte[] bytes, int length) {
        long hash = before;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ bytes[i]) * 0x100000001B3L;
        }
        return hash;
    }
}
