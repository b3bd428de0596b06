package org.caisson.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.RandomTree;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.difference.TreeListing;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of random trees as programs unpack them that know nothing of us. {@code -Dcaisson.layer.seeds=N} makes more trees. */
class LayerAgainstToolsTest {
    private static final int SEEDS = Integer.getInteger("caisson.layer.seeds", 12);

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();

    /** A tmpfs: other file systems have no room for long attributes. */
    @TempDir
    private Path directory;

    @BeforeEach
    void mountTmpfs() throws IOException {
        MountCalls.mount("none", directory.toString(), "tmpfs", 0, "mode=0755");
    }

    @AfterEach
    void unmount() throws IOException {
        MountCalls.umount2(directory.toString(), MountFlags.MNT_DETACH);
        store.close();
    }

    private TestTree memory() {
        MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
        return new TestTree(vfs, vfs.newMountNamespace(fileSystem).root());
    }

    private static void run(Path in, String... command) throws IOException {
        Path said = Files.createTempFile(in, "said", "");
        Process process = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            int status = process.waitFor();
            assertThat(status).as(() -> read(said)).isZero();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new IOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static Map<String, String> listing(Path root) throws IOException {
        VirtualFileSystem system = new VirtualFileSystem();
        try (HostFileSystem host = HostFileSystem.open(root.toString(), HostOptions.DEFAULT)) {
            return TreeListing.of(
                    new TestTree(system, system.newMountNamespace(host).root()), false);
        }
    }

    @Test
    void umociUnpacksTwoLayersToTheSecondTree() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            TestTree empty = memory();
            TestTree first = memory();
            new RandomTree(first, random).change(70);
            byte[] base = LayerWriterTest.layer(empty, first);
            TestTree second = memory();
            Copies.copy(first, second);
            new RandomTree(second, random).change(50);
            byte[] changes = LayerWriterTest.layer(first, second);

            Path place = Files.createDirectory(directory.resolve("umoci" + seed));
            OciLayout.write(place.resolve("image"), List.of(base, changes));
            run(place, "umoci", "unpack", "--image", "image:test", "bundle");
            assertThat(listing(place.resolve("bundle/rootfs")))
                    .as("seed %d", seed)
                    .isEqualTo(TreeListing.of(second, false));
        }
    }

    @Test
    void tarUnpacksALayerOfNothingButFiles() throws IOException {
        for (int seed = 100; seed < 100 + SEEDS; seed++) {
            TestTree tree = memory();
            new RandomTree(tree, new Random(seed)).change(70);
            Path place = Files.createDirectory(directory.resolve("tar" + seed));
            Path root = Files.createDirectory(place.resolve("root"));
            Files.write(place.resolve("layer.tar"), LayerWriterTest.layer(memory(), tree));
            run(
                    place,
                    "tar",
                    "-x",
                    "-p",
                    "--numeric-owner",
                    "--xattrs",
                    "--xattrs-include=*",
                    "-C",
                    "root",
                    "-f",
                    "layer.tar");
            assertThat(listing(root)).as("seed %d", seed).isEqualTo(TreeListing.of(tree, false));
        }
    }
}
