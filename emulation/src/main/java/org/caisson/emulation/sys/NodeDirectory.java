package org.caisson.emulation.sys;

import org.caisson.emulation.proc.ProcFiles;
import org.caisson.linux.StatMode;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.Name;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticLink;
import org.caisson.vfs.synthetic.SyntheticNode;
import org.jspecify.annotations.Nullable;

/**
 * {@code /sys/devices/system/node}: one memory node, number 0, with all CPUs and all memory that the container has. The
 * host's nodes are not shown: control groups do not tell how a limit is spread over them. See {@code drivers/base/node.c}.
 */
final class NodeDirectory implements DynamicDirectory.Entries {
    private static final long PAGE = 4096;
    private static final String[] ONE = {"has_cpu", "has_memory", "has_normal_memory", "online", "possible"};
    private static final String[] NONE = {"has_generic_initiator"};
    private static final String[] FILES = {"cpulist", "cpumap", "distance", "meminfo", "numastat", "uevent", "vmstat"};
    private static final String STATISTICS = """
            numa_hit 0
            numa_miss 0
            numa_foreign 0
            interleave_hit 0
            local_node 0
            other_node 0
            """;

    private final CpuNumbers cpus;
    private final ProcFiles proc;

    NodeDirectory(CpuNumbers cpus, ProcFiles proc) {
        this.cpus = cpus;
        this.proc = proc;
    }

    void addTo(SyntheticDirectory.Builder node) {
        for (String name : ONE) {
            node.add(name, GeneratedFile.ofText("0\n").withSize(PAGE).withCachePolicy(CachePolicy.NAMES));
        }
        for (String name : NONE) {
            node.add(name, GeneratedFile.ofText("\n").withSize(PAGE).withCachePolicy(CachePolicy.NAMES));
        }
        node.add("node0", DynamicDirectory.of(this));
    }

    @Override
    public @Nullable SyntheticNode<?> lookup(Credentials credentials, Name name) {
        String text = name.toString();
        return switch (text) {
            case "cpulist" -> file((_, out) -> cpus.writeAll(out));
            case "cpumap" -> file((_, out) -> cpus.writeAllAsMask(out));
            case "distance" -> file((_, out) -> out.appendAscii("10\n"));
            case "meminfo" -> file((_, out) -> proc.nodeMemory(out));
            case "numastat" -> file((_, out) -> out.appendAscii(STATISTICS));
            case "uevent" -> file((_, out) -> out.clear());
            case "vmstat" -> file((_, out) -> proc.nodeVirtualMemory(out));
            default -> {
                int number = CpuDirectory.number(text);
                yield number >= 0 && number < cpus.visible() ? SyntheticLink.to("../../cpu/" + text) : null;
            }
        };
    }

    private static GeneratedFile file(GeneratedFile.Content content) {
        return GeneratedFile.of(content).withSize(PAGE);
    }

    @Override
    public void list(Credentials credentials, DynamicDirectory.EntrySink sink) {
        for (int number = 0; number < cpus.visible(); number++) {
            sink.entry(Name.of("cpu" + number), DirectorySink.typeOf(StatMode.S_IFLNK));
        }
        for (String name : FILES) {
            sink.entry(Name.of(name), DirectorySink.typeOf(StatMode.S_IFREG));
        }
    }
}
