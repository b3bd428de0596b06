package org.caisson.vfs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.linux.InotifyFlags;
import org.caisson.vfs.notify.InotifyEvent;

/**
 * A tree with an inotify instance, in the kernel or in the virtual file system: the same calls, each giving 0 or more or a negated errno.
 * Open files are named by slots.
 */
interface WatchedTree extends AutoCloseable {
    int SLOTS = 6;

    int open(int slot, String path, int flags, int mode);

    int closeFile(int slot);

    int read(int slot, int length);

    /** readv(2) into two buffers. */
    int readVector(int slot, int length);

    int write(int slot, int length);

    int writeVector(int slot, int length);

    int list(int slot);

    int truncateOpened(int slot, long size);

    int changeModeOpened(int slot, int mode);

    int allocate(int slot, int mode, long offset, long length);

    int copyRange(int from, int to, int length);

    int makeDirectory(String path);

    int makeNode(String path, int mode);

    /** Makes a character device that everybody may use. */
    int makeDevice(String path, int major, int minor);

    int symlink(String path);

    int link(String from, String to);

    int unlink(String path);

    int removeDirectory(String path);

    int rename(String from, String to, int flags);

    int truncate(String path, long size);

    int changeMode(String path, int mode);

    /** lchown(2). */
    int changeOwner(String path, int uid, int gid);

    /** Sets the times to small numbers, those of them that are not left out. */
    int setTimes(String path, boolean access, boolean modify);

    int setXattr(String path);

    int removeXattr(String path);

    int setXattrOpened(int slot);

    int removeXattrOpened(int slot);

    /** Mounts an empty file system in memory. */
    int mountMemory(String path);

    /** umount2(2). */
    int unmount(String path, int flags);

    /** inotify_add_watch(2). */
    int watch(String path, int mask);

    int unwatch(int number);

    /** FIONREAD. */
    int available();

    /** One read(2) of at most so many bytes: the events, or an errno. */
    List<InotifyEvent> readEvents(int length) throws org.caisson.linux.ErrnoException;

    @Override
    void close();

    /** What is queued, one line an event: watch, events, name, and the same letter for the two ends of a move. */
    default List<String> events() {
        Map<Integer, String> cookies = new HashMap<>();
        List<String> lines = new ArrayList<>();
        try {
            while (available() > 0) {
                for (InotifyEvent event : readEvents(65536)) {
                    lines.add(line(event, cookies));
                }
            }
        } catch (org.caisson.linux.ErrnoException e) {
            lines.add(e.errno().name());
        }
        return lines;
    }

    private static String line(InotifyEvent event, Map<Integer, String> cookies) {
        StringBuilder line = new StringBuilder().append(event.watch());
        for (Names name : Names.values()) {
            if ((event.mask() & name.bit) != 0) {
                line.append(' ').append(name);
            }
        }
        if (event.name() != null) {
            // A file without a name is called by its inode number.
            line.append(' ').append(event.name().toString().replaceAll("#\\d+", "#"));
        }
        if (event.cookie() != 0) {
            line.append(" cookie ")
                    .append(cookies.computeIfAbsent(event.cookie(), key -> "" + (char) ('A' + cookies.size() % 26)));
        }
        return line.toString();
    }

    /** What a tree is on. */
    enum Ground {
        /** tmpfs. */
        MEMORY,
        /** An overlay of empty layers. */
        OVERLAY,
        /** An overlay with a file and a directory in a lower layer. */
        LAYERS
    }

    /** How events are written. */
    enum Names {
        ACCESS(InotifyFlags.IN_ACCESS),
        MODIFY(InotifyFlags.IN_MODIFY),
        ATTRIB(InotifyFlags.IN_ATTRIB),
        CLOSE_WRITE(InotifyFlags.IN_CLOSE_WRITE),
        CLOSE_NOWRITE(InotifyFlags.IN_CLOSE_NOWRITE),
        OPEN(InotifyFlags.IN_OPEN),
        MOVED_FROM(InotifyFlags.IN_MOVED_FROM),
        MOVED_TO(InotifyFlags.IN_MOVED_TO),
        CREATE(InotifyFlags.IN_CREATE),
        DELETE(InotifyFlags.IN_DELETE),
        DELETE_SELF(InotifyFlags.IN_DELETE_SELF),
        MOVE_SELF(InotifyFlags.IN_MOVE_SELF),
        UNMOUNT(InotifyFlags.IN_UNMOUNT),
        OVERFLOW(InotifyFlags.IN_Q_OVERFLOW),
        IGNORED(InotifyFlags.IN_IGNORED),
        DIRECTORY(InotifyFlags.IN_ISDIR);

        final int bit;

        Names(int bit) {
            this.bit = bit;
        }
    }
}
