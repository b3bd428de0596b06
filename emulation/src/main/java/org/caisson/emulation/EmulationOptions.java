package org.caisson.emulation;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What an emulation must know before its container starts.
 *
 * @param cgroups where the container's limits and usage are read
 * @param idBase the host id of the container's uid and gid 0
 * @param idCount how many ids the container has
 * @param threads how many threads serve its files
 * @param shared a directory of all containers of this host, where is noted what they want of the host's sysctls; null if
 *     nothing that they write is to reach the host
 */
public record EmulationOptions(
        ContainerCgroups cgroups,
        long idBase,
        int idCount,
        int threads,
        @Nullable Path shared) {
    /** For a container of which nothing reaches the host. */
    public EmulationOptions(ContainerCgroups cgroups, long idBase, int idCount, int threads) {
        this(cgroups, idBase, idCount, threads, null);
    }

    public EmulationOptions {
        if (idCount < 1 || threads < 1) {
            throw new IllegalArgumentException("idCount and threads must be at least 1");
        }
    }
}
