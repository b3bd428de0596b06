/**
 * The wire format of {@code /dev/fuse} as {@code <linux/fuse.h>} defines it: one flyweight for each struct, named as the kernel
 * names it. A flyweight has only static accessors over a segment and an offset in it, so that no message makes an object; a
 * request struct can be read, a reply struct written. All accesses are bounds-checked by the segment.
 */
@NullMarked
package org.caisson.fuse.protocol;

import org.jspecify.annotations.NullMarked;
