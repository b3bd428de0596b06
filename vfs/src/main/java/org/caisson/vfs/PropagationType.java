package org.caisson.vfs;

import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/** How mount events on a mount spread, see mount_namespaces(7). */
public enum PropagationType {
    /** To and from the peers of a group. */
    SHARED(MountFlags.MS_SHARED),
    /** From a master, to nobody. */
    SLAVE(MountFlags.MS_SLAVE),
    /** Neither to nor from others. */
    PRIVATE(MountFlags.MS_PRIVATE),
    /** As private; besides, the mount cannot be bound elsewhere. */
    UNBINDABLE(MountFlags.MS_UNBINDABLE);

    private final int flag;

    PropagationType(int flag) {
        this.flag = flag;
    }

    /** The flag of mount(2). */
    public int flag() {
        return flag;
    }

    /** The type that one flag means; null if it is none or more than one. */
    static @Nullable PropagationType of(long flags) {
        for (PropagationType type : values()) {
            if (flags == type.flag) {
                return type;
            }
        }
        return null;
    }
}
