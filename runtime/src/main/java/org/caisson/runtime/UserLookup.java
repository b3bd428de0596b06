package org.caisson.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.ProcessSpec.User;
import org.jspecify.annotations.Nullable;

/**
 * Finds users and groups in a container's own {@code /etc/passwd} and {@code /etc/group}. The files are opened beneath the
 * container's root (openat2(2), {@code RESOLVE_IN_ROOT}), must be regular files and are read up to a bound: a hostile root
 * file system leads nowhere.
 */
final class UserLookup {
    private static final int LONGEST = 4 << 20;

    private final Path root;

    UserLookup(Path root) {
        this.root = root;
    }

    /** What a name stands for, and where its home is. */
    record Found(User user, @Nullable String home) {}

    /** Resolves {@code name|uid[:group|gid]} as Docker's {@code --user} does. */
    Found find(String text) throws IOException {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        String group = colon < 0 ? "" : text.substring(colon + 1);
        List<String[]> passwd = lines("etc/passwd", 7);
        long uid = Numbers.parse(name);
        String[] entry = null;
        for (String[] line : passwd) {
            if (uid < 0 ? line[0].equals(name) : Numbers.parse(line[2]) == uid) {
                entry = line;
                break;
            }
        }
        if (entry == null && uid < 0) {
            throw new ContainerException("user \"" + name
                    + "\" is not in the container's /etc/passwd: give a user of the container or a number");
        }
        long gid = 0;
        String home = null;
        String login = uid < 0 ? name : null;
        if (entry != null) {
            uid = Numbers.parse(entry[2]);
            gid = Numbers.parse(entry[3]);
            home = entry[5];
            login = entry[0];
        }
        List<Integer> additional = new ArrayList<>();
        if (!group.isEmpty()) {
            gid = group(group);
        } else if (login != null) {
            for (String[] line : lines("etc/group", 4)) {
                long number = Numbers.parse(line[2]);
                if (number >= 0 && number < IdRange.SIZE && number != gid && isMember(line[3], login)) {
                    additional.add((int) number);
                }
            }
        }
        if (uid < 0 || uid >= IdRange.SIZE || gid < 0 || gid >= IdRange.SIZE) {
            throw new ContainerException(
                    "user " + text + " is not possible in a container: its ids must be below " + IdRange.SIZE);
        }
        return new Found(new User((int) uid, (int) gid, null, additional, login), home);
    }

    /** The home directory of a user, or null. */
    @Nullable
    String home(int uid) throws IOException {
        for (String[] line : lines("etc/passwd", 7)) {
            if (Numbers.parse(line[2]) == uid) {
                return line[5];
            }
        }
        return null;
    }

    private long group(String text) throws IOException {
        long number = Numbers.parse(text);
        if (number >= 0) {
            return number;
        }
        for (String[] line : lines("etc/group", 4)) {
            if (line[0].equals(text)) {
                return Numbers.parse(line[2]);
            }
        }
        throw new ContainerException("group \"" + text
                + "\" is not in the container's /etc/group: give a group of the container or a number");
    }

    private static boolean isMember(String members, String name) {
        int from = 0;
        while (from <= members.length()) {
            int comma = members.indexOf(',', from);
            int to = comma < 0 ? members.length() : comma;
            if (to - from == name.length() && members.startsWith(name, from)) {
                return true;
            }
            from = to + 1;
        }
        return false;
    }

    /** The lines of a file that have at least so many fields; none if there is no such file. */
    private List<String[]> lines(String file, int fields) throws IOException {
        List<String[]> lines = new ArrayList<>();
        String text = read(file);
        int from = 0;
        while (from < text.length()) {
            int newline = text.indexOf('\n', from);
            int to = newline < 0 ? text.length() : newline;
            String[] parts = new String[fields];
            int count = 0;
            int start = from;
            while (count < fields && start <= to) {
                int colon = text.indexOf(':', start);
                int end = colon < 0 || colon > to ? to : colon;
                parts[count++] = text.substring(start, end);
                start = end + 1;
            }
            if (count == fields) {
                lines.add(parts);
            }
            from = to + 1;
        }
        return lines;
    }

    private String read(String file) throws IOException {
        // Merely opening a device can do something; O_PATH only finds it.
        try (OwnedFd directory = FileCalls.open(
                        root.toString(), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
                OwnedFd found = FileCalls.openat2(
                        directory.number(),
                        file,
                        OpenFlags.O_PATH | OpenFlags.O_CLOEXEC,
                        0,
                        OpenFlags.RESOLVE_IN_ROOT | OpenFlags.RESOLVE_NO_MAGICLINKS)) {
            FileInfo info = FileInfo.of(found);
            if (!info.isRegular() || info.size() > LONGEST) {
                return "";
            }
            return new String(FileCalls.readFile("/proc/self/fd/" + found.number()), StandardCharsets.UTF_8);
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case ENOENT, ENOTDIR, ELOOP, EACCES, ENXIO -> "";
                default -> throw e;
            };
        }
    }
}
