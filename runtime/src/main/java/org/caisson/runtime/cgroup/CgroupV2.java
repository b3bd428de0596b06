package org.caisson.runtime.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.caisson.runtime.spec.Resources;
import org.jspecify.annotations.Nullable;

/** A container's group in the v2 tree. */
final class CgroupV2 extends ControlGroup {
    private static final List<String> DELEGATED = List.of("cgroup.procs", "cgroup.subtree_control", "cgroup.threads");

    CgroupV2(Hierarchy hierarchy, Path directory) {
        super(hierarchy, directory);
    }

    /** Controllers reach a group only if every group above it passes them on. */
    @Override
    void make(OwnerRegister owners) throws CgroupException {
        super.make(owners);
        passOn(hierarchy.mount(), parent(directory));
    }

    private void passOn(Path from, Path to) {
        if (hierarchy.controllers().isEmpty()) {
            return;
        }
        if (!to.equals(from) && to.startsWith(from)) {
            passOn(from, parent(to));
        }
        for (String controller : hierarchy.controllers()) {
            enable(to, controller);
        }
    }

    /** What cannot be passed on shows when a limit is set. */
    private static void enable(Path group, String controller) {
        Path file = group.resolve("cgroup.subtree_control");
        try {
            String enabled = CgroupFiles.readIfThere(file);
            if (enabled == null || (" " + enabled + " ").contains(" " + controller + " ")) {
                return;
            }
            CgroupFiles.write(file, "+" + controller);
        } catch (IOException e) {
            return;
        }
    }

    @Override
    void madeParent(Path parent) {
        passOn(hierarchy.mount(), parent);
    }

    @Override
    void makePayload() throws CgroupException {
        for (String controller : hierarchy.controllers()) {
            enable(directory, controller);
        }
        super.makePayload();
    }

    @Override
    String blockController() {
        return "io";
    }

    @Override
    String hugepageFile(String pageSize) {
        return "hugetlb." + pageSize + ".max";
    }

    @Override
    void limitMore(Resources resources) throws CgroupException {
        for (Map.Entry<String, String> entry : resources.unified().entrySet()) {
            set(entry.getKey(), entry.getValue(), entry.getKey());
        }
    }

    @Override
    void limit(Resources.Memory memory) throws CgroupException {
        set("memory.max", limitText(memory.limit()), "the memory limit");
        String swap = swapText(memory.limit(), memory.swap());
        if (swap != null && Files.exists(directory.resolve("memory.swap.max"))) {
            set("memory.swap.max", swap, "the swap limit");
        }
        set("memory.low", limitText(memory.reservation()), "the memory reservation");
    }

    /** v2 counts swap alone where the runtime-spec counts memory plus swap. */
    static @Nullable String swapText(@Nullable Long limit, @Nullable Long swap) {
        if (swap == null || swap == 0) {
            return null;
        }
        if (swap < 0) {
            return "max";
        }
        return limit == null || limit < 0 ? null : Long.toString(swap - limit);
    }

    private static @Nullable String limitText(@Nullable Long limit) {
        return limit == null || limit == 0 ? null : limit < 0 ? "max" : Long.toString(limit);
    }

    @Override
    void limit(Resources.Cpu cpu) throws CgroupException {
        Long shares = cpu.shares();
        if (shares != null && shares != 0) {
            set("cpu.weight", Long.toString(weight(shares)), "the CPU weight");
        }
        Long quota = cpu.quota();
        Long period = cpu.period();
        if ((quota != null && quota != 0) || (period != null && period != 0)) {
            String most = quota == null || quota <= 0 ? "max" : Long.toString(quota);
            set("cpu.max", most + " " + (period == null || period == 0 ? 100_000 : period), "the CPU quota");
        }
        Long burst = cpu.burst();
        if (burst != null) {
            set("cpu.max.burst", Long.toString(burst), "the CPU burst");
        }
        Long idle = cpu.idle();
        if (idle != null) {
            set("cpu.idle", Long.toString(idle), "the idle class");
        }
    }

    /** Maps shares 2…262144 to weight 1…10000 on a straight line, as runc does. */
    static long weight(long shares) {
        long bounded = Math.clamp(shares, 2, 262_144);
        return 1 + (bounded - 2) * 9999 / 262_142;
    }

    @Override
    void limit(Resources.BlockIo io) throws CgroupException {
        Integer weight = io.weight();
        if (weight != null && weight != 0 && Files.exists(directory.resolve("io.weight"))) {
            set("io.weight", "default " + (1 + (weight - 10L) * 9999 / 990), "the weight of block devices");
        }
        throttle("rbps", io.throttleReadBps());
        throttle("wbps", io.throttleWriteBps());
        throttle("riops", io.throttleReadIops());
        throttle("wiops", io.throttleWriteIops());
    }

    private void throttle(String key, List<Resources.ThrottleDevice> devices) throws CgroupException {
        for (Resources.ThrottleDevice device : devices) {
            set(
                    "io.max",
                    device.major() + ":" + device.minor() + " " + key + "=" + device.rate(),
                    "the speed of a block device");
        }
    }

    @Override
    void delegate(long uid, long gid) throws CgroupException {
        Ownership.change(payload, uid, gid);
        for (String file : DELEGATED) {
            Path path = payload.resolve(file);
            if (Files.exists(path)) {
                Ownership.change(path, uid, gid);
            }
        }
    }
}
