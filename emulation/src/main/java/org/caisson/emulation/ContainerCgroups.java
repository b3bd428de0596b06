package org.caisson.emulation;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The host directories of a container's control groups, the ones on which its limits stand. A controller that is
 * null is looked for in {@code unified}; where that is null too, the container has no such limit.
 *
 * @param memory the directory of the v1 memory hierarchy
 * @param cpu the directory of the v1 cpu hierarchy: quota and period
 * @param cpuacct the directory of the v1 cpuacct hierarchy: usage
 * @param cpuset the directory of the v1 cpuset hierarchy
 * @param pids the directory of a v1 hierarchy that holds every task of the container
 * @param blkio the directory of the v1 blkio hierarchy
 * @param unified the directory of the v2 hierarchy
 */
public record ContainerCgroups(
        @Nullable Path memory,
        @Nullable Path cpu,
        @Nullable Path cpuacct,
        @Nullable Path cpuset,
        @Nullable Path pids,
        @Nullable Path blkio,
        @Nullable Path unified) {
    /** Without a blkio hierarchy of v1. */
    public ContainerCgroups(
            @Nullable Path memory,
            @Nullable Path cpu,
            @Nullable Path cpuacct,
            @Nullable Path cpuset,
            @Nullable Path pids,
            @Nullable Path unified) {
        this(memory, cpu, cpuacct, cpuset, pids, null, unified);
    }

    /** No control group at all: the container is shown the host's resources. */
    public static final ContainerCgroups NONE = new ContainerCgroups(null, null, null, null, null, null);

    /** All controllers in one directory of the v2 hierarchy. */
    public static ContainerCgroups unified(Path directory) {
        return new ContainerCgroups(null, null, null, null, null, directory);
    }
}
