package org.caisson.vfs.mem;

import java.time.Instant;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.ChangeGate;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Inode;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.TreeDentry;

/** Changes attributes of files, the size among them. */
final class MemChanges {
    private static final int DONE = 0;

    private MemChanges() {}

    /** chmod(2), chown(2), truncate(2) and utimensat(2): 0 or a negated errno. The gate was passed. */
    static int attributes(Credentials credentials, Inode inode, SetStat wanted) throws ErrnoException {
        MemInode file = (MemInode) inode;
        AttributeChange change = new AttributeChange();
        int outcome = change.prepare(credentials, file, wanted);
        if (outcome != DONE) {
            return outcome;
        }
        if (change.has(SetStat.SIZE)) {
            if (!file.acquire()) {
                // It was removed meanwhile: nobody will see what becomes of it.
                return DONE;
            }
            try {
                if (((MemFile) file).resize(change.size)) {
                    change.mask |= SetStat.MODIFY_TIME;
                    change.modifyNow = true;
                    change.changesTime = true;
                }
                return file.applyCharged(change, credentials, Instant.now());
            } finally {
                file.release();
            }
        }
        return file.applyCharged(change, credentials, Instant.now());
    }

    /**
     * Truncates a file that is being opened, or gives it back if that fails. Both times change, even if there was no data.
     *
     * @param by by which of its names it was acquired
     */
    static void truncateOpened(MemFile file, TreeDentry by, Credentials credentials) throws ErrnoException {
        boolean done = false;
        ChangeGate gate = file.fileSystem.gate();
        int passed = gate.enter();
        try {
            AttributeChange change = new AttributeChange();
            change.prepareWrite(credentials, file);
            file.resize(0);
            change.mask |= SetStat.MODIFY_TIME;
            change.modifyNow = true;
            change.changesTime = true;
            file.apply(change, Instant.now());
            done = true;
        } finally {
            gate.leave(passed);
            if (!done) {
                file.release(by);
            }
        }
    }
}
