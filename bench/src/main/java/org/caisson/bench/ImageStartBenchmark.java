package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.image.store.ErofsLayer;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;

/** From an image in the store to the first instruction of its program, for images of few and of many layers. */
final class ImageStartBenchmark implements Benchmark {
    private static final double MILLI = 1e6;
    private static final List<Integer> LAYERS = List.of(5, 50);
    /** Makes an image whose first layer is a program; each further one brings a file. */
    private static final String MAKE = """
            cd "$1"
            umoci init --layout layout
            for layers in 5 50; do
                umoci new --image layout:$layers
                number=1
                while [ $number -le $layers ]; do
                    rm -rf root
                    mkdir -p root/data
                    [ $number -gt 1 ] || cp "$2" root/program
                    echo $number >root/data/$number
                    tar -C root -cf layer.tar .
                    umoci raw add-layer --image layout:$layers layer.tar
                    number=$((number + 1))
                done
                umoci config --image layout:$layers --config.entrypoint /program
            done
            """;

    /** One way to start the program. */
    private record Contender(String name, List<String> command, Samples first, Samples whole) {
        Contender(String name, List<String> command) {
            this(name, command, new Samples(), new Samples());
        }

        void run(Workspace workspace, boolean counts) throws IOException {
            List<String> timed = new ArrayList<>(name.equals("caisson run") ? List.of() : Podman.surroundings());
            timed.add(workspace.program("launch"));
            timed.addAll(command);
            long[] figures = Programs.numbers(timed);
            if (counts) {
                first.add(figures[0] / MILLI);
                whole.add(figures[1] / MILLI);
            }
        }
    }

    @Override
    public String name() {
        return "image-start";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        Path made = workspace.directory("made");
        Programs.run(List.of("sh", "-ec", MAKE, "sh", made.toString(), workspace.program("first-instruction")));
        Path layout = made.resolve("layout");
        Path store = workspace.directory("store");
        Podman podman = Podman.in(workspace);
        Report report = new Report(name(), quick);
        for (int layers : LAYERS) {
            String image = "made/" + layers;
            Programs.run(List.of(
                    workspace.caisson(),
                    "image",
                    "import",
                    "-q",
                    "--store",
                    store.toString(),
                    "--select",
                    Integer.toString(layers),
                    layout.toString(),
                    image));
            String id = podman.pull(layout, Integer.toString(layers));
            Contender ours = new Contender(
                    "caisson run",
                    List.of(
                            workspace.caisson(),
                            "run",
                            "--rm",
                            "--network",
                            "none",
                            "--store",
                            store.toString(),
                            image));
            Contender peer = new Contender("podman run", podman.command("run", "--rm", "--net", "none", id));
            int rounds = quick ? 5 : 30;
            for (int round = -1; round < rounds; round++) {
                (round % 2 == 0 ? ours : peer).run(workspace, round >= 0);
                (round % 2 == 0 ? peer : ours).run(workspace, round >= 0);
            }
            report.add(Row.beside(
                            "image of " + layers + " layers to first instruction",
                            "ms",
                            ours.first,
                            "podman, crun",
                            peer.first)
                    .withGoal(1));
            report.add(Row.beside(
                    "image of " + layers + " layers, whole run", "ms", ours.whole, "podman, crun", peer.whole));
        }
        mounting(report, store, quick);
        return report.note("Both without a network, with an overlay that is gone afterwards; in turns.")
                .note(
                        "Mounting: the EROFS file of all layers, a memory layer and an overlay, by the calls that caisson makes, in one process; medians.");
    }

    /** What of a start is due to the layers: mounting them and an overlay above. */
    private static void mounting(Report report, Path store, boolean quick) throws IOException {
        ImageStore images = ImageStore.open(store, new ErofsLayer());
        for (int layers : LAYERS) {
            StoredImage image = images.find("made/" + layers);
            try (Work use = images.begin()) {
                use.use(image);
                Samples samples = LayerMounts.measure(use.merged(image), quick ? 10 : 50);
                report.add(Row.alone("mounting an image of " + layers + " layers and an overlay", "ms", samples));
            }
        }
    }
}
