/**
 * A container's resources as its control groups state them now: {@link org.caisson.emulation.cgroup.ResourceView} reads
 * limits and usage from cgroup v1 and v2, always of this moment and as narrow as the tightest directory up the tree.
 *
 * <p>Readings are mutable objects that the reader brings along and fills again and again. The only lock is that of each
 * {@link org.caisson.emulation.text.KernelFile}.
 */
@NullMarked
package org.caisson.emulation.cgroup;

import org.jspecify.annotations.NullMarked;
