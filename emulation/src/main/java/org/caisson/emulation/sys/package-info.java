/**
 * The parts of a container's {@code /sys} that would show the host's processors and memory nodes: it has the CPUs of
 * its control groups with numbers from 0, and one node with all of them. Everything else is the sysfs of the container's
 * own user and network namespace. The main type is {@link org.caisson.emulation.sys.SysFiles}. No locks of its own.
 */
@NullMarked
package org.caisson.emulation.sys;

import org.jspecify.annotations.NullMarked;
