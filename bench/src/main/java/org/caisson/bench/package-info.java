/**
 * Whole-system benchmarks, each beside its peers in one run: ours and the peer take turns, round by round, so that a noisy machine
 * disturbs both alike.
 *
 * <p>{@link org.caisson.bench.Bench} is the program, a {@link org.caisson.bench.Benchmark} one entry of its list, a
 * {@link org.caisson.bench.Report} what it prints and writes. What is timed runs in small C programs ({@code src/main/c}), the same
 * ones for ours and the peer; Java only starts them and adds up.
 */
@NullMarked
package org.caisson.bench;

import org.jspecify.annotations.NullMarked;
