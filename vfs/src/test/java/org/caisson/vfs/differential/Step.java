package org.caisson.vfs.differential;

/**
 * One call of a sequence: data alone, so that it can be made to any tree, again and again, and be printed. What a call does not need is 0
 * or empty.
 *
 * @param who an index of {@link Subject#WHO}
 * @param slot which of the open descriptions
 * @param text a name of an attribute, or a symbolic link's target
 */
record Step(
        Call call,
        int who,
        String path,
        String other,
        int slot,
        int otherSlot,
        int flags,
        int mode,
        long offset,
        long length,
        String text) {
    enum Call {
        MKDIR,
        MKNOD,
        SYMLINK,
        LINK,
        LINK_OPEN,
        UNLINK,
        RMDIR,
        RENAME,
        OPEN,
        REOPEN,
        CLOSE,
        READ,
        WRITE,
        PREAD,
        PWRITE,
        READV,
        WRITEV,
        SEEK,
        TRUNCATE,
        FTRUNCATE,
        FALLOCATE,
        COPY,
        CHMOD,
        FCHMOD,
        CHOWN,
        FCHOWN,
        UTIMES,
        STAT,
        FSTAT,
        ACCESS,
        READLINK,
        LIST,
        STATFS,
        SET_XATTR,
        GET_XATTR,
        LIST_XATTR,
        REMOVE_XATTR,
        FSET_XATTR,
        SET_FLAGS,
        DUMP
    }

    static Step of(Call call) {
        return new Step(call, 0, "", "", 0, 0, 0, 0, 0, 0, "");
    }

    Step who(int value) {
        return new Step(call, value, path, other, slot, otherSlot, flags, mode, offset, length, text);
    }

    Step path(String value) {
        return new Step(call, who, value, other, slot, otherSlot, flags, mode, offset, length, text);
    }

    Step other(String value) {
        return new Step(call, who, path, value, slot, otherSlot, flags, mode, offset, length, text);
    }

    Step slot(int value) {
        return new Step(call, who, path, other, value, otherSlot, flags, mode, offset, length, text);
    }

    Step otherSlot(int value) {
        return new Step(call, who, path, other, slot, value, flags, mode, offset, length, text);
    }

    Step flags(int value) {
        return new Step(call, who, path, other, slot, otherSlot, value, mode, offset, length, text);
    }

    Step mode(int value) {
        return new Step(call, who, path, other, slot, otherSlot, flags, value, offset, length, text);
    }

    Step offset(long value) {
        return new Step(call, who, path, other, slot, otherSlot, flags, mode, value, length, text);
    }

    Step length(long value) {
        return new Step(call, who, path, other, slot, otherSlot, flags, mode, offset, value, text);
    }

    Step text(String value) {
        return new Step(call, who, path, other, slot, otherSlot, flags, mode, offset, length, value);
    }

    /** Without a formatter, which would load classes that a thread in another root does not see. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder().append(who).append(": ").append(call);
        add(out, " ", path);
        add(out, " -> ", other);
        if (slot != 0 || path.isEmpty()) {
            out.append(" slot ").append(slot);
        }
        if (otherSlot != 0) {
            out.append(" into ").append(otherSlot);
        }
        if (flags != 0) {
            out.append(" flags 0").append(Integer.toOctalString(flags));
        }
        if (mode != 0) {
            out.append(" mode 0").append(Integer.toOctalString(mode));
        }
        if (offset != 0 || length != 0) {
            out.append(" at ").append(offset).append(" length ").append(length);
        }
        add(out, " ", text);
        return out.toString();
    }

    private static void add(StringBuilder out, String before, String what) {
        if (!what.isEmpty()) {
            out.append(before).append(what);
        }
    }
}
