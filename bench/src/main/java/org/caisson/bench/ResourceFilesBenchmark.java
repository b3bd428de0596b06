package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Open, read and close of each file that shows a container's resources, with 1, 10 and 100 containers in one JVM, beside
 * LXCFS and the kernel's own; and what a container costs that JVM in memory.
 */
final class ResourceFilesBenchmark implements Benchmark {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final int WARM_UP = 3;
    private static final int[] SCALES = {1, 10, 100};
    /** Where LXCFS lists what it cannot open. */
    private static final String NODES = "sys/devices/system/node";

    private static final int MILLIS = 400;
    private static final List<String> FILES = List.of(
            "proc/uptime",
            "proc/meminfo",
            "proc/cpuinfo",
            "proc/stat",
            "proc/loadavg",
            "proc/swaps",
            "proc/diskstats",
            "proc/partitions",
            "proc/vmstat",
            "proc/slabinfo",
            "proc/pressure/cpu",
            "sys/devices/system/cpu/online",
            "sys/devices/system/node/node0/meminfo");

    @Override
    public String name() {
        return "resource-files";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        Path mount = workspace.mountPoint("ours");
        String group = "caisson-bench-" + ProcessHandle.current().pid();
        Server server = workspace.serve(ResourceFilesProgram.command(mount, group));
        server.receive();
        Lxcfs lxcfs = Lxcfs.start(workspace);
        Report report = new Report(name(), quick);
        ask(server, "containers 1");
        String limit = Files.exists(Path.of("/sys/fs/cgroup/memory")) ? "memory" : "unified";
        Path memory = Path.of("/sys/fs/cgroup", limit, group + "-0");
        Files.writeString(memory.resolve(limit.equals("memory") ? "memory.limit_in_bytes" : "memory.max"), "268435456");
        Caller caller = Caller.start(workspace, inGroup(group + "-0"));
        workspace.onClose(caller::terminate);
        for (int scale : SCALES) {
            ask(server, "containers " + scale);
            for (String file : FILES) {
                one(report, new Turn(server, caller, mount, lxcfs, file, scale, quick));
            }
            ask(server, "collect");
            Samples footprint = new Samples();
            footprint.add(Footprint.of(List.of(server.handle())).pssKibibytes() / 1024.0);
            report.add(Row.alone("memory of the JVM, " + scale + " containers", "MiB", footprint));
        }
        return report.note(
                        "Each round: open, read to the end and close by one process in the first container's control groups,"
                                + " in turns; its p50 counts. All containers are served by one JVM, the peer's by one LXCFS.")
                .note(
                        "A file that LXCFS has not is beside the kernel's own alone. Allocated: by all threads of the JVM, a read.");
    }

    private static String ask(Server server, String request) throws IOException {
        server.send(request);
        return server.receive();
    }

    private static List<String> inGroup(String group) {
        StringBuilder script = new StringBuilder();
        for (Path directory : ResourceFilesProgram.groups(group)) {
            if (Files.isDirectory(directory) && !directory.toString().contains("cpuset")) {
                script.append("echo $$ > ").append(directory).append("/cgroup.procs; ");
            }
        }
        return List.of("sh", "-c", script + "exec \"$@\"", "sh");
    }

    private record Turn(Server server, Caller caller, Path mount, Lxcfs lxcfs, String file, int scale, boolean quick) {}

    private static void one(Report report, Turn turn) throws IOException {
        String own = "/" + turn.file;
        String ours = turn.mount.resolve(turn.file).toString();
        String peer = turn.lxcfs.file(turn.file);
        if (!Files.exists(Path.of(own))) {
            return;
        }
        boolean hasPeer = Files.exists(Path.of(peer)) && !turn.file.startsWith(NODES);
        Samples ourMicros = new Samples();
        Samples peerMicros = new Samples();
        Samples kernelMicros = new Samples();
        Samples allocated = new Samples();
        int calls = turn.quick ? 1024 : 8192;
        int rounds = turn.quick ? 3 : 15;
        for (int round = -WARM_UP; round < rounds; round++) {
            long before = Long.parseLong(ask(turn.server, "allocated"));
            double a = micros(turn, ours, round < 0 ? 4 * calls : calls);
            double bytes = (Long.parseLong(ask(turn.server, "allocated")) - before) / (double) calls;
            double b = hasPeer ? micros(turn, peer, calls / 2) : 0;
            double c = micros(turn, own, calls / 2);
            if (round >= 0) {
                ourMicros.add(a);
                peerMicros.add(b);
                kernelMicros.add(c);
                allocated.add(bytes);
            }
        }
        String measure = turn.file + ", " + turn.scale;
        if (hasPeer) {
            report.add(Row.beside(measure, "us", ourMicros, "LXCFS", peerMicros));
        }
        if (turn.scale == 1 || !hasPeer) {
            report.add(Row.beside(measure, "us", ourMicros, "the kernel's", kernelMicros));
        }
        report.add(Row.alone(measure + ", allocated", "B", allocated));
    }

    private static double micros(Turn turn, String path, int calls) throws IOException {
        return turn.caller.call("text", path, calls, MILLIS).p50() / NANOS_PER_MICRO;
    }
}
