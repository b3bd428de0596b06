package org.caisson.emulation;

/**
 * What an emulation must know before its container starts.
 *
 * @param cgroups where the container's limits and usage are read
 * @param idBase the host id of the container's uid and gid 0
 * @param idCount how many ids the container has
 * @param threads how many threads serve its files
 */
public record EmulationOptions(ContainerCgroups cgroups, long idBase, int idCount, int threads) {
    public EmulationOptions {
        if (idCount < 1 || threads < 1) {
            throw new IllegalArgumentException("idCount and threads must be at least 1");
        }
    }
}
