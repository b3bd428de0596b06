/**
 * Does the same sequence of system calls to two trees, of which one is the kernel's, and compares what they answer: {@link
 * org.caisson.vfs.differential.Differential} runs and shortens, {@link org.caisson.vfs.differential.RandomSteps} makes sequences, {@link
 * org.caisson.vfs.differential.Subject} is a tree.
 */
@NullMarked
package org.caisson.vfs.differential;

import org.jspecify.annotations.NullMarked;
