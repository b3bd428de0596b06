package org.caisson.vfs.dev;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.VirtualDentry;

/** Random bytes of the kernel, see random(4). What is written is taken, and adds nothing to them. */
final class RandomDescription extends DeviceDescription {
    /** RNDGETENTCNT of {@code linux/random.h}, and what the kernel answers: the bits of its pool. */
    private static final int RNDGETENTCNT = 0x80045200;

    private static final int POOL_BITS = 256;
    private static final int PORTION = 16 * 1024;

    RandomDescription(VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
    }

    @Override
    protected long transferTo(MemorySegment target, long at, long length) throws ErrnoException {
        long done = 0;
        if (target.isNative()) {
            while (done < length) {
                done += checked(ProcessCalls.getrandom(target, at + done, length - done));
            }
            return done;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment portion = scratch.allocate(Math.min(length, PORTION));
            while (done < length) {
                long wanted = Math.min(length - done, portion.byteSize());
                long count = checked(ProcessCalls.getrandom(portion, 0, wanted));
                MemorySegment.copy(portion, 0, target, at + done, count);
                done += count;
            }
        }
        return done;
    }

    private static long checked(long result) throws ErrnoException {
        if (result < 0) {
            throw Errno.of((int) -result).exception();
        }
        return result;
    }

    @Override
    protected long transferFrom(MemorySegment source, long at, long length) {
        return length;
    }

    @Override
    public long ioctl(int command, MemorySegment argument) throws ErrnoException {
        if (command != RNDGETENTCNT) {
            throw Errno.EINVAL.exception();
        }
        argument.set(ValueLayout.JAVA_INT_UNALIGNED, 0, POOL_BITS);
        return 0;
    }
}
