/**
 * Reading the kernel's small text files again and again without garbage: {@link org.caisson.emulation.text.KernelFile}
 * keeps a file open and reads it whole from its start, {@link org.caisson.emulation.text.TextScanner} walks its bytes.
 *
 * <p>A scanner belongs to one thread at a time; a kernel file may be read by many at once.
 */
@NullMarked
package org.caisson.emulation.text;

import org.jspecify.annotations.NullMarked;
