package org.caisson.vfs.mem;

import java.time.Instant;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.pipe.Pipe;
import org.caisson.vfs.pipe.PipeInode;
import org.jspecify.annotations.Nullable;

/** A named pipe. */
final class MemPipe extends MemInode {
    private @Nullable Pipe pipe;

    MemPipe(MemFileSystem fileSystem, int mode, int uid, int gid) {
        super(fileSystem, mode, uid, gid, 1);
    }

    /** What a snapshot sees of another pipe: not what is in it. */
    MemPipe(MemFileSystem fileSystem, AttributeImage attributes) {
        super(fileSystem, attributes);
    }

    @Override
    long size() {
        return 0;
    }

    synchronized Pipe pipe() {
        Pipe present = pipe;
        if (present == null) {
            present = new Pipe();
            pipe = present;
        }
        return present;
    }

    /** This file as its open pipe sees it. */
    PipeInode openedBy(TreeDentry dentry) {
        return new PipeInode() {
            @Override
            public void stat(Stat out) {
                fileSystem.statOpened(MemPipe.this, out);
            }

            @Override
            public void setStat(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
                fileSystem.changePipe(opened, caller, change);
            }

            @Override
            public void accessed(FileDescription opened) {
                fileSystem.touchOpened(opened, MemPipe.this);
            }

            @Override
            public void modified() {
                int passed = fileSystem.gate().enter();
                try {
                    MemPipe.this.modified(Instant.now());
                } finally {
                    fileSystem.gate().leave(passed);
                }
            }

            @Override
            public void closed() {
                release(dentry);
            }
        };
    }
}
