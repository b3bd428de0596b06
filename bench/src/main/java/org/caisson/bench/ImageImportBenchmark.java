package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An image of several layers of Debian packages: how long it takes to be made ready to run, and what it takes on the disk. */
final class ImageImportBenchmark implements Benchmark {
    private static final String IMAGE = "tools";
    private static final long SQUASHING_SECONDS = 600;
    private static final double MEBIBYTE = 1 << 20;
    private static final String LIKE_OURS = "mkfs.erofs and all";

    /** {@code mkfs.erofs} reads tar archives from version 1.7 on. */
    private static final String MKFS = System.getenv().getOrDefault("MKFS_EROFS", "mkfs.erofs");

    /** Makes the image ready in an empty directory, which is its last argument. */
    private record Contender(String name, List<String> command, Samples seconds) {
        void run(Workspace workspace) throws IOException {
            Path target = workspace.directory("target");
            List<String> whole = new ArrayList<>(command);
            whole.add(target.toString());
            Programs.run(List.of("sync"));
            long start = System.nanoTime();
            Programs.run(whole);
            seconds.add((System.nanoTime() - start) / 1e9);
        }
    }

    @Override
    public String name() {
        return "image-import";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        String layout = RealImages.layout(workspace.home(), IMAGE).toString();
        List<Contender> peers = new ArrayList<>();
        Contender ours = new Contender(
                "caisson",
                shell(
                        "exec \"$0\" image import -q --select " + IMAGE + " --store \"$2\" \"$1\" real/tools",
                        layout,
                        workspace),
                new Samples());
        peers.add(new Contender(
                "umoci unpack",
                shell("exec umoci unpack --image \"$1:" + IMAGE + "\" \"$2/bundle\"", layout, workspace),
                new Samples()));
        peers.add(new Contender("podman pull", podman(layout, workspace), new Samples()));
        Report report = new Report(name(), quick);
        boolean packs = Programs.run(List.of("sh", "-c", "\"$0\" --help 2>&1 || true", MKFS))
                .contains("--tar");
        if (packs) {
            peers.add(new Contender("mkfs.erofs --tar", mkfs(layout, workspace), new Samples()));
            peers.add(new Contender(LIKE_OURS, likeOurs(layout), new Samples()));
        } else {
            report.note("mkfs.erofs here reads no tar archives: MKFS_EROFS may name a newer one.");
        }
        List<Contender> all = new ArrayList<>(peers);
        all.addFirst(ours);
        // Who comes first would else wait for the disk, and the others would not.
        Programs.run(shell("cat \"$1\"/blobs/sha256/* >/dev/null", layout, workspace));
        List<Samples> sizes = new ArrayList<>();
        int rounds = quick ? 1 : 5;
        for (int round = 0; round < rounds; round++) {
            for (int turn = 0; turn < all.size(); turn++) {
                Contender one = all.get((turn + round) % all.size());
                one.run(workspace);
                Path target = workspace.directory("target");
                if (round == 0) {
                    sizes.add(size(one, target));
                }
                Programs.run(List.of("rm", "-rf", target.toString()));
            }
        }
        for (Contender peer : peers) {
            report.add(Row.beside("import of 6 layers", "s", ours.seconds, peer.name, peer.seconds)
                    .withGoal(1));
        }
        for (int i = 1; i < all.size(); i++) {
            if (!all.get(i).name.equals(LIKE_OURS)) {
                report.add(Row.beside(
                        "size on disk, ready to run", "MiB", sizes.getFirst(), all.get(i).name, sizes.get(i)));
            }
        }
        if (!quick || Files.exists(squashfs())) {
            report.add(Row.beside(
                    "size on disk, ready to run",
                    "MiB",
                    sizes.getFirst(),
                    "squashfs, zstd",
                    squashed(workspace, layout)));
        }
        return report.note(
                        "The same layout of gzip layers for all, in the page cache, in turns, " + rounds
                                + " rounds; ours keeps the layers as they came, too (not in its size), computes every digest and waits for the disk.")
                .note(
                        "podman: pull of the layout into an overlay store, which checks digests. mkfs.erofs: layer by layer, with --aufs --ungzip, and no more.")
                .note(
                        "mkfs.erofs and all: what ours does, with tools: two layers at once are copied, hashed, unpacked by gzip, hashed again, and converted; then sync.");
    }

    private static List<String> shell(String script, String layout, Workspace workspace) {
        return List.of("sh", "-c", script, workspace.caisson(), layout);
    }

    private static List<String> podman(String layout, Workspace workspace) {
        return shell(
                "exec unshare -m podman --root \"$2/root\" --runroot \"$2/run\" --storage-driver overlay pull -q \"oci:$1:"
                        + IMAGE + "\"",
                layout,
                workspace);
    }

    private static List<String> mkfs(String layout, Workspace workspace) {
        String script = """
                set -e
                for layer in $(skopeo inspect --format '{{range .Layers}}{{.}} {{end}}' "oci:$1:tools"); do
                    hex=${layer#sha256:}
                    "${MKFS_EROFS:-mkfs.erofs}" --quiet --tar=f --aufs --ungzip "$2/$hex" "$1/blobs/sha256/$hex"
                done
                """;
        return shell(script, layout, workspace);
    }

    /** Keeps the blob, computes both digests, converts, and waits for the disk; the last argument is the directory. */
    private static List<String> likeOurs(String layout) {
        String script = """
                set -euo pipefail
                one() {
                    hex=${3#sha256:}
                    cp "$1/blobs/sha256/$hex" "$2/$hex.blob"
                    sha256sum <"$2/$hex.blob" | grep -q "^$hex"
                    gzip -dc <"$2/$hex.blob" | tee >(sha256sum >"$2/$hex.diff") |
                        "${MKFS_EROFS:-mkfs.erofs}" --quiet --tar=f --aufs "$2/$hex"
                }
                export -f one
                skopeo inspect --format '{{range .Layers}}{{println .}}{{end}}' "oci:$1:tools" | grep . |
                    xargs -P 2 -I{} bash -euo pipefail -c 'one "$@"' one "$1" "$2" {}
                sync -f "$2"
                """;
        return List.of("bash", "-c", script, "like-ours", layout);
    }

    private static Samples size(Contender one, Path target) throws IOException {
        Samples size = new Samples();
        double bytes = 0;
        if (one.name.equals("caisson")) {
            for (Path layer : RealImages.layers(target)) {
                bytes += Files.size(layer);
            }
        } else {
            String told = Programs.run(List.of("du", "-s", "--block-size=1", target.toString()));
            bytes = Double.parseDouble(told.split("\t", 2)[0]);
        }
        size.add(bytes / MEBIBYTE);
        return size;
    }

    private static Path squashfs() {
        return RealImages.cache().resolve(IMAGE + ".squashfs");
    }

    /** Made once and kept, for it takes longer than all else. */
    private static Samples squashed(Workspace workspace, String layout) throws IOException {
        Path packed = squashfs();
        if (!Files.exists(packed)) {
            String script = """
                    umoci unpack --image "$1:$2" "$0/bundle"
                    mksquashfs "$0/bundle/rootfs" "$0/squashfs" -comp zstd -quiet -no-progress
                    mv "$0/squashfs" "$3"
                    rm -rf "$0/bundle"
                    """;
            String target = workspace.directory("squashed").toString();
            Programs.run(List.of("sh", "-ec", script, target, layout, IMAGE, packed.toString()), SQUASHING_SECONDS);
        }
        Samples size = new Samples();
        size.add(Files.size(packed) / MEBIBYTE);
        return size;
    }
}
