package org.caisson.emulation.agent;

/**
 * What covers a part of a procfs or sysfs.
 *
 * @param agentPath where it is in the agent's own tree: {@code /proc/uptime}
 * @param below where its copy belongs in another procfs or sysfs, relative to that one's root: {@code uptime}
 * @param required whether nothing may be mounted without it; else it is left out where there is nothing to cover
 */
public record MountPart(String agentPath, String below, boolean required) {}
