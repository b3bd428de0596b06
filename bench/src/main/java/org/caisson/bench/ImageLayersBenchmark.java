package org.caisson.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.erofs.ErofsEntry;
import org.caisson.image.erofs.ErofsImageFile;
import org.caisson.image.erofs.ErofsProfile;
import org.caisson.image.erofs.ErofsWriter;
import org.caisson.linux.StatMode;

/**
 * The measurement that Container FS came with: ten layers of a thousand files of 4,000 bytes, of which those of each layer are opened, read
 * and looked at, once or thirty times.
 */
final class ImageLayersBenchmark implements Benchmark {
    private static final int LAYERS = 10;
    private static final int FILES = 1000;
    private static final int BYTES = 4000;
    private static final List<Integer> REPEATS = List.of(1, 30);
    private static final Path CACHES = Path.of("/proc/sys/vm/drop_caches");

    /** What is done to a file, as {@code files.c} has it. */
    private static final List<String> KINDS = List.of("opens", "reads", "stats");

    /** The layers, shown in one way, with the samples of each measure. */
    private record Contender(String name, Path at, Map<String, Samples> samples) {}

    @Override
    public String name() {
        return "image-layers";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        List<Path> directories = new ArrayList<>();
        List<Path> images = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            directories.addFirst(fill(workspace, layer));
            images.addFirst(image(workspace, layer));
        }
        List<Contender> all = new ArrayList<>();
        all.add(contender("caisson (FUSE)", fuse(workspace, images)));
        all.add(contender("fuse-overlayfs", fuseOverlayfs(workspace, directories)));
        all.add(contender("caisson's EROFS (kernel)", kernel(workspace, images)));
        all.add(contender("overlayfs (kernel)", overlay(workspace, "overlayfs", directories)));
        int rounds = quick ? 1 : 5;
        for (int round = -1; round < rounds; round++) {
            for (int turn = 0; turn < all.size(); turn++) {
                measure(workspace, all.get((turn + round + 1) % all.size()), round >= 0, quick);
            }
        }
        Report report = new Report(name(), quick);
        for (String measure : all.getFirst().samples.keySet()) {
            compare(report, measure, all.get(0), all.get(1));
            compare(report, measure, all.get(2), all.get(3));
        }
        return report.note(LAYERS + " layers of " + FILES + " files of " + BYTES
                + " bytes in one directory; each figure is of a file and an access, the mean of all layers"
                + (quick ? ", where they are accessed 30 times of three." : "."));
    }

    private static void compare(Report report, String measure, Contender ours, Contender peer) {
        report.add(Row.beside(
                ours.name + ": " + measure,
                "ns",
                ours.samples.getOrDefault(measure, new Samples()),
                peer.name,
                peer.samples.getOrDefault(measure, new Samples())));
    }

    private static Contender contender(String name, Path at) {
        return new Contender(name, at, new LinkedHashMap<>());
    }

    private static void measure(Workspace workspace, Contender one, boolean counts, boolean quick) throws IOException {
        for (String kind : KINDS) {
            for (int repeats : counts ? REPEATS : REPEATS.subList(0, 1)) {
                for (boolean cold : List.of(true, false)) {
                    double each = accesses(workspace, one, kind, repeats, cold, quick);
                    if (counts) {
                        String measure = kind + " x " + repeats + (cold ? ", cold" : ", warm");
                        one.samples
                                .computeIfAbsent(measure, name -> new Samples())
                                .add(each);
                    }
                }
            }
        }
    }

    /**
     * The mean of layers. The caches are dropped once, not before each layer: no layer's files are another's, and the kernel goes through
     * all that the machine has cached each time.
     */
    private static double accesses(
            Workspace workspace, Contender one, String kind, int repeats, boolean cold, boolean quick)
            throws IOException {
        List<Path> lists = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer += quick && repeats > 1 ? LAYERS / 2 - 1 : 1) {
            lists.add(list(workspace, one, layer, repeats));
        }
        if (cold) {
            Files.writeString(CACHES, "3\n");
        }
        double sum = 0;
        for (Path list : lists) {
            sum += number(List.of(workspace.program("files"), kind, list.toString()));
        }
        return sum / lists.size();
    }

    private static double number(List<String> command) throws IOException {
        String text = Programs.run(command).strip();
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IOException("files printed " + text, e);
        }
    }

    private static Path list(Workspace workspace, Contender one, int layer, int repeats) throws IOException {
        Path list = workspace.directory("lists").resolve("list-" + layer);
        StringBuilder text = new StringBuilder();
        for (int repeat = 0; repeat < repeats; repeat++) {
            for (int file = 0; file < FILES; file++) {
                text.append(one.at)
                        .append("/files/")
                        .append(layer)
                        .append('-')
                        .append(file)
                        .append('\n');
            }
        }
        Files.writeString(list, text);
        return list;
    }

    private static Path fill(Workspace workspace, int layer) throws IOException {
        Path files = workspace.directory("layer-" + layer + "/files");
        for (int file = 0; file < FILES; file++) {
            Files.write(files.resolve(layer + "-" + file), new byte[BYTES]);
        }
        return workspace.directory("layer-" + layer);
    }

    /** The same files as an image, by what converts layers: ten commands would take longer than all that is measured. */
    private static Path image(Workspace workspace, int layer) throws IOException {
        Path directory = workspace.directory("images");
        Path image = directory.resolve("layer-" + layer);
        ErofsEntry entry = new ErofsEntry();
        try (ErofsImageFile file = ErofsImageFile.in(directory);
                ErofsWriter writer = new ErofsWriter(file, ErofsProfile.DEFAULT, 1L << 30)) {
            entry.mode = StatMode.S_IFDIR | 0755;
            writer.directory("files".getBytes(StandardCharsets.UTF_8), entry);
            entry.mode = StatMode.S_IFREG | 0644;
            for (int number = 0; number < FILES; number++) {
                String path = "files/" + layer + "-" + number;
                writer.file(path.getBytes(StandardCharsets.UTF_8), entry, BYTES, false);
                writer.write(new byte[BYTES], 0, BYTES);
                writer.end();
            }
            writer.finish();
            file.publish(image);
        }
        return image;
    }

    private static Path fuse(Workspace workspace, List<Path> images) throws IOException {
        Path point = workspace.mountPoint("caisson-fuse");
        Server server = workspace.serve(ErofsServerProgram.command(point, images));
        String line = server.receive();
        if (!line.equals("ready")) {
            throw new IOException("our server printed " + line);
        }
        return point;
    }

    private static Path fuseOverlayfs(Workspace workspace, List<Path> directories) throws IOException {
        Path point = workspace.mountPoint("fuse-overlayfs");
        Programs.run(List.of("fuse-overlayfs", "-o", lower(directories), point.toString()));
        return point;
    }

    private static Path kernel(Workspace workspace, List<Path> images) throws IOException {
        List<Path> mounted = new ArrayList<>();
        for (Path image : images) {
            Path point = workspace.mountPoint("erofs-" + mounted.size());
            Programs.run(List.of("mount", "-t", "erofs", "-o", "loop,ro", image.toString(), point.toString()));
            mounted.add(point);
        }
        return overlay(workspace, "erofs-overlay", mounted);
    }

    private static Path overlay(Workspace workspace, String name, List<Path> layers) throws IOException {
        Path point = workspace.mountPoint(name);
        Programs.run(List.of("mount", "-t", "overlay", "-o", lower(layers), "overlay", point.toString()));
        return point;
    }

    private static String lower(List<Path> layers) {
        return "lowerdir="
                + String.join(":", layers.stream().map(Path::toString).toList());
    }
}
