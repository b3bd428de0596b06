package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.erofs.ImageFacts;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All layers of an image in one mount are what overlayfs makes of one mount a layer. */
class MergedLayersTest {
    @TempDir
    private Path directory;

    /** Files of a layer each are beneath a directory of its number. */
    private static final String SCRIPT = """
            mkdir -p 0/keep/deep 0/gone 0/covered/sub 0/turns/sub 0/many 0/opened 0/again
            head -c 10000 /dev/urandom > 0/keep/large
            head -c 8192 /dev/urandom > 0/keep/whole
            echo small > 0/keep/small
            : > 0/keep/empty
            ln 0/keep/large 0/keep/deep/linked
            ln 0/keep/large 0/gone/linked
            ln 0/keep/small 0/keep/deep/small
            echo below > 0/covered/file
            echo below > 0/covered/sub/file
            echo below > 0/turns/sub/file
            echo file > 0/becomes
            echo below > 0/again/file
            for i in $(seq 700); do echo $i > 0/many/a-file-with-a-long-name-number-$i; done
            truncate -s 5M 0/keep/sparse; echo data | dd of=0/keep/sparse bs=1M seek=2 conv=notrunc status=none
            mknod 0/keep/null c 1 3; mkfifo 0/keep/pipe; ln -s ../keep/large 0/keep/link
            setfattr -n user.what -v lower 0/keep/large
            setfattr -n user.what -v lower 0/opened
            setcap cap_net_raw+ep 0/keep/whole
            setfacl -m u:65534:r 0/keep/small
            chmod 4755 0/keep/whole; chown 12:34 0/keep/small; touch -d '2001-02-03 04:05:06.789' 0/keep/small

            mkdir -p 1/many 1/covered 1/opened 1/becomes
            : > 1/.wh.gone; : > 1/.wh.again; : > 1/covered/.wh..wh..opq
            echo above > 1/covered/file2
            for i in $(seq 1 3 700); do : > 1/many/.wh.a-file-with-a-long-name-number-$i; done
            echo inside > 1/becomes/inside
            setfattr -n user.what -v upper 1/opened
            echo file > 1/turns

            mkdir -p 2/gone 2/keep 2/again/new
            echo new > 2/gone/new
            ln 2/gone/new 2/keep/new
            : > 2/keep/.wh.empty
            head -c 5000 /dev/urandom > 2/keep/whole
            chmod 0700 2/keep; chown 5:6 2/keep

            mkdir -p 3/keep/deep 3/turns/dir
            : > 3/keep/deep/.wh.linked; : > 3/keep/.wh.large; : > 3/.wh.nothing
            head -c 70000 /dev/urandom > 3/turns/dir/file
            """;

    @Test
    void mergedLayersAreTheTreeThatOverlayfsShows() throws Exception {
        ImageStore store = ImageStore.open(directory.resolve("store"), new ErofsLayer());
        StoredImage image = importLayers(store);
        MergedLayers merged;
        try (Work work = store.begin()) {
            work.use(image);
            merged = work.merged(image);
        }
        assertThat(Files.size(merged.file())).isLessThan(200_000);
        fsck(merged);
        SortedMap<String, String> ours;
        try (ErofsFileSystem read = Images.open(merged.file(), merged.devices().toArray(Path[]::new))) {
            ours = ImageFacts.ofOurs(read);
        }
        SortedMap<String, String> kernels = Images.mounted(
                merged.file(), ImageFacts::ofKernel, merged.devices().toArray(Path[]::new));
        assertThat(ours).isEqualTo(kernels);
        assertThat(Images.mounted(
                        merged.file(), MergedLayersTest::tree, merged.devices().toArray(Path[]::new)))
                .isEqualTo(overlay(store, image));
    }

    @Test
    void whatIsMergedIsCollectedAndMadeAgainWithTheSameBytes() throws Exception {
        ImageStore store = ImageStore.open(directory.resolve("store"), new ErofsLayer());
        StoredImage image = importLayers(store);
        MergedLayers merged = use(store, image);
        byte[] first = Files.readAllBytes(merged.file());
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        store.collect();
        assertThat(merged.file()).exists();
        Files.delete(merged.file());
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        assertThat(use(store, image)).isEqualTo(merged);
        assertThat(merged.file()).hasBinaryContent(first);
        Files.write(merged.file(), new byte[] {1});
        assertThat(store.verify(image, ImageProgress.SILENT))
                .singleElement()
                .asString()
                .contains("merged layers");
        store.remove(image.name());
        store.collect();
        assertThat(merged.file()).doesNotExist();
        assertThatThrownBy(() -> use(store, image)).hasMessageContaining("it was removed");
    }

