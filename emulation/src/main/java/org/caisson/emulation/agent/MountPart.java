package org.caisson.emulation.agent;

/**
 * An emulated mount of the container: where it is ("/proc/uptime") and where its copy belongs in another procfs or sysfs,
 * relative to that one's root ("uptime").
 */
public record MountPart(String containerPath, String below) {}
