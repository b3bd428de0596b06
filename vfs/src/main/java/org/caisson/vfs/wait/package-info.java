/**
 * Waiting: threads that sleep until something happens or a signal comes, and listeners that are told when a file becomes ready.
 *
 * <p>{@link org.caisson.vfs.wait.SleepQueue} is for operations that block: it is guarded by the lock of whatever they wait for.
 * {@link org.caisson.vfs.wait.WaitQueue} is for poll(2), epoll(7) and FUSE_POLL: it blocks nobody.
 *
 * <p>Lock order: nobody sleeps with a lock held. {@link org.caisson.vfs.wait.WaitQueue} takes its monitor last and calls listeners
 * without it; who announces an event must hold no lock that a listener might take.
 */
@NullMarked
package org.caisson.vfs.wait;

import org.jspecify.annotations.NullMarked;