    @Test
    void aLayerThatWasLostIsConvertedAgain() throws Exception {
        ImageStore store = ImageStore.open(directory.resolve("store"), new ErofsLayer());
        StoredImage image = importLayers(store);
        Path layer = store.layer(image.config().diffIds().get(1));
        byte[] before = Files.readAllBytes(layer);
        Files.delete(layer);
        use(store, image);
        assertThat(layer).hasBinaryContent(before);
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
    }

    @Test
    void aDirectoryOfWhichALayerSaysNothingIsWhatTheLayersBeneathSay() throws Exception {
        String script = """
                mkdir -p 0/dir/sub; chmod 0750 0/dir; chown 7:8 0/dir; setfattr -n user.x -v y 0/dir; chmod 1777 0
                mkdir -p 1/dir; echo new > 1/dir/file; tar -C 1 -cf only.tar dir/file
                """;
        Path archive = LayeredArchive.make(directory, script, 1, "only.tar");
        ImageStore store = ImageStore.open(directory.resolve("store"), new ErofsLayer());
        StoredImage image = new Importer(store, Platform.host(), ImageProgress.SILENT, null)
                .take(archive, Reference.parse("layers"));
        MergedLayers merged = use(store, image);
        SortedMap<String, String> tree = Images.mounted(
                merged.file(), MergedLayersTest::tree, merged.devices().toArray(Path[]::new));
        assertThat(tree).containsOnlyKeys("", "dir", "dir/sub", "dir/file");
        assertThat(tree.get("")).startsWith("41777 ");
        assertThat(tree.get("dir")).startsWith("40750 ").contains("owner 7:8").contains("user.x=79");
    }

    private static MergedLayers use(ImageStore store, StoredImage image) throws IOException {
        try (Work work = store.begin()) {
            work.use(image);
            return work.merged(image);
        }
    }

    /** An image of four layers, each of which changes what those beneath it have. */
    private StoredImage importLayers(ImageStore store) throws Exception {
        Path archive = LayeredArchive.make(directory, SCRIPT, 4);
        return new Importer(store, Platform.host(), ImageProgress.SILENT, null)
                .take(archive, Reference.parse("layers"));
    }

    private static void fsck(MergedLayers merged) throws IOException {
        List<String> command = new ArrayList<>(List.of("fsck.erofs"));
        merged.devices().forEach(device -> command.add("--device=" + device));
        command.add(merged.file().toString());
        Images.run(command.toArray(String[]::new));
    }

    /** What overlayfs and a merged image must agree on: not numbers of inodes, nor of names, of which overlayfs counts hidden ones. */
    private static SortedMap<String, String> tree(String top) throws Exception {
        SortedMap<String, String> facts = new TreeMap<>();
        ImageFacts.ofKernel(top).forEach((path, line) -> facts.put(path, comparable(line)));
        return facts;
    }

    private static String comparable(String line) {
        boolean isDirectory = line.startsWith("4");
        return line.replaceAll("inode \\d+ links \\d+", "")
                .replaceAll("blocks \\d+\\*\\d+", "")
                .replaceAll(" birth [0-9.]+", "")
                .replaceAll("(?s)\n  entries .*", "")
                .replaceAll(isDirectory ? "size \\d+" : "no size", "");
    }

    private SortedMap<String, String> overlay(ImageStore store, StoredImage image) throws Exception {
        List<Path> places = new ArrayList<>();
        try {
            List<String> lower = new ArrayList<>();
            for (Digest diffId : image.config().diffIds()) {
                Path place = Files.createDirectory(directory.resolve("lower" + lower.size()));
                MountCalls.mount(store.layer(diffId).toString(), place.toString(), "erofs", MountFlags.MS_RDONLY, "");
                places.add(place);
                lower.add(place.toString());
            }
            Collections.reverse(lower);
            Path top = Files.createDirectory(directory.resolve("top"));
            String options = "lowerdir=" + String.join(":", lower);
            MountCalls.mount("overlay", top.toString(), "overlay", MountFlags.MS_RDONLY, options);
            places.add(top);
            return tree(top.toString());
        } finally {
            Collections.reverse(places);
            for (Path place : places) {
                MountCalls.umount2(place.toString(), MountFlags.MNT_DETACH);
            }
        }
    }
}
