package org.caisson.runtime.stage;

import org.caisson.emulation.agent.Call;
import org.caisson.emulation.agent.CallWriter;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/**
 * What is made at the end of a path that is not there: a node of this type, a symbolic link with this content, or, if
 * there is a {@code source}, a directory or file as that is, which the stage finds out.
 */
record NewNode(
        int mode,
        long device,
        int uid,
        int gid,
        @Nullable String content,
        int sourceDirectory,
        @Nullable String source,
        long sourceResolve) {
    private static final int FILE = StatMode.S_IFREG | 0644;

    static final NewNode DIRECTORY = of(StatMode.S_IFDIR | 0755, 0, -1, -1);
    static final NewNode EMPTY_FILE = of(FILE, 0, -1, -1);

    static NewNode of(int mode, long device, int uid, int gid) {
        return new NewNode(mode, device, uid, gid, null, 0, null, 0);
    }

    static NewNode link(String content) {
        return new NewNode(StatMode.S_IFLNK, 0, -1, -1, content, 0, null, 0);
    }

    static NewNode like(int sourceDirectory, String source, long resolve) {
        return new NewNode(0, 0, -1, -1, null, sourceDirectory, source, resolve);
    }

    /** The calls that make it by a name in the directory {@code parent}. */
    void write(CallWriter calls, int parent, String name) {
        if (source != null) {
            calls.into(Slot.SOURCE).forgive(Errno.ENOTDIR).skip(0, 1);
            calls.open(sourceDirectory, source, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, sourceResolve);
            calls.skip(1, 0);
            DIRECTORY.write(calls, parent, name);
            EMPTY_FILE.write(calls, parent, name);
            return;
        }
        if (content != null) {
            calls.call(Call.SYMLINKAT).string(content).slot(parent).string(name).end();
        } else if (StatMode.isDirectory(mode)) {
            calls.call(Call.MKDIRAT)
                    .slot(parent)
                    .string(name)
                    .number(mode & 07777)
                    .end();
        } else {
            calls.call(Call.MKNODAT)
                    .slot(parent)
                    .string(name)
                    .number(mode)
                    .number(device)
                    .end();
        }
        if (uid != -1 || gid != -1) {
            calls.call(Call.FCHOWNAT).slot(parent).string(name).number(uid).number(gid);
            calls.number(AtFlags.AT_SYMLINK_NOFOLLOW).end();
        }
    }
}
