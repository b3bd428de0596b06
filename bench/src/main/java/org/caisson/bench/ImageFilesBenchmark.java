package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What programs do with the files of an image, served by us over FUSE, and beside that by others and by the kernel. */
final class ImageFilesBenchmark implements Benchmark {
    private static final Path CACHES = Path.of("/proc/sys/vm/drop_caches");

    /**
     * A thing to do, what it is told as, and how.
     *
     * @param cold whether the kernel's caches are emptied before
     * @param words arguments of {@code files.c}, or a command of the shell; {@code {}} is the mount point, {@code {list}} the list
     */
    private record Kind(String measure, String unit, boolean cold, boolean shell, List<String> words) {
        static Kind of(String measure, String unit, String... words) {
            return new Kind(measure, unit, false, false, List.of(words));
        }

        static Kind cold(String measure, String unit, String... words) {
            return new Kind(measure, unit, true, false, List.of(words));
        }

        static Kind shell(String measure, boolean cold, String script) {
            return new Kind(measure, "ms", cold, true, List.of(script));
        }

        boolean moreIsBetter() {
            return unit.equals("MiB/s");
        }
    }

    private static final String NANOS = "ns";
    private static final String RATE = "MiB/s";
    private static final String LEAF = "{}/1/2/3/4/5/6/7/8/leaf";
    private static final String LARGE = "{}/large";
    private static final String FIND = "find {} -ls >/dev/null";

    private static final List<Kind> KINDS = List.of(
            Kind.of("stat, 8 directories down", NANOS, "stat", LEAF, "100000"),
            Kind.of("stat of missing names", NANOS, "miss", "{}/many", "20000"),
            Kind.of("open and close, 8 directories down", NANOS, "open", LEAF, "50000"),
            Kind.cold("stat of 20,000 files, cold", NANOS, "stats", "{list}"),
            Kind.of("stat of 20,000 files, warm", NANOS, "stats", "{list}"),
            Kind.cold("read of 20,000 files, cold", NANOS, "reads", "{list}"),
            Kind.of("read of 20,000 files, warm", NANOS, "reads", "{list}"),
            Kind.of("list of 5,000 names, for each", NANOS, "list", "{}/many"),
            Kind.shell("find -ls", false, FIND),
            Kind.shell("find -ls, cold", true, FIND),
            Kind.shell("tar of the small files", false, "tar -cf - -C {} small | cat >/dev/null"),
            Kind.cold("stream, cold", RATE, "stream", LARGE),
            Kind.of("stream, warm", RATE, "stream", LARGE),
            Kind.of("pread of 4 KiB anywhere, warm", NANOS, "hop", LARGE, "100000"),
            Kind.of("map in order, warm", RATE, "map", LARGE),
            Kind.of("map anywhere, warm", NANOS, "touch", LARGE, "100000"),
            Kind.cold("pread of 4 KiB anywhere, cold", NANOS, "hop", LARGE, "2000"),
            Kind.cold("map anywhere, cold", NANOS, "touch", LARGE, "2000"));

    /** One way to show the tree. */
    private record Contender(String name, Path at, Path list, List<Samples> samples) {}

    @Override
    public String name() {
        return "image-files";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        ImageDirectories made = new ImageDirectories(workspace, quick ? 128 : 1024);
        Map<String, Path> places = new LinkedHashMap<>();
        places.put("caisson (FUSE)", made.fuse());
        places.put("fuse-overlayfs", made.fuseOverlayfs());
        places.put("squashfuse_ll", made.squashfuse());
        String erofsfuse = System.getenv().getOrDefault("EROFSFUSE", "erofsfuse");
        boolean has = Programs.isThere(erofsfuse);
        if (has) {
            places.put("erofsfuse", made.erofsfuse(erofsfuse));
        }
        places.put("EROFS (kernel)", made.kernel());
        places.put("overlayfs (kernel)", made.kernelOverlay());
        places.put("ext4 directory", made.directory());
        List<Contender> all = new ArrayList<>();
        for (Map.Entry<String, Path> place : places.entrySet()) {
            List<Samples> samples = new ArrayList<>();
            KINDS.forEach(kind -> samples.add(new Samples()));
            Path list = made.list(place.getValue(), "list-" + all.size());
            all.add(new Contender(place.getKey(), place.getValue(), list, samples));
        }
        int rounds = quick ? 1 : 5;
        for (int round = -1; round < rounds; round++) {
            for (int turn = 0; turn < all.size(); turn++) {
                Contender one = all.get((turn + round + 1) % all.size());
                for (int kind = 0; kind < KINDS.size(); kind++) {
                    double figure = measure(workspace, KINDS.get(kind), one);
                    if (round >= 0) {
                        one.samples.get(kind).add(figure);
                    }
                }
            }
        }
        Report report = report(all, quick, rounds);
        return has ? report : report.note("erofsfuse is not here: EROFSFUSE may name one.");
    }

    private static double measure(Workspace workspace, Kind kind, Contender one) throws IOException {
        if (kind.cold) {
            Programs.run(List.of("sync"));
            Files.writeString(CACHES, "3\n");
        }
        List<String> command = new ArrayList<>();
        command.addAll(kind.shell ? List.of("sh", "-c") : List.of(workspace.program("files")));
        for (String word : kind.words) {
            command.add(word.replace("{list}", one.list.toString()).replace("{}", one.at.toString()));
        }
        if (!kind.shell) {
            String text = Programs.run(command).strip();
            try {
                return Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw new IOException("files printed " + text, e);
            }
        }
        long start = System.nanoTime();
        Programs.run(command);
        return (System.nanoTime() - start) / 1e6;
    }

    private static Report report(List<Contender> all, boolean quick, int rounds) {
        Report report = new Report("image-files", quick);
        Contender ours = all.getFirst();
        for (int kind = 0; kind < KINDS.size(); kind++) {
            for (Contender peer : all.subList(1, all.size())) {
                Kind what = KINDS.get(kind);
                String measure = what.measure + (what.moreIsBetter() ? " (more is better)" : "");
                report.add(Row.beside(measure, what.unit, ours.samples.get(kind), peer.name, peer.samples.get(kind)));
            }
        }
        return report.note("The same tree behind all; medians of " + rounds
                        + " rounds that take turns in changing order, after one that is not counted.")
                .note(
                        "Cold: the caches of the kernel were emptied before; those of servers in their own memory were not, nor are pages that they map.");
    }
}
