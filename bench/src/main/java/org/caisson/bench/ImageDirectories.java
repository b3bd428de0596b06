package org.caisson.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** One tree of files, and the ways to show it read-only that {@link ImageFilesBenchmark} compares. */
final class ImageDirectories {
    static final int SMALL_FILES = 20_000;
    static final int LISTED = 5_000;

    private static final int A_DIRECTORY = 100;
    private static final int MOST_BYTES = 16_384;
    private static final int MEBIBYTE = 1 << 20;

    private final Workspace workspace;
    private final Path kept;
    private final Path tree;
    private final Path image;

    /**
     * Makes an image of a tree: small files of random sizes up to 16 KiB, a leaf eight directories down, a directory of empty files, and one
     * large file. The tree stays for the next run.
     */
    ImageDirectories(Workspace workspace, int largeMebibytes) throws IOException {
        this.workspace = workspace;
        kept = RealImages.cache().resolve("files-" + largeMebibytes);
        tree = kept.resolve("tree");
        image = workspace.directory("image").resolve("erofs");
        if (!Files.exists(kept.resolve("complete"))) {
            Programs.run(List.of("rm", "-rf", kept.toString()));
            fill(largeMebibytes);
            Programs.run(List.of(
                    "mksquashfs",
                    tree.toString(),
                    kept.resolve("squashfs").toString(),
                    "-comp",
                    "zstd",
                    "-quiet",
                    "-no-progress"));
            Files.createFile(kept.resolve("complete"));
        }
        Path store = workspace.directory("store");
        Programs.run(List.of(
                workspace.caisson(),
                "image",
                "import",
                "-q",
                "--store",
                store.toString(),
                tree.toString(),
                "made/tree"));
        Files.move(RealImages.layers(store).getFirst(), image);
    }

    private void fill(int largeMebibytes) throws IOException {
        Random random = new Random(11);
        byte[] bytes = new byte[MEBIBYTE];
        for (int i = 0; i < SMALL_FILES; i++) {
            Path directory = tree.resolve("small/" + i / A_DIRECTORY);
            if (i % A_DIRECTORY == 0) {
                Files.createDirectories(directory);
            }
            byte[] content = new byte[1 + random.nextInt(MOST_BYTES)];
            random.nextBytes(content);
            Files.write(directory.resolve("file-" + i), content);
        }
        Path deep = Files.createDirectories(tree.resolve("1/2/3/4/5/6/7/8"));
        Files.write(deep.resolve("leaf"), new byte[100]);
        Path many = Files.createDirectory(tree.resolve("many"));
        for (int i = 0; i < LISTED; i++) {
            Files.createFile(many.resolve("file-" + i));
        }
        try (OutputStream large = Files.newOutputStream(tree.resolve("large"))) {
            for (int i = 0; i < largeMebibytes; i++) {
                random.nextBytes(bytes);
                large.write(bytes);
            }
        }
    }

    /** A list of the small files below a place, in an order by chance. */
    Path list(Path top, String name) throws IOException {
        List<Integer> numbers = new java.util.ArrayList<>();
        for (int i = 0; i < SMALL_FILES; i++) {
            numbers.add(i);
        }
        java.util.Collections.shuffle(numbers, new Random(12));
        Path list = workspace.directory("lists").resolve(name);
        try (BufferedWriter out = Files.newBufferedWriter(list)) {
            for (int number : numbers) {
                out.write(top + "/small/" + number / A_DIRECTORY + "/file-" + number + "\n");
            }
        }
        return list;
    }

    Path image() {
        return image;
    }

    /** The directory itself. */
    Path directory() {
        return tree;
    }

    /** The image, served by us over FUSE. */
    Path fuse() throws IOException {
        Path point = workspace.mountPoint("caisson-fuse");
        Server server = workspace.serve(ErofsServerProgram.command(point, List.of(image)));
        String line = server.receive();
        if (!line.equals("ready")) {
            throw new IOException("our server printed " + line);
        }
        return point;
    }

    /** The image, mounted by the kernel from its file. */
    Path kernel() throws IOException {
        Path point = workspace.mountPoint("erofs");
        Programs.run(List.of("mount", "-t", "erofs", "-o", "loop,ro", image.toString(), point.toString()));
        return point;
    }

    Path kernelOverlay() throws IOException {
        Path point = workspace.mountPoint("overlayfs");
        String layers = "lowerdir=" + tree + ":" + workspace.directory("empty");
        Programs.run(List.of("mount", "-t", "overlay", "-o", layers, "overlay", point.toString()));
        return point;
    }

    Path fuseOverlayfs() throws IOException {
        Path point = workspace.mountPoint("fuse-overlayfs");
        Programs.run(List.of("fuse-overlayfs", "-o", "lowerdir=" + tree, point.toString()));
        return point;
    }

    /** The same tree as squashfs, in FUSE. */
    Path squashfuse() throws IOException {
        Path point = workspace.mountPoint("squashfuse");
        Programs.run(List.of("squashfuse_ll", kept.resolve("squashfs").toString(), point.toString()));
        return point;
    }

    Path erofsfuse(String program) throws IOException {
        Path point = workspace.mountPoint("erofsfuse");
        Programs.run(List.of(program, image.toString(), point.toString()));
        return point;
    }
}
