package org.caisson.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.caisson.linux.StatMode;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.RandomTree;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LayerWriterTest {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private TestTree old;
    private TestTree now;

    @BeforeEach
    void makeTrees() {
        old = memory();
        now = memory();
    }

    @AfterEach
    void freePages() {
        store.close();
    }

    private TestTree memory() {
        MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
        return new TestTree(vfs, vfs.newMountNamespace(fileSystem).root());
    }

    private byte[] layer() throws IOException {
        old.allTimes(5);
        now.allTimes(5);
        return layer(old, now);
    }

    static byte[] layer(TestTree old, TestTree now) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TreeDifference difference =
                TreeDifference.between(old.subtree(), now.subtree(), DifferenceOptions.DEFAULT)) {
            LayerWriter.write(difference, out);
        }
        return out.toByteArray();
    }

    private static List<TarArchiveEntry> entries(byte[] layer) throws IOException {
        List<TarArchiveEntry> entries = new ArrayList<>();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(layer), "UTF-8")) {
            TarArchiveEntry entry = tar.getNextEntry();
            while (entry != null) {
                entries.add(entry);
                entry = tar.getNextEntry();
            }
        }
        return entries;
    }

    private static List<String> names(byte[] layer) throws IOException {
        return entries(layer).stream()
                .map(entry -> entry.getName() + (entry.isLink() ? " = " + entry.getLinkName() : ""))
                .toList();
    }

    @Test
    void whatIsGoneIsAWhiteout() throws IOException {
        old.mkdir("d").write("d/f", "x").mkdir("d/e").write("d/e/f", "x");
        now.mkdir("d");
        assertThat(names(layer())).containsExactly("./", "d/", "d/.wh.e", "d/.wh.f");
    }

    @Test
    void aDirectoryInPlaceOfAFileIsOpaque() throws IOException {
        old.write("d", "x").mkdir("e");
        now.mkdir("d").write("d/f", "x").write("e", "x");
        assertThat(names(layer())).containsExactly("./", "d/", "d/.wh..wh..opq", "d/f", "e");
    }

    @Test
    void allNamesOfAChangedFileAreThere() throws IOException {
        for (TestTree tree : List.of(old, now)) {
            tree.write("b", "x").link("b", "c").write("z", "x");
        }
        now.mkdir("a").link("b", "a/new");
        assertThat(names(layer())).containsExactly("./", "a/", "a/new", "b = a/new", "c = a/new");
    }

    @Test
    void socketsAreLeftOut() throws IOException {
        old.write("f", "x");
        now.mknod("f", StatMode.S_IFSOCK | 0600, 0)
                .mknod("s", StatMode.S_IFSOCK | 0600, 0)
                .link("s", "t");
        assertThat(names(layer())).containsExactly("./", ".wh.f");
    }

    @Test
    void whiteoutsCannotBeFiles() throws IOException {
        now.mkdir("d").write("d/.wh.f", "x");
        assertThatThrownBy(this::layer).isInstanceOf(LayerFormatException.class).hasMessageContaining("d/.wh.f");
        now.remove("d").write(".wh", "x");
        assertThat(names(layer())).containsExactly("./", ".wh");
    }

    @Test
    void attributesThatATarCannotNameAreRefused() throws IOException {
        now.write("f", "x").setXattr("f", "user.a=b", new byte[1]);
        assertThatThrownBy(this::layer).isInstanceOf(LayerFormatException.class).hasMessageContaining("user.a=b");
    }

    @Test
    void extendedHeadersTellWhatAPlainOneCannot() throws IOException {
        String name = "\u00c3\u00a4".repeat(100);
        now.write(name, "x")
                .chown(name, -3, 2_097_152)
                .symlink("l", "t".repeat(300))
                .mkdir("m".repeat(200));
        now.setXattr(name, "user.binary", new byte[] {0, '\n', (byte) 0xff});
        old.allTimes(5);
        now.allTimes(5).times(name, -2, 500_000_000).times("l", 1L << 33, 7);
        List<TarArchiveEntry> entries = entries(layer(old, now));
        TarArchiveEntry file = entries.get(3);
        assertThat(file.getName())
                .isEqualTo(new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
        assertThat(file.getLongUserId()).isEqualTo(4_294_967_293L);
        assertThat(file.getLongGroupId()).isEqualTo(2_097_152);
        assertThat(file.getLastModifiedTime().toInstant().toString()).isEqualTo("1969-12-31T23:59:58.500Z");
        TarArchiveEntry link = entries.get(1);
        assertThat(link.getLinkName()).isEqualTo("t".repeat(300));
        assertThat(link.getLastModifiedTime().toInstant()).isEqualTo(Instant.ofEpochSecond(1L << 33, 7));
        assertThat(entries.get(2).getName()).isEqualTo("m".repeat(200) + "/");
    }

    @Test
    void theSameChangesGiveTheSameBytes() throws IOException {
        for (int seed = 0; seed < 10; seed++) {
            byte[] first = grown(seed);
            byte[] second = grown(seed);
            assertThat(second).as("seed %d", seed).isEqualTo(first);
        }
    }

    private byte[] grown(int seed) throws IOException {
        Random random = new Random(seed);
        TestTree tree = memory();
        new RandomTree(tree, random).change(60);
        return layer(memory().allTimes(7), tree.allTimes(6));
    }
}
