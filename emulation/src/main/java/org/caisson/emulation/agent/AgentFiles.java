package org.caisson.emulation.agent;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/**
 * File operations on one of the container's raw file systems, done by the agent with the container root's rights. Paths
 * are relative to its root ("sys/net/core/somaxconn"), cannot leave it, and follow no magic link. For any thread.
 */
public final class AgentFiles {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int STAT = 3;
    private static final int LIST = 4;
    private static final int READLINK = 5;
    private static final byte[] NOTHING = {};
    private static final int ENTRY_HEADER = 19;

    /** stat(2) as the container sees it: ids are the container's. */
    public record FileStatus(
            int mode, int uid, int gid, long links, long inode, long size, long modifiedSeconds, long modifiedNanos) {}

    /** A directory entry; the type is {@code DT_*} of {@code dirent.h}. */
    public static final class Entry {
        private final byte[] name;
        private final int type;
        private final long inode;

        Entry(byte[] name, int type, long inode) {
            this.name = name;
            this.type = type;
            this.inode = inode;
        }

        /** The name's bytes; not to be changed. */
        public byte[] name() {
            return name;
        }

        public int type() {
            return type;
        }

        public long inode() {
            return inode;
        }

        public String text() {
            return new String(name, StandardCharsets.UTF_8);
        }
    }

    private final AgentSocket socket;
    private final int root;
    private final @Nullable OwnedFd namespace;
    private final int cloneFlags;

    AgentFiles(AgentSocket socket, int root, @Nullable OwnedFd namespace, int cloneFlags) {
        this.socket = socket;
        this.root = root;
        this.namespace = namespace;
        this.cloneFlags = cloneFlags;
    }

    /**
     * The same, seen from other namespaces: a namespace's or a process's (pidfd) descriptor, which the caller keeps
     * open, and which of CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC to enter for each operation.
     */
    public AgentFiles in(OwnedFd descriptor, int namespaces) {
        return new AgentFiles(socket, root, descriptor, namespaces);
    }

    /** At most {@code max} (64 KiB) bytes from the start. */
    public byte[] read(byte[] path, int max) throws ErrnoException {
        return read(path, 0, max);
    }

    public byte[] read(byte[] path, long offset, int max) throws ErrnoException {
        socket.acquire();
        try {
            return exchange(READ, path, offset, limit(max), NOTHING, "read").replyBytes();
        } finally {
            socket.release();
        }
    }

    public byte[] read(String path, int max) throws ErrnoException {
        return read(bytes(path), max);
    }

    /** One write(2) of the whole, as kernel parameters want it; answers how much the kernel took. */
    public int write(byte[] path, byte[] data, long offset) throws ErrnoException {
        socket.acquire();
        try {
            return (int) exchange(WRITE, path, offset, 0, data, "write").replyLong(0);
        } finally {
            socket.release();
        }
    }

    public int write(String path, byte[] data) throws ErrnoException {
        return write(bytes(path), data, 0);
    }

    /** Does not follow a symbolic link at the end. */
    public FileStatus stat(byte[] path) throws ErrnoException {
        socket.acquire();
        try {
            AgentSocket s = exchange(STAT, path, 0, 0, NOTHING, "stat");
            return new FileStatus(
                    (int) s.replyLong(0),
                    (int) s.replyLong(1),
                    (int) s.replyLong(2),
                    s.replyLong(3),
                    s.replyLong(4),
                    s.replyLong(5),
                    s.replyLong(6),
                    s.replyLong(7));
        } finally {
            socket.release();
        }
    }

    public FileStatus stat(String path) throws ErrnoException {
        return stat(bytes(path));
    }

    /** All entries but "." and "..". */
    public List<Entry> list(byte[] path) throws ErrnoException {
        List<Entry> entries = new ArrayList<>();
        long cookie = 0;
        while (true) {
            byte[] page;
            socket.acquire();
            try {
                page = exchange(LIST, path, cookie, AgentSocket.MOST_DATA, NOTHING, "list")
                        .replyBytes();
            } finally {
                socket.release();
            }
            if (page.length == 0) {
                return entries;
            }
            cookie = addEntries(page, entries);
        }
    }

    public List<Entry> list(String path) throws ErrnoException {
        return list(bytes(path));
    }

    public byte[] readLink(byte[] path) throws ErrnoException {
        socket.acquire();
        try {
            return exchange(READLINK, path, 0, 4096, NOTHING, "readlink").replyBytes();
        } finally {
            socket.release();
        }
    }

    private AgentSocket exchange(int operation, byte[] path, long offset, int limit, byte[] data, String what)
            throws ErrnoException {
        socket.begin()
                .u32(operation)
                .u32(root)
                .u32(cloneFlags)
                .u32(limit)
                .u64(offset)
                .blob(path)
                .blob(data);
        OwnedFd entered = namespace;
        return entered == null ? socket.exchange(what) : socket.exchange(what, entered.number());
    }

    private static int limit(int max) {
        return Math.min(Math.max(max, 0), AgentSocket.MOST_DATA);
    }

    /** {@code struct linux_dirent64} of getdents(2); answers the cookie of what follows. */
    private static long addEntries(byte[] page, List<Entry> entries) {
        ByteBuffer buffer = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        long cookie = 0;
        int size;
        for (int at = 0; at + ENTRY_HEADER <= page.length; at += size) {
            size = Short.toUnsignedInt(buffer.getShort(at + 16));
            if (size < ENTRY_HEADER || at + size > page.length) {
                break;
            }
            cookie = buffer.getLong(at + 8);
            int end = at + ENTRY_HEADER;
            while (end < at + size && page[end] != 0) {
                end++;
            }
            byte[] name = Arrays.copyOfRange(page, at + ENTRY_HEADER, end);
            if (!isDots(name)) {
                entries.add(new Entry(name, page[at + 18], buffer.getLong(at)));
            }
        }
        return cookie;
    }

    private static boolean isDots(byte[] name) {
        return name.length <= 2 && (name.length == 0 || name[0] == '.') && (name.length < 2 || name[1] == '.');
    }

    private static byte[] bytes(String path) {
        return path.getBytes(StandardCharsets.UTF_8);
    }
}
