package org.caisson.vfs.synthetic;

import org.caisson.linux.Errno;

/** Which of the kernel's file systems a synthetic one behaves like, where they differ. */
enum Manner {
    /** Procfs: a name that is missing cannot even be asked to be created. */
    PROC("proc", 0x9fa0, 1024, Errno.ENOENT.number(), Errno.EOPNOTSUPP.number(), Errno.EINVAL.number()),
    /** Sysfs. */
    SYS("sysfs", 0x62656572, 4096, 0, Errno.ENODATA.number(), 0);

    private final String type;
    private final long magic;
    private final int statBlockSize;
    private final int missingName;
    private final int missingXattr;
    private final int sync;

    Manner(String type, long magic, int statBlockSize, int missingName, int missingXattr, int sync) {
        this.type = type;
        this.magic = magic;
        this.statBlockSize = statBlockSize;
        this.missingName = missingName;
        this.missingXattr = missingXattr;
        this.sync = sync;
    }

    String type() {
        return type;
    }

    long magic() {
        return magic;
    }

    int statBlockSize() {
        return statBlockSize;
    }

    /** The errno of creating something under a missing name, or 0 to go by permissions. */
    int missingName() {
        return missingName;
    }

    /** The errno of reading an extended attribute. */
    int missingXattr() {
        return missingXattr;
    }

    /** The errno of fsync(2), or 0. */
    int sync() {
        return sync;
    }
}
