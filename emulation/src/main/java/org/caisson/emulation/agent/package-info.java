/**
 * The Java side of a container's agent, the small native process that stays in the container's namespaces: {@link
 * org.caisson.emulation.agent.AgentConnection} with {@link org.caisson.emulation.agent.AgentFiles} (file operations on
 * the container's raw procfs and sysfs, which nothing can cover) and its mounts on behalf of trapped calls.
 *
 * <p>Locks: each of the two sockets has one, held for a request and its reply; they are never held together. A mount may
 * wait for file operations of other threads, hence the two.
 */
@NullMarked
package org.caisson.emulation.agent;

import org.jspecify.annotations.NullMarked;
