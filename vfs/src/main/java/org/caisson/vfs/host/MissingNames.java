package org.caisson.vfs.host;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/**
 * Names that the host said are not there. A fixed number of places, in each the name last asked for that falls there; a change to a
 * directory's names through this file system makes all of them doubtful.
 */
final class MissingNames {
    private static final int PLACES = 1 << 14;

    private final AtomicReferenceArray<@Nullable Missing> places = new AtomicReferenceArray<>(PLACES);
    private final long validNanos;

    /** @param validNanos for how long the host is believed */
    MissingNames(long validNanos) {
        this.validNanos = validNanos;
    }

    private record Missing(HostInode directory, Name name, int changes, long moment) {}

    private static int place(HostInode directory, Name name) {
        int hash = name.hashCode() ^ Long.hashCode(directory.number() * 0x9E3779B97F4A7C15L);
        return (hash ^ hash >>> 16) & (PLACES - 1);
    }

    /** Whether the name was missing and nothing was changed since. */
    boolean holds(HostInode directory, Name name, int changes) {
        if (validNanos == 0) {
            return false;
        }
        Missing known = places.get(place(directory, name));
        return known != null
                && known.directory == directory
                && known.changes == changes
                && known.name.equals(name)
                && (validNanos == Long.MAX_VALUE || System.nanoTime() - known.moment < validNanos);
    }

    /** Remembers that a name was missing when the directory's count of changes was as given. */
    void add(HostInode directory, Name name, int changes) {
        if (validNanos != 0) {
            places.set(place(directory, name), new Missing(directory, name, changes, System.nanoTime()));
        }
    }
}
