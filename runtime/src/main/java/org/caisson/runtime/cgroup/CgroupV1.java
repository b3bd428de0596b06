package org.caisson.runtime.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.Resources;
import org.caisson.runtime.spec.Resources.DeviceRule;
import org.jspecify.annotations.Nullable;

/** A container's group in a v1 hierarchy. */
final class CgroupV1 extends ControlGroup {
    /** What every container may use, as runc allows: making any node, and the harmless devices. */
    private static final byte[][] DEVICES = lines(
            "c *:* m",
            "b *:* m",
            "c 1:3 rwm",
            "c 1:5 rwm",
            "c 1:7 rwm",
            "c 1:8 rwm",
            "c 1:9 rwm",
            "c 5:0 rwm",
            "c 5:1 rwm",
            "c 5:2 rwm",
            "c 136:* rwm",
            "c 10:200 rwm",
            "c 10:229 rwm");

    /**
     * What the container's root must own of its payload to make groups of its own, as systemd gives it with Delegate=. The limits
     * of the payload stay the host's.
     */
    private static final String[] DELEGATED = {"cgroup.procs", "tasks", "cgroup.clone_children"};

    private static byte[][] lines(String... rules) {
        byte[][] lines = new byte[rules.length][];
        for (int i = 0; i < rules.length; i++) {
            lines[i] = rules[i].getBytes(StandardCharsets.US_ASCII);
        }
        return lines;
    }

    CgroupV1(Hierarchy hierarchy, Path directory) {
        super(hierarchy, directory);
    }

    @Override
    void make(OwnerRegister owners) throws CgroupException {
        super.make(owners);
        inheritCpuset(directory);
    }

    @Override
    void madeParent(Path parent) throws CgroupException {
        inheritCpuset(parent);
    }

    /** With {@code clone_children} a new group has its parent's CPUs and memory nodes (cgroup-v1/cpusets.rst), also those made inside. */
    @Override
    void makePayload() throws CgroupException {
        if (hierarchy.has("cpuset")) {
            CgroupFiles.set(directory.resolve("cgroup.clone_children"), "1", "the set of CPUs");
        }
        super.makePayload();
    }

    /** A new group of the cpuset controller is empty and takes no process until it has both lists. */
    private void inheritCpuset(Path group) throws CgroupException {
        if (!hierarchy.has("cpuset")) {
            return;
        }
        inherit(group, "cpuset.cpus");
        inherit(group, "cpuset.mems");
    }

    private static void inherit(Path group, String file) throws CgroupException {
        try {
            String own = CgroupFiles.readIfThere(group.resolve(file));
            if (own == null || !own.isEmpty()) {
                return;
            }
            String parents = CgroupFiles.readIfThere(group.resolveSibling(file));
            if (parents != null) {
                CgroupFiles.write(group.resolve(file), parents);
            }
        } catch (IOException e) {
            throw cannot("given its parent's " + file, group, e);
        }
    }

    @Override
    String blockController() {
        return "blkio";
    }

    @Override
    String hugepageFile(String pageSize) {
        return "hugetlb." + pageSize + ".limit_in_bytes";
    }

    @Override
    void limitMore(Resources resources) throws CgroupException {
        if (hierarchy.has("devices")) {
            devices(resources.devices());
        }
    }

    @Override
    void limit(Resources.Memory memory) throws CgroupException {
        set("memory.limit_in_bytes", number(memory.limit()), "the memory limit");
        Long swap = memory.swap();
        // A kernel without swap accounting has no such file, and then there is nothing that could be limited.
        if (swap != null && swap != 0 && Files.exists(directory.resolve("memory.memsw.limit_in_bytes"))) {
            set("memory.memsw.limit_in_bytes", number(swap), "the limit of memory plus swap");
        }
        set("memory.soft_limit_in_bytes", number(memory.reservation()), "the memory reservation");
        set("memory.kmem.tcp.limit_in_bytes", number(memory.kernelTcp()), "the memory of TCP");
        Long swappiness = memory.swappiness();
        if (swappiness != null) {
            set("memory.swappiness", number(swappiness), "swappiness");
        }
        if (Boolean.TRUE.equals(memory.disableOomKiller())) {
            set("memory.oom_control", "1", "the OOM killer");
        }
    }

