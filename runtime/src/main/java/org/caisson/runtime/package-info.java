/**
 * The OCI runtime: a bundle or a spec in memory becomes a container, with its life cycle.
 *
 * <p>{@link org.caisson.runtime.ContainerRuntime} is the door: run, create, start, kill, delete, exec, state. A container is
 * owned by its {@code Keeper}: the process that holds its emulation, its agent and its exit status; in the foreground
 * that is the caller itself, otherwise a detached process that is reached over a control socket.
 *
 * <p>Lock order, outermost first:
 * <pre>
 * flock of ROOT/ID                     (one command at a time on a container; not held while hooks run)
 *   flock of ROOT/lock                 (making and forgetting containers)
 *     flock of ROOT/ID/alive           (held by a keeper for its life; others only try)
 *     flock of /run/caisson/ids/N      (one block of ids, held for a container's life; others only try)
 * </pre>
 */
@NullMarked
package org.caisson.runtime;

import org.jspecify.annotations.NullMarked;
