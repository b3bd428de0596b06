/**
 * Devices: what opening a device node gives, whichever file system the node is in, and a tree of the usual nodes.
 *
 * <p>A node's number is looked up in the {@link org.caisson.vfs.dev.DeviceTable} of the {@link org.caisson.vfs.VirtualFileSystem}; the host's
 * devices are never opened. There are no locks here.
 */
@NullMarked
package org.caisson.vfs.dev;

import org.jspecify.annotations.NullMarked;
