package org.caisson.vfs.synthetic;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * An open {@link GeneratedFile} or {@link ControlFile}. Its text is made for, and its commands come from, whoever reads or
 * writes: a description may be inherited, and live on after its opener.
 */
sealed class TextDescription extends FileDescription permits EventDescription {
    private final SyntheticFileSystem fileSystem;

    /** The opener's rights, without its thread. */
    private final Credentials own;

    private final GeneratedFile.Content content;
    private final ControlFile.@Nullable Command command;

    /** The text as last made, null before the first read. Under the monitor, as is the position. */
    private @Nullable TextBuffer snapshot;

    private long position;

    TextDescription(
            SyntheticFileSystem fileSystem,
            VirtualDentry place,
            Credentials credentials,
            int flags,
            GeneratedFile.Content content,
            ControlFile.@Nullable Command command) {
        super(place, credentials, flags);
        this.fileSystem = fileSystem;
        own = credentials.withCaller(0);
        this.content = content;
        this.command = command;
    }

    /**
     * A file that shows a size shows that of its text once it is open: who seeks to the end (tail) finds the end there.
     * A text that cannot be made leaves the size of the node.
     */
    @Override
    public void stat(Stat out) {
        stat(own, out);
    }

    @Override
    public synchronized void stat(Credentials caller, Stat out) {
        fileSystem.statOpened((TreeDentry) place().dentry(), out);
        out.seenThrough(place().mount(), place().dentry());
        if (out.size == 0 || (flags() & OpenFlags.O_ACCMODE) == OpenFlags.O_WRONLY) {
            return;
        }
        try {
            out.size = text(caller, false).length();
        } catch (ErrnoException untold) {
            snapshot = null;
        }
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        if (change.has(SetStat.SIZE) && !isWritable()) {
            throw Errno.EINVAL.exception();
        }
        TreeDentry dentry = (TreeDentry) place().dentry();
        int outcome = fileSystem.change(credentials(), dentry.inode(), change);
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }

    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        return read(own, target, at, length, offset);
    }

    @Override
    public synchronized long read(Credentials caller, MemorySegment target, long at, long length, long offset)
            throws ErrnoException {
        if ((flags() & OpenFlags.O_ACCMODE) == OpenFlags.O_WRONLY) {
            throw Errno.EBADF.exception();
        }
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        int count = text(caller, offset == 0).copyTo(target, at, length, offset);
        if (count == 0) {
            // Read to the end: whoever keeps many files open need not make us keep their texts.
            snapshot = null;
        }
        return count;
    }

    /** The text; if it cannot be made anew there is none until the next try. */
    private TextBuffer text(Credentials caller, boolean anew) throws ErrnoException {
        TextBuffer text = snapshot;
        if (text != null && !anew) {
            return text;
        }
        TextBuffer made = text == null ? new TextBuffer() : text.clear();
        snapshot = null;
        content.generate(caller, made);
        snapshot = made;
        return made;
    }

    @Override
    public synchronized long read(MemorySegment target) throws ErrnoException {
        long count = read(target, 0, target.byteSize(), position);
        position += count;
        return count;
    }

    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        return write(own, source, at, length, offset);
    }

    @Override
    public long write(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException {
        if (command == null || !isWritable()) {
            throw Errno.EBADF.exception();
        }
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        command.write(caller, source.asSlice(at, length), offset);
        return length;
    }

    @Override
    public synchronized long write(MemorySegment source) throws ErrnoException {
        long count = write(source, 0, source.byteSize(), position);
        position += count;
        return count;
    }

    /** As seq_file: there is no end to start from. */
    @Override
    public synchronized long seek(long offset, int whence) throws ErrnoException {
        position = seekWithoutEnd(position, offset, whence);
        return position;
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        int errno = fileSystem.manner().sync();
        if (errno != 0) {
            throw Errno.of(errno).exception();
        }
    }
}
