package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.caisson.image.source.LayoutWriter;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hard links of a layer to files that lower layers have are what {@code umoci unpack} makes of them. */
class LowerLinksTest {
    private static final String BASE = """
            mkdir -p 0/d/deep 0/plain
            head -c 10000 /dev/urandom > 0/d/large; echo small > 0/d/small; : > 0/d/empty
            truncate -s 5M 0/d/sparse; echo data | dd of=0/d/sparse bs=1M seek=2 conv=notrunc status=none
            ln 0/d/large 0/d/deep/large; ln -s large 0/d/link; mkfifo 0/d/pipe; mknod 0/d/null c 1 3
            setfattr -n user.what -v lower 0/d/large; chmod 4711 0/d/small; chown 12:34 0/d/small
            """;

    /** Writes a layer of the entries {@code f NAME}, {@code d NAME} and {@code l NAME TARGET}; what links say of themselves counts for nothing. */
    private static final String LAYER = """
            cat > layer.py <<'END'
            import io, sys, tarfile
            with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as tar:
                for line in sys.stdin:
                    kind, name, *target = line.split()
                    entry = tarfile.TarInfo(name)
                    entry.mtime, entry.mode, entry.uid = 1000, 0o600, 7
                    entry.type = {"f": tarfile.REGTYPE, "d": tarfile.DIRTYPE, "l": tarfile.LNKTYPE}[kind]
                    entry.linkname = "".join(target)
                    entry.size = 3 if kind == "f" else 0
                    tar.addfile(entry, io.BytesIO(b"new"))
            END
            """;

    @TempDir
    private Path directory;

    private ImageStore store;

    @BeforeEach
    void openStore() throws Exception {
        store = ImageStore.open(directory.resolve("store"), new ErofsLayer());
    }

    private StoredImage take(Path archive) throws Exception {
        return new Importer(store, Platform.host(), ImageProgress.SILENT, null)
                .take(archive, Reference.parse("layers"));
    }

    /** A layer, as a shell script that makes it. */
    private static String layer(String name, String entries) {
        return "python3 layer.py " + name + " <<'END'\n" + entries.strip() + "\nEND\n";
    }

    private Path unpack(Path archive) throws Exception {
        Host.run(directory, "skopeo", "copy", "docker-archive:" + archive, "oci:layout:test");
        Host.run(directory, "umoci", "unpack", "--image", "layout:test", "bundle");
        return directory.resolve("bundle/rootfs");
    }

    /** All that is seen of the files of a tree, their numbers of links among the rest, and which of them are one. */
    private String listing(Path top) throws Exception {
        return Host.run(directory, "sh", "-ec", """
                cd "$1"
                find . ! -path . -printf '%p %M %U:%G %T@ %n %l\\n' | sort
                find . ! -type d -printf '%i %p\\n' | sort -k 2 | awk '{ if (!($1 in first)) first[$1] = $2; print first[$1] }'
                find . -type f -exec md5sum {} + | sort -k 2
                find . | sort | xargs -d '\\n' getfattr -d -h -m - 2>/dev/null
                """, "sh", top.toString());
    }

    @Test
    void theyAreLinksToTheVeryFiles() throws Exception {
        String script = BASE + LAYER + layer("1.tar", """
                        l other d/large
                        l small-too d/small
                        l empty-too d/empty
                        l d/deep/small-three d/small
                        l sparse-too d/sparse
                        l plain/link d/link
                        l plain/pipe d/pipe
                        l plain/null d/null
                        l chained other
                        l kept d/small
                        f d/small
                        f d/.wh.sparse
                        """) + layer("2.tar", """
                        l third chained
                        f .wh.chained
                        l replaced d/deep/large
                        d d/deep
                        f d/deep/.wh..wh..opq
                        f d/deep/new
                        """);
        Path archive = LayeredArchive.make(directory, script, 1, "1.tar", "2.tar");
        StoredImage image = take(archive);
        MergedLayers merged;
        try (Work work = store.begin()) {
            work.use(image);
            merged = work.merged(image);
        }
        String shown = Images.mounted(
                merged.file(), top -> listing(Path.of(top)), merged.devices().toArray(Path[]::new));
        assertThat(shown).isEqualTo(listing(unpack(archive))).contains("third").contains("sparse-too");
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "l name nothing",
                "l name d/deep",
                "l name d/large/beneath",
                "f d/.wh.large\nl name d/large",
                "f .wh.d\nl name d/large",
                "d d\nf d/.wh..wh..opq\nl name d/large",
                "f d\nl name d/large"
            })
    void whatIsNotThereOrHiddenAlreadyIsRefusedAsUmociDoes(String entries) throws Exception {
        Path archive = LayeredArchive.make(directory, BASE + LAYER + layer("1.tar", entries), 1, "1.tar");
        assertThatThrownBy(() -> take(archive))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining("name: a link to ");
        assertThatThrownBy(() -> unpack(archive)).isInstanceOf(AssertionError.class);
    }

    @Test
    void anOnlyLayerCannotHaveThem() throws Exception {
        Path archive = LayeredArchive.make(directory, LAYER + layer("0.tar", "l name nothing"), 0, "0.tar");
        assertThatThrownBy(() -> take(archive))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining("its only layer has hard links to files of layers below it");
    }

    @Test
    void theLayerDependsOnItsOwnBytesAlone() throws Exception {
        String above = LAYER + layer("1.tar", "l other d/large");
        StoredImage first = take(LayeredArchive.make(directory, BASE + above, 1, "1.tar"));
        Path layer = store.layer(first.config().diffIds().getLast());
        byte[] bytes = Files.readAllBytes(layer);
        Files.delete(layer);
        StoredImage second = take(LayeredArchive.make(directory, "echo other > 0/d/large\n" + above, 1, "1.tar"));
        assertThat(second.config().diffIds().getFirst())
                .isNotEqualTo(first.config().diffIds().getFirst());
        assertThat(store.layer(second.config().diffIds().getLast()))
                .isEqualTo(layer)
                .hasBinaryContent(bytes);
    }

    @Test
    void theyAreNotExportedAsErofs() throws Exception {
        StoredImage image =
                take(LayeredArchive.make(directory, BASE + LAYER + layer("1.tar", "l other d/large"), 1, "1.tar"));
        assertThatThrownBy(() -> LayoutWriter.withErofsLayers(store, image).writeDirectory(directory.resolve("erofs")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("export the image with --layers original");
    }
}
