package org.caisson.emulation.sysctl;

import org.caisson.linux.ErrnoException;

/** What one container wants of the host's own values. */
public interface HostSysctls extends AutoCloseable {
    /** Nothing reaches the host. */
    HostSysctls NONE = new HostSysctls() {
        @Override
        public void want(String path, String value, boolean maximum) {}

        @Override
        public void close() {}
    };

    /**
     * The container wants a value until it wants another, or ends.
     *
     * @param path relative to {@code /proc/sys}
     * @param maximum whether the host is to have the largest number that anybody wants, or else the last value
     * @throws ErrnoException what the host's kernel says to the value
     */
    void want(String path, String value, boolean maximum) throws ErrnoException;

    /** It wants nothing any more: what no other wants either is as it was. */
    @Override
    void close();
}
