package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.runtime.ContainerException;
import org.jspecify.annotations.Nullable;

/** A line of {@code /proc/self/mountinfo}, as far as we ask for it; see proc_pid_mountinfo(5). */
record MountTableEntry(String point, String type, String source) {
    /** What the source begins with of a mount by {@code caisson image mount} that the kernel serves. */
    static final String IMAGE = "caisson:";

    private static final Path TABLE = Path.of("/proc/self/mountinfo");

    /** The topmost mount on a path, or null if there is none. */
    static @Nullable MountTableEntry on(Path path) throws ContainerException {
        String wanted = path.toString();
        MountTableEntry found = null;
        try {
            // Bytes, for a mount point is no text.
            for (String line : Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1)) {
                MountTableEntry entry = parse(line);
                if (entry != null && entry.point.equals(wanted)) {
                    found = entry;
                }
            }
            return found;
        } catch (IOException e) {
            throw new ContainerException("cannot read " + TABLE + ": " + Words.of(e), e);
        }
    }

    private static @Nullable MountTableEntry parse(String line) {
        int end = line.indexOf(" - ");
        String[] before = line.substring(0, Math.max(end, 0)).split(" ", 6);
        if (before.length < 5) {
            return null;
        }
        String[] after = line.substring(end + 3).split(" ", 3);
        return new MountTableEntry(unescape(before[4]), after[0], after.length < 2 ? "" : unescape(after[1]));
    }

    /** Blanks, tabs, newlines and backslashes stand as a backslash and three octal digits. */
    private static String unescape(String text) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 3 < text.length()) {
                bytes.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                bytes.append(c);
            }
        }
        return new String(bytes.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    boolean isOurs() {
        return type.equals("fuse.caisson") || (type.equals("overlay") && source.startsWith(IMAGE));
    }
}
