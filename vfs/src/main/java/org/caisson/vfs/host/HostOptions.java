package org.caisson.vfs.host;

/**
 * How a host directory is shown.
 *
 * @param caching what may be remembered
 * @param crossMounts whether what the host has mounted inside is shown, with a device number for each of the host's file systems; else the directories beneath it are, as a bind mount that is not
 *     recursive shows them
 * @param descriptors how many descriptors of files that are not open are kept at most; 0 for a part of what this process may have
 * @param names how many names are remembered at most
 * @param flags whether what chattr(1) sets is heeded here; the host heeds it in any case. Its overlayfs tells of directories that are on
 *     EROFS that they are immutable, which they are not
 */
public record HostOptions(HostCaching caching, boolean crossMounts, int descriptors, int names, boolean flags) {
    private static final int USUAL_NAMES = 1 << 20;

    /** Everything is asked each time, mounts are not crossed. */
    public static final HostOptions DEFAULT = new HostOptions(HostCaching.NONE, false, 0, USUAL_NAMES, true);

    /** Checks the limits. */
    public HostOptions {
        if (descriptors < 0 || names < 1) {
            throw new IllegalArgumentException("limits of " + descriptors + " descriptors and " + names + " names");
        }
    }

    /** The same with other caching. */
    public HostOptions withCaching(HostCaching other) {
        return new HostOptions(other, crossMounts, descriptors, names, flags);
    }

    /** The same with what the host has mounted inside. */
    public HostOptions withMounts() {
        return new HostOptions(caching, true, descriptors, names, flags);
    }

    /** The same with other limits. */
    public HostOptions withLimits(int mostDescriptors, int mostNames) {
        return new HostOptions(caching, crossMounts, mostDescriptors, mostNames, flags);
    }

    /** The same, leaving what chattr(1) sets to the host. */
    public HostOptions withoutFlags() {
        return new HostOptions(caching, crossMounts, descriptors, names, false);
    }
}
