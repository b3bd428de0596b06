package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Many containers of one image: what memory each takes, with all that is kept for it, and how often the image's pages are there. */
final class ImageDensityBenchmark implements Benchmark {
    private static final String IMAGE = "python";
    private static final double KIBIBYTES = 1024;
    private static final long PATIENCE_SECONDS = 60;
    private static final Path CACHES = Path.of("/proc/sys/vm/drop_caches");

    /** Loads what a small service would, says so by a file, and waits. */
    private static final String PROGRAM =
            "import sys, signal, json, email, decimal, http.server; open('/told/' + sys.argv[1], 'w').close(); signal.pause()";

    /** One way to have containers. */
    private interface Engine {
        String name();

        /** The command that begins a container in the background; what the program is comes behind it. */
        List<String> begin(int number, Path told);

        void end(int number) throws IOException;
    }

    /**
     * What a number of containers take.
     *
     * @param around the processes that are not the program, MiB of PSS a container
     * @param programs the programs' own, the same
     * @param files of these what is of files, the image's: all containers together, MiB of PSS
     * @param machine by how much the memory that is free on the machine became less, MiB a container
     */
    private record Taken(double around, double programs, double files, double machine) {}

    @Override
    public String name() {
        return "image-density";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        Path layout = RealImages.layout(workspace.home(), IMAGE);
        int count = 20;
        int rounds = quick ? 1 : 3;
        Engine ours = caisson(workspace, layout);
        Engine peer = podman(workspace, layout);
        List<Taken> taken = new ArrayList<>();
        List<Taken> peers = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            taken.add(measure(workspace, ours, count));
            peers.add(measure(workspace, peer, count));
        }
        Report report = new Report(name(), quick);
        report.add(row("memory a container besides its program", taken, peers, Taken::around));
        report.add(row("memory a program", taken, peers, Taken::programs));
        report.add(row("pages of the image's files, all together", taken, peers, Taken::files));
        report.add(row("memory of the machine a container", taken, peers, Taken::machine));
        return report.note(count
                        + " containers of one image, each with a Python that has loaded what a small service needs and waits."
                        + " Memory of processes is PSS.")
                .note(
                        "Memory of the machine: what became less of what is free, from empty caches on; pages of files, the kernel's own and all else included.")
                .note("Both in the background and without a network: what is left of podman then is conmon.");
    }

    private static Row row(
            String measure, List<Taken> ours, List<Taken> peers, java.util.function.ToDoubleFunction<Taken> figure) {
        Samples first = new Samples();
        ours.forEach(one -> first.add(figure.applyAsDouble(one)));
        Samples second = new Samples();
        peers.forEach(one -> second.add(figure.applyAsDouble(one)));
        return Row.beside(measure, "MiB", first, "podman, crun", second);
    }

    private static Engine caisson(Workspace workspace, Path layout) throws IOException {
        String store = workspace.directory("store").toString();
        String caisson = workspace.caisson();
        Programs.run(List.of(
                caisson,
                "image",
                "import",
                "-q",
                "--store",
                store,
                "--select",
                IMAGE,
                layout.toString(),
                "real/image"));
        return new Engine() {
            @Override
            public String name() {
                return "caisson";
            }

            @Override
            public List<String> begin(int number, Path told) {
                return List.of(
                        caisson,
                        "run",
                        "-d",
                        "--network",
                        "none",
                        "--name",
                        container(number),
                        "-v",
                        told + ":/told",
                        "--store",
                        store,
                        "real/image");
            }

            @Override
            public void end(int number) throws IOException {
                Programs.run(List.of(caisson, "rm", "-f", container(number)));
            }
        };
    }

    private static Engine podman(Workspace workspace, Path layout) throws IOException {
        Podman podman = Podman.in(workspace);
        String id = podman.pull(layout, IMAGE);
        return new Engine() {
            @Override
            public String name() {
                return "podman";
            }

            @Override
            public List<String> begin(int number, Path told) {
                List<String> command = new ArrayList<>(Podman.surroundings());
                command.addAll(podman.command(
                        "run", "-d", "--net", "none", "--name", container(number), "-v", told + ":/told", id));
                return command;
            }

            @Override
            public void end(int number) throws IOException {
                List<String> command = new ArrayList<>(Podman.surroundings());
                command.addAll(podman.command("rm", "-f", "-t", "0", container(number)));
                Programs.run(command);
            }
        };
    }

    private static String container(int number) {
        return "bench-" + ProcessHandle.current().pid() + "-" + number;
    }

    private static Taken measure(Workspace workspace, Engine engine, int count) throws IOException {
        Path told = workspace.directory("told-" + engine.name());
        told.toFile().setWritable(true, false);
        Programs.run(List.of("chmod", "1777", told.toString()));
        Programs.run(List.of("sync"));
        Files.writeString(CACHES, "3\n");
        long free = free();
        List<Integer> begun = new ArrayList<>();
        try {
            for (int number : IntStream.range(0, count).toArray()) {
                begun.add(number);
                List<String> command = new ArrayList<>(engine.begin(number, told));
                command.addAll(List.of("python3", "-c", PROGRAM, container(number)));
                Programs.run(command);
                await(told.resolve(container(number)));
            }
            return taken(count, free);
        } finally {
            for (int number : begun) {
                engine.end(number);
                Files.deleteIfExists(told.resolve(container(number)));
            }
        }
    }

    private static void await(Path file) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(file)) {
            if (System.nanoTime() > end) {
                throw new IOException("a container has not said that it is ready");
            }
            Programs.run(List.of("sleep", "0.02"));
        }
    }

    private static Taken taken(int count, long freeBefore) throws IOException {
        double machine = (freeBefore - free()) / KIBIBYTES / count;
        double around = 0;
        double programs = 0;
        double files = 0;
        for (Path process : processes()) {
            String command = Files.readString(process.resolve("cmdline"));
            Path memory = process.resolve("smaps_rollup");
            if (command.startsWith("python3\0")) {
                programs += Footprint.field(memory, "Pss:");
                files += Footprint.field(memory, "Pss_File:");
            } else {
                around += Footprint.field(memory, "Pss:");
            }
        }
        return new Taken(around / KIBIBYTES / count, programs / KIBIBYTES / count, files / KIBIBYTES, machine);
    }

    /** Those whose command names one of our containers, and, of whatever name, those beneath them and between. */
    private static List<Path> processes() throws IOException {
        String mark = "bench-" + ProcessHandle.current().pid() + "-";
        List<Path> found = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            Path directory = Path.of("/proc", Long.toString(process.pid()));
            boolean ours;
            try (Stream<ProcessHandle> beneath = process.descendants()) {
                ours = process.pid() != 1
                        && !process.equals(ProcessHandle.current())
                        && (names(process, mark) || beneath.anyMatch(one -> names(one, mark)))
                        && !isAbove(process);
            }
            if (ours) {
                found.add(directory);
            }
        }
        return found;
    }

    private static boolean names(ProcessHandle process, String mark) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"))
                    .contains(mark);
        } catch (IOException gone) {
            return false;
        }
    }

    /** Whether this program is beneath a process. */
    private static boolean isAbove(ProcessHandle process) {
        return process.descendants().anyMatch(ProcessHandle.current()::equals);
    }

    private static long free() throws IOException {
        return Footprint.field(Path.of("/proc/meminfo"), "MemFree:");
    }
}
