package org.caisson.vfs.host;

import java.time.Duration;

/**
 * How long what the host said of names and attributes is believed.
 *
 * @param nanos for how long; 0 means that each walk asks the host about each name on its way
 */
public record HostCaching(long nanos) {
    /** Anyone may change the directory at any time: every walk asks. */
    public static final HostCaching NONE = new HostCaching(0);
    /** Nobody else changes the directory: what is known holds until it is changed here, missing names too. */
    public static final HostCaching EXCLUSIVE = new HostCaching(Long.MAX_VALUE);

    /** Checks the time. */
    public HostCaching {
        if (nanos < 0) {
            throw new IllegalArgumentException("a negative time: " + nanos);
        }
    }

    /** Others may change the directory, and what they did may be seen so much later. */
    public static HostCaching timed(Duration validity) {
        return new HostCaching(validity.toNanos());
    }

    boolean isExclusive() {
        return nanos == Long.MAX_VALUE;
    }

    boolean isNone() {
        return nanos == 0;
    }
}
