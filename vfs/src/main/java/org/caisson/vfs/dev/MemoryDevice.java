package org.caisson.vfs.dev;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.VirtualDentry;

/** Devices without a state, see null(4) and full(4). */
enum MemoryDevice implements Device {
    /** Is always at its end, and takes all. */
    NULL,
    /** Holds zeros without end, and takes all. */
    ZERO,
    /** Holds zeros without end, and has no room. */
    FULL;

    @Override
    public FileDescription open(VirtualDentry place, Credentials credentials, int flags) throws ErrnoException {
        if ((flags & OpenFlags.O_DIRECT) != 0) {
            throw Errno.EINVAL.exception();
        }
        return new Description(this, place, credentials, flags);
    }

    /** One that is open. */
    private static final class Description extends DeviceDescription {
        private final MemoryDevice device;

        Description(MemoryDevice device, VirtualDentry place, Credentials credentials, int flags) {
            super(place, credentials, flags);
            this.device = device;
        }

        @Override
        protected long transferTo(MemorySegment target, long at, long length) {
            if (device == NULL) {
                return 0;
            }
            target.asSlice(at, length).fill((byte) 0);
            return length;
        }

        @Override
        protected long transferFrom(MemorySegment source, long at, long length) throws ErrnoException {
            if (device == FULL) {
                throw Errno.ENOSPC.exception();
            }
            return length;
        }
    }
}
