package org.caisson.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What is mounted beneath the host's root and holds its files: {@code /home} and {@code /var} may be partitions. File
 * systems that show the kernel or a server are none of these, nor is what the host runs with ({@code /run}).
 */
final class HostMounts {
    private static final List<String> TYPES = List.of(
            "bcachefs",
            "btrfs",
            "erofs",
            "exfat",
            "ext2",
            "ext3",
            "ext4",
            "f2fs",
            "iso9660",
            "jfs",
            "ntfs3",
            "squashfs",
            "tmpfs",
            "vfat",
            "xfs",
            "zfs");
    private static final List<String> ELSEWHERE = List.of("/dev", "/proc", "/run", "/sys");
    private static final int MOST = 32;

    private HostMounts() {}

    /** Their mount points, outer ones first; not more than a container can be given. */
    static List<String> beneathRoot() throws IOException {
        return parse(new String(Files.readAllBytes(Path.of("/proc/self/mountinfo")), StandardCharsets.ISO_8859_1));
    }

    /** A line is {@code id parent dev root mountpoint options [fields] - type source superOptions}; the last of a place counts. */
    static List<String> parse(String mountinfo) {
        List<String> places = new ArrayList<>();
        int to;
        for (int from = 0; from < mountinfo.length(); from = to + 1) {
            int newline = mountinfo.indexOf('\n', from);
            to = newline < 0 ? mountinfo.length() : newline;
            int start = from;
            for (int field = 0; field < 4; field++) {
                start = mountinfo.indexOf(' ', start) + 1;
            }
            int type = mountinfo.indexOf(" - ", start) + 3;
            if (start <= from || type < start || type >= to) {
                continue;
            }
            String place = unescape(mountinfo.substring(start, mountinfo.indexOf(' ', start)));
            places.remove(place);
            if (TYPES.contains(mountinfo.substring(type, mountinfo.indexOf(' ', type))) && isOrdinary(place)) {
                places.add(place);
            }
        }
        if (places.size() > 1) {
            places.sort(Comparator.comparing(String::length));
        }
        return places.size() > MOST ? places.subList(0, MOST) : places;
    }

    private static boolean isOrdinary(String place) {
        for (String directory : ELSEWHERE) {
            if (Destination.isWithin(place, directory)) {
                return false;
            }
        }
        return place.length() > 1;
    }

    /** Blank, tab, newline and backslash are octal numbers there. The bytes are UTF-8, like all names here. */
    private static String unescape(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            boolean escaped = bytes[i] == '\\' && i + 3 < bytes.length;
            bytes[length++] = escaped
                    ? (byte) ((bytes[i + 1] - '0') << 6 | (bytes[i + 2] - '0') << 3 | (bytes[i + 3] - '0'))
                    : bytes[i];
            i += escaped ? 3 : 0;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
