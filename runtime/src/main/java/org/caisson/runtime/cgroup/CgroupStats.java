package org.caisson.runtime.cgroup;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a container uses; -1 where the host does not count it.
 *
 * @param cpuNanos CPU time since the start
 * @param memoryBytes memory, page cache included
 * @param memoryLimit limit in bytes, or -1
 * @param pids number of tasks
 */
public record CgroupStats(long cpuNanos, long memoryBytes, long memoryLimit, long pids) {
    private static final long NO_LIMIT_V1 = 1L << 62;

    static CgroupStats read(Cgroup cgroup) throws IOException {
        return new CgroupStats(cpu(cgroup), memory(cgroup), limit(cgroup), number(cgroup, "pids", "pids.current"));
    }

    private static long cpu(Cgroup cgroup) throws IOException {
        long v1 = number(cgroup, "cpuacct", "cpuacct.usage");
        Path unified = cgroup.unified();
        if (v1 >= 0 || unified == null) {
            return v1;
        }
        String stat = CgroupFiles.readIfThere(unified.resolve("cpu.stat"));
        if (stat == null || !stat.startsWith("usage_usec ")) {
            return -1;
        }
        int newline = stat.indexOf('\n');
        return 1000 * Long.parseLong(stat.substring("usage_usec ".length(), newline < 0 ? stat.length() : newline));
    }

    private static long memory(Cgroup cgroup) throws IOException {
        long v1 = number(cgroup, "memory", "memory.usage_in_bytes");
        return v1 >= 0 ? v1 : number(cgroup, "memory", "memory.current");
    }

    private static long limit(Cgroup cgroup) throws IOException {
        long v1 = number(cgroup, "memory", "memory.limit_in_bytes");
        if (v1 >= 0) {
            return v1 > NO_LIMIT_V1 ? -1 : v1;
        }
        return number(cgroup, "memory", "memory.max");
    }

    private static long number(Cgroup cgroup, String controller, String file) throws IOException {
        Path directory = cgroup.directory(controller);
        @Nullable String text = directory == null ? null : CgroupFiles.readIfThere(directory.resolve(file));
        return text == null || text.equals("max") ? -1 : Long.parseLong(text);
    }
}
