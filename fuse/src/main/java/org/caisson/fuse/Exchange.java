package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.fuse.protocol.FuseInHeader;
import org.caisson.fuse.protocol.FuseOutHeader;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.jspecify.annotations.Nullable;

/**
 * One request with its reply, and all that a thread needs to serve it. Made once for each thread and reused, so that serving
 * allocates nothing. Used by its thread only.
 */
final class Exchange implements AutoCloseable {
    /** Where the argument of a request begins. */
    static final int ARGUMENT = FuseInHeader.SIZE;
    /** Where the payload of a reply begins. */
    static final int PAYLOAD = FuseOutHeader.SIZE;
    /** Instead of a result: there is nothing to send. */
    static final int NO_REPLY = Integer.MIN_VALUE;

    /** The kernel wants this much room for a request besides the data of a WRITE (FUSE_MIN_READ_BUFFER and a page). */
    private static final int HEADROOM = 8192;

    /** What the kernel takes as the target of a symbolic link: a page less its NUL. */
    private static final int LINK_MAX = 4095;

    private final NativeMemory memory;
    final MemorySegment in;
    final MemorySegment out;
    final MemorySegment linkTarget;

    final PathOperation path = new PathOperation();
    final PathOperation otherPath = new PathOperation();
    final Stat stat = new Stat();
    final SetStat setStat = new SetStat();
    final FileSystemStatistics statistics = new FileSystemStatistics();
    final DirectoryPacker directory;
    final CallerCredentials caller;

    // What the request uses: no request more than two.
    private PlainFiles.@Nullable Opened borrowed;
    private PlainFiles.@Nullable Opened alsoBorrowed;

    private OpenOptions openOptions = OpenOptions.READ;

    int opcode;
    long unique;
    long nodeId;

    /** Where the argument ends; extensions of the header are cut off. */
    int end;

    /** The name that {@link #name} found last. */
    int nameAt;

    int nameLength;

    /** Room for data of {@code maxData} bytes in either direction. */
    Exchange(ServedTree tree, int maxData) throws ErrnoException {
        int inSize = HEADROOM + maxData;
        int outSize = HEADROOM + maxData;
        memory = new NativeMemory(inSize + outSize);
        in = memory.segment().asSlice(0, inSize);
        out = memory.segment().asSlice(inSize, outSize);
        linkTarget = out.asSlice(PAYLOAD, LINK_MAX);
        directory = new DirectoryPacker(out);
        caller = new CallerCredentials(tree.ids, tree.kernelDecides);
        path.root(tree.root);
        otherPath.root(tree.root);
    }

    /** To be given back when the request is served. */
    void borrow(PlainFiles.Opened opened) {
        if (borrowed == null) {
            borrowed = opened;
        } else {
            alsoBorrowed = opened;
        }
    }

    /** The request is served. */
    void giveBack(PlainFiles files) {
        PlainFiles.Opened first = borrowed;
        if (first == null) {
            return;
        }
        borrowed = null;
        files.done(first);
        PlainFiles.Opened second = alsoBorrowed;
        if (second != null) {
            alsoBorrowed = null;
            files.done(second);
        }
    }

    /** Room for the payload of a reply. */
    int capacity() {
        return (int) out.byteSize() - PAYLOAD;
    }

    /** The number of a request of {@code received} bytes, or 0. */
    long peekUnique(int received) {
        return received >= 16 ? FuseInHeader.unique(in, 0) : 0;
    }

    /** The operation of a request of {@code received} bytes, or 0. */
    int peekOpcode(int received) {
        return received >= 8 ? FuseInHeader.opcode(in, 0) : 0;
    }

    /** Takes the header of a request of {@code received} bytes apart; false if it cannot be a request. */
    boolean accept(int received) {
        opcode = peekOpcode(received);
        unique = peekUnique(received);
        if (received < FuseInHeader.SIZE || FuseInHeader.len(in, 0) != received) {
            return false;
        }
        nodeId = FuseInHeader.nodeid(in, 0);
        end = received - FuseInHeader.totalExtlen(in, 0) * 8;
        caller.set(FuseInHeader.uid(in, 0), FuseInHeader.gid(in, 0), FuseInHeader.pid(in, 0));
        return end >= ARGUMENT;
    }

    /** Fails with EINVAL unless the argument has at least {@code size} bytes. */
    void require(int size) throws ErrnoException {
        if (end - ARGUMENT < size) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Finds the file name at {@code at}, which ends with a NUL; returns where the next thing begins. */
    int name(int at) throws ErrnoException {
        int next = text(at, Name.MAX, Errno.ENAMETOOLONG);
        for (int i = nameAt; i < nameAt + nameLength; i++) {
            if (in.get(ValueLayout.JAVA_BYTE, i) == '/') {
                throw Errno.EINVAL.exception();
            }
        }
        return next;
    }

    /** Finds the text of 1 to {@code max} bytes at {@code at}, which ends with a NUL; returns where the next thing begins. */
    int text(int at, int max, Errno tooLong) throws ErrnoException {
        int i = at;
        while (i < end && in.get(ValueLayout.JAVA_BYTE, i) != 0) {
            i++;
        }
        if (i >= end || i == at) {
            throw Errno.EINVAL.exception();
        }
        if (i - at > max) {
            throw tooLong.exception();
        }
        nameAt = at;
        nameLength = i - at;
        return i + 1;
    }

    /** The name that was found last, as an object. */
    Name nameObject() {
        return Name.of(in, nameAt, nameLength);
    }

    /** The options for flags and mode; the same object as long as they stay the same. */
    OpenOptions openOptions(int flags, int mode) {
        OpenOptions options = openOptions;
        if (options.flags() != flags || options.mode() != mode) {
            options = new OpenOptions(flags, mode);
            openOptions = options;
        }
        return options;
    }

    @Override
    public void close() {
        memory.close();
    }
}
