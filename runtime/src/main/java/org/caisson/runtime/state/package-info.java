/**
 * What is on disk of each container below the runtime's root directory.
 *
 * <pre>
 * ROOT/lock                   flock: making and forgetting containers
 * ROOT/ID/alive               flock: held by the keeper for the container's life; whoever gets it knows that the keeper is dead
 * ROOT/ID/lock                flock: one command at a time changes the container
 * ROOT/ID/state.json          {@link org.caisson.runtime.state.StoredState}, replaced in one step
 * ROOT/ID/config.json         the specification, for later commands
 * ROOT/ID/control.sock        where the keeper listens
 * </pre>
 *
 * Lock order: {@code ROOT/lock}, then {@code ID/lock}, then {@code ID/alive}.
 */
@NullMarked
package org.caisson.runtime.state;

import org.jspecify.annotations.NullMarked;