    @Override
    void limit(Resources.Cpu cpu) throws CgroupException {
        Long shares = cpu.shares();
        if (shares != null && shares != 0) {
            set("cpu.shares", number(shares), "the CPU shares");
        }
        Long period = cpu.period();
        if (period != null && period != 0) {
            set("cpu.cfs_period_us", number(period), "the CPU period");
        }
        Long quota = cpu.quota();
        if (quota != null && quota != 0) {
            set("cpu.cfs_quota_us", number(quota), "the CPU quota");
        }
        set("cpu.cfs_burst_us", number(cpu.burst()), "the CPU burst");
        Long realtimePeriod = cpu.realtimePeriod();
        if (realtimePeriod != null && realtimePeriod != 0) {
            set("cpu.rt_period_us", number(realtimePeriod), "the real-time period");
        }
        Long realtimeRuntime = cpu.realtimeRuntime();
        if (realtimeRuntime != null && realtimeRuntime != 0) {
            set("cpu.rt_runtime_us", number(realtimeRuntime), "the real-time run time");
        }
        set("cpu.idle", number(cpu.idle()), "the idle class");
    }

    private void devices(List<DeviceRule> rules) throws CgroupException {
        try {
            CgroupFiles.write(directory.resolve("devices.deny"), "a");
        } catch (IOException e) {
            // Who has no right over devices, as in a container, cannot give any either: the parent's rules hold.
            if (CgroupFiles.reason(e).equals("Operation not permitted")) {
                return;
            }
            throw new CgroupException(
                    "the devices cannot be limited: " + CgroupFiles.reason(e) + " (" + directory + ")", e);
        }
        for (DeviceRule rule : rules) {
            if (rule.type() == 'a' && !rule.allow()) {
                continue;
            }
            set(rule.allow() ? "devices.allow" : "devices.deny", line(rule), "a device rule");
        }
        Path allow = directory.resolve("devices.allow");
        try (OwnedFd file = FileCalls.open(allow.toString(), OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC)) {
            for (byte[] line : DEVICES) {
                FileCalls.writeFully(file.number(), line);
            }
        } catch (ErrnoException e) {
            throw cannot("given its devices", directory, e);
        }
    }

    private static String line(DeviceRule rule) {
        if (rule.type() == 'a') {
            return "a";
        }
        return (rule.type() == 'u' ? 'c' : rule.type()) + " " + star(rule.major()) + ":" + star(rule.minor()) + " "
                + rule.access();
    }

    private static String star(@Nullable Long number) {
        return number == null ? "*" : Long.toString(number);
    }

    @Override
    void limit(Resources.BlockIo io) throws CgroupException {
        Integer weight = io.weight();
        if (weight != null && weight != 0) {
            String file = Files.exists(directory.resolve("blkio.weight")) ? "blkio.weight" : "blkio.bfq.weight";
            if (Files.exists(directory.resolve(file))) {
                set(file, Integer.toString(weight), "the weight of block devices");
            }
        }
        throttle("blkio.throttle.read_bps_device", io.throttleReadBps());
        throttle("blkio.throttle.write_bps_device", io.throttleWriteBps());
        throttle("blkio.throttle.read_iops_device", io.throttleReadIops());
        throttle("blkio.throttle.write_iops_device", io.throttleWriteIops());
    }

    private void throttle(String file, List<Resources.ThrottleDevice> devices) throws CgroupException {
        for (Resources.ThrottleDevice device : devices) {
            set(file, device.major() + ":" + device.minor() + " " + device.rate(), "the speed of a block device");
        }
    }

    private static @Nullable String number(@Nullable Long value) {
        return value == null ? null : Long.toString(value);
    }

    @Override
    void delegate(long uid, long gid) throws CgroupException {
        Ownership.change(payload, uid, gid);
        for (String file : DELEGATED) {
            Ownership.change(payload.resolve(file), uid, gid);
        }
    }
}
