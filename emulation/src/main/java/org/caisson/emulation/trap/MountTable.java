package org.caisson.emulation.trap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.emulation.trap.MountAgent.Kind;
import org.jspecify.annotations.Nullable;

/** The mounts of a thread's mount namespace at one moment, from its {@code mountinfo}; see proc_pid_mountinfo(5). */
final class MountTable {
    private static final int MOST = 100_000;

    private final TextScanner text = new TextScanner();
    private long[] ids = new long[64];
    private long[] parents = new long[64];
    private long[] devices = new long[64];
    private int count;

    /** Which line a mount's number stands in, made when first asked. */
    private @Nullable Map<Long, Integer> indexes;

    /** Reads the table of a thread; it stays empty if the thread is gone. */
    static MountTable of(int tid) {
        MountTable table = new MountTable();
        KernelFile.readOnce("/proc/" + tid + "/mountinfo", table.text);
        table.index();
        return table;
    }

    static MountTable parse(String mountinfo) {
        MountTable table = new MountTable();
        table.text.take(mountinfo);
        table.index();
        return table;
    }

    private void index() {
        while (text.nextLine() && count < MOST) {
            if (count == ids.length) {
                ids = Arrays.copyOf(ids, count * 2);
                parents = Arrays.copyOf(parents, count * 2);
                devices = Arrays.copyOf(devices, count * 2);
            }
            ids[count] = text.decimal();
            parents[count] = text.decimal();
            long major = text.decimal();
            text.next();
            devices[count] = major << 32 | text.decimal();
            count++;
        }
    }

    /** One mount of the table, or null if it is not there (or lies outside the thread's root). */
    @Nullable
    Entry find(long mountId) {
        text.rewind();
        for (int i = 0; text.nextLine(); i++) {
            if (i < count && ids[i] == mountId) {
                return entry();
            }
        }
        return null;
    }

    /** Whether a mount of the table shows a procfs or sysfs, or a directory in one. */
    boolean isProcOrSys(long mountId) {
        Entry entry = find(mountId);
        return entry != null && entry.isProcOrSys();
    }

    /** The mount that a mount lies on, or null if it is not there (or lies outside the thread's root). */
    @Nullable
    Entry parentOf(long mountId) {
        int index = indexOf(mountId);
        return index < 0 ? null : find(parents[index]);
    }

    /** The line "id parent major:minor root mountpoint options [optional…] - type source options". */
    private Entry entry() {
        text.skipWord();
        text.skipWord();
        text.skipWord();
        String root = word();
        String mountPoint = word();
        while (text.peek() >= 0 && !text.skipWord("-")) {
            text.skipWord();
        }
        return new Entry(root, mountPoint, word());
    }

    /** The next word with its octal escapes (blank, tab, newline, backslash) undone: a character for each byte. */
    private String word() {
        text.skipBlanks();
        byte[] bytes = new byte[text.lineEnd() - text.position()];
        int length = 0;
        for (int c = text.peek(); c >= 0 && c != ' '; c = text.peek()) {
            text.next();
            if (c == '\\') {
                c = (text.next() - '0') << 6 | (text.next() - '0') << 3 | (text.next() - '0');
            }
            bytes[length++] = (byte) c;
        }
        return new String(bytes, 0, length, ISO_8859_1);
    }

    /** Whether mounts of a device lie beneath a mount. */
    boolean hasBelow(long mountId, long device) {
        for (int i = 0; i < count; i++) {
            if (devices[i] == device && ids[i] != mountId && isBelow(i, mountId)) {
                return true;
            }
        }
        return false;
    }

    /** Whether mounts of other devices lie beneath a mount, that are not {@code covers}. */
    boolean hasOthersBelow(long mountId, long device, Covers covers) {
        for (int i = 0; i < count; i++) {
            if (devices[i] != device && ids[i] != mountId && isBelow(i, mountId) && !covers.hold(this, ids[i])) {
                return true;
            }
        }
        return false;
    }

    private boolean isBelow(int index, long mountId) {
        long parent = parents[index];
        for (int steps = 0; steps < count; steps++) {
            if (parent == mountId) {
                return true;
            }
            int above = indexOf(parent);
            if (above < 0 || parents[above] == parent) {
                return false;
            }
            parent = parents[above];
        }
        return false;
    }

    private int indexOf(long mountId) {
        Map<Long, Integer> known = indexes;
        if (known == null) {
            known = new HashMap<>(2 * count);
            for (int i = 0; i < count; i++) {
                known.put(ids[i], i);
            }
            indexes = known;
        }
        return known.getOrDefault(mountId, -1);
    }

    /**
     * One mount.
     *
     * @param root which directory of the file system it shows
     * @param mountPoint where, seen from the thread's root
     * @param type the name of the file system's type
     */
    record Entry(String root, String mountPoint, String type) {
        /** Whether it shows a whole procfs or sysfs. */
        boolean isBase() {
            return root.equals("/") && isProcOrSys();
        }

        boolean isProcOrSys() {
            return Kind.of(type) != null;
        }

        boolean isAt(String path) {
            return mountPoint.equals(path);
        }
    }
}
