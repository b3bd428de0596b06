package org.caisson.emulation.sysctl;

import org.caisson.linux.ErrnoException;

/** What one container wants of the host's own values. */
public interface HostSysctls extends AutoCloseable {
    /** Nothing reaches the host. */
    HostSysctls NONE = new HostSysctls() {
        @Override
        public void want(String path, long value) {}

        @Override
        public void close() {}
    };

    /**
     * The container wants the host's value to be at least this until it wants another, or ends.
     *
     * @param path relative to {@code /proc/sys}
     * @throws ErrnoException what the host's kernel says to the value
     */
    void want(String path, long value) throws ErrnoException;

    /** It wants nothing any more: what no other wants either is as it was. */
    @Override
    void close();
}
