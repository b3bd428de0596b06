/**
 * What is on disk of each container below the runtime's root directory.
 *
 * <pre>
 * ROOT/lock                   flock: making and forgetting containers; the word in it says that ROOT is ours
 * ROOT/ID                     flock: one command at a time changes the container
 * ROOT/ID/alive               flock: held by the keeper for the container's life; whoever gets it knows that the keeper is dead
 * ROOT/ID/state.json          {@link org.caisson.runtime.state.StoredState}, replaced in one step
 * ROOT/ID/config.json         the specification, for later commands
 * ROOT/ID/control.sock        where the keeper listens
 * </pre>
 *
 * Only these names are ever removed, only below a root that is ours, and no link is followed to them.
 *
 * <p>Lock order: {@code ROOT/ID}, then {@code ROOT/lock}; nobody waits for {@code ROOT/ID/alive}.
 */
@NullMarked
package org.caisson.runtime.state;

import org.jspecify.annotations.NullMarked;
