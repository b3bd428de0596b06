/**
 * Linux's ABI through {@code java.lang.foreign}: system calls, errno, structs and owned descriptors. It knows
 * nothing of containers and takes no decisions.
 */
@NullMarked
package org.caisson.linux;

import org.jspecify.annotations.NullMarked;
