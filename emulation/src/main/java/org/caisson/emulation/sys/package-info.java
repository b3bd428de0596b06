/**
 * The part of a container's {@code /sys} that would show the host's processors. The main type is
 * {@link org.caisson.emulation.sys.SysFiles}. No locks of its own.
 */
@NullMarked
package org.caisson.emulation.sys;

import org.jspecify.annotations.NullMarked;
