/**
 * The system calls of a container that Caisson answers for. {@link org.caisson.emulation.trap.TrapFilter} says which they
 * are, {@link org.caisson.emulation.trap.TrapListener} takes them from the kernel, and one {@code TrapHandler} a call
 * decides: it answers, or lets the kernel go on.
 *
 * <p>A caller may change its memory, its working directory and its namespaces at any time. So a handler copies each
 * argument once, works on descriptors and not on paths, and asks whether the call is still waiting before it acts.
 *
 * <p>A listener's thread takes one call after the other and holds no lock.
 */
@NullMarked
package org.caisson.emulation.trap;

import org.jspecify.annotations.NullMarked;
