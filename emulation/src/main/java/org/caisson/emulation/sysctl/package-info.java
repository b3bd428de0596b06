/**
 * {@code /proc/sys} of a container. Entries that the kernel keeps for each namespace pass through to the container's own
 * namespaces ({@link org.caisson.emulation.sysctl.NamespaceFiles}); those in {@link org.caisson.emulation.sysctl.SysctlTable}
 * are the container's own, checked on writing as the kernel's handlers check, and never reach the host.
 *
 * <p>Whatever is not in the table is opened by an agent inside the container's user namespace: there the kernel itself
 * refuses to write what belongs to the whole host.
 */
@NullMarked
package org.caisson.emulation.sysctl;

import org.jspecify.annotations.NullMarked;
