/**
 * Seccomp: filters as classic BPF programs ({@link org.caisson.linux.seccomp.SeccompFilter}) and user notification
 * ({@link org.caisson.linux.seccomp.SeccompListener}), after {@code seccomp(2)} and {@code seccomp_unotify(2)}.
 */
@NullMarked
package org.caisson.linux.seccomp;

import org.jspecify.annotations.NullMarked;
