package org.caisson.vfs.dev;

import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SpecialDescription;
import org.caisson.vfs.VirtualDentry;

/** What stands behind a device node. Called by many threads. */
@FunctionalInterface
public interface Device {
    /**
     * Opens a node of this device; the permissions of the node and the mount allow it. ENXIO if there is nothing to open now.
     *
     * @param place the node, whose inode is released by the description, most simply a {@link SpecialDescription}
     * @param flags bits of {@link org.caisson.linux.OpenFlags}
     */
    FileDescription open(VirtualDentry place, Credentials credentials, int flags) throws ErrnoException;
}
