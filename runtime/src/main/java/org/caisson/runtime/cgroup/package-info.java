/**
 * A container's control groups, whatever layout the host has: v1 hierarchies, one v2 tree, or v1 with a v2 tree beside it.
 *
 * <p>{@link org.caisson.runtime.cgroup.CgroupHost} finds the hierarchies; {@link org.caisson.runtime.cgroup.Cgroup} is what one
 * container has in all of them. In each hierarchy the container owns a directory that carries its limits, and in it lives
 * {@code payload}, which belongs to the container's root and is the root of its cgroup namespace.
 * Source: the kernel's {@code admin-guide/cgroup-v1} and {@code admin-guide/cgroup-v2}, cgroups(7).
 */
@NullMarked
package org.caisson.runtime.cgroup;

import org.jspecify.annotations.NullMarked;
