package org.caisson.runtime.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code linux.resources}: what the container's cgroup allows. A null number was not given. */
public record Resources(
        List<DeviceRule> devices,
        @Nullable Memory memory,
        @Nullable Cpu cpu,
        @Nullable Pids pids,
        @Nullable BlockIo blockIo,
        List<HugepageLimit> hugepageLimits,
        @Nullable NetworkClass network,
        Map<String, Rdma> rdma,
        Map<String, String> unified) {
    /** No limits. */
    public static final Resources EMPTY =
            new Resources(List.of(), null, null, null, null, List.of(), null, Map.of(), Map.of());

    public Resources {
        devices = List.copyOf(devices);
        hugepageLimits = List.copyOf(hugepageLimits);
        rdma = Map.copyOf(rdma);
        unified = Map.copyOf(unified);
    }

    /** Whether nothing is limited. */
    public boolean isEmpty() {
        return devices.isEmpty()
                && memory == null
                && cpu == null
                && pids == null
                && blockIo == null
                && hugepageLimits.isEmpty()
                && network == null
                && rdma.isEmpty()
                && unified.isEmpty();
    }

    /** {@code devices[]}: one rule, the last that matches decides. {@code type} is {@code a b c}; null numbers match all. */
    public record DeviceRule(
            boolean allow,
            char type,
            @Nullable Long major,
            @Nullable Long minor,
            String access) {}

    /** {@code memory}: bytes; -1 is no limit. */
    public record Memory(
            @Nullable Long limit,
            @Nullable Long reservation,
            @Nullable Long swap,
            @Nullable Long kernel,
            @Nullable Long kernelTcp,
            @Nullable Long swappiness,
            @Nullable Boolean disableOomKiller,
            @Nullable Boolean useHierarchy,
            @Nullable Boolean checkBeforeUpdate) {
        /** Only a limit, and a limit of memory plus swap. */
        public static Memory of(@Nullable Long limit, @Nullable Long swap) {
            return new Memory(limit, null, swap, null, null, null, null, null, null);
        }
    }

    /** {@code cpu}: times in microseconds. */
    public record Cpu(
            @Nullable Long shares,
            @Nullable Long quota,
            @Nullable Long burst,
            @Nullable Long period,
            @Nullable Long realtimeRuntime,
            @Nullable Long realtimePeriod,
            @Nullable String cpus,
            @Nullable String mems,
            @Nullable Long idle) {}

    /** {@code pids}: number of tasks; -1 or 0 is no limit. */
    public record Pids(long limit) {}

    /** {@code blockIO}: weights and throttles. */
    public record BlockIo(
            @Nullable Integer weight,
            @Nullable Integer leafWeight,
            List<WeightDevice> weightDevice,
            List<ThrottleDevice> throttleReadBps,
            List<ThrottleDevice> throttleWriteBps,
            List<ThrottleDevice> throttleReadIops,
            List<ThrottleDevice> throttleWriteIops) {}

    /** {@code blockIO.weightDevice[]}. */
    public record WeightDevice(
            long major,
            long minor,
            @Nullable Integer weight,
            @Nullable Integer leafWeight) {}

    /** {@code blockIO.throttle…[]}. */
    public record ThrottleDevice(long major, long minor, long rate) {}

    /** {@code hugepageLimits[]}: {@code pageSize} as {@code 2MB}. */
    public record HugepageLimit(String pageSize, long limit) {}

    /** {@code network}: class id and priorities of v1. */
    public record NetworkClass(@Nullable Long classId, List<Priority> priorities) {
        /** The priority of one interface. */
        public record Priority(String name, long priority) {}
    }

    /** {@code rdma}: limits of one device. */
    public record Rdma(@Nullable Long hcaHandles, @Nullable Long hcaObjects) {}
}
