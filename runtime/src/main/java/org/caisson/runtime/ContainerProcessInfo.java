package org.caisson.runtime;

/**
 * A process of a container as the host sees it.
 *
 * @param pid its id on the host
 * @param parent its parent's id on the host
 * @param uid its real user on the host
 * @param command its command line, or its name in brackets
 */
public record ContainerProcessInfo(int pid, int parent, long uid, String command) {}
