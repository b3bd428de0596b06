/**
 * The system calls of a container that Caisson answers for. {@link org.caisson.emulation.trap.TrapFilter} says which they
 * are, {@link org.caisson.emulation.trap.TrapListener} takes them from the kernel, and one {@code TrapHandler} a call
 * decides: it answers, or lets the kernel go on.
 *
 * <p>A caller may change its memory, its working directory and its namespaces at any time. So a handler copies each
 * argument once, works on descriptors and not on paths, and asks whether the call is still waiting before it acts.
 *
 * <p>A listener's thread takes one call after the other and holds no lock while it serves; while a call takes long, another
 * thread goes on ({@code TrapThreads}). Locks: {@code Lookout}'s, then {@code TrapThreads}'s; {@code NewBases}'s alone.
 */
@NullMarked
package org.caisson.emulation.trap;

import org.jspecify.annotations.NullMarked;
