package org.caisson.image.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.caisson.image.store.Host;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.ImageFacts;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that say more than there is, or something that other readers understand otherwise. */
class HostileTarTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path directory;

    private Path image(byte[] tar) throws IOException {
        Path image = directory.resolve("image");
        Files.deleteIfExists(image);
        try (ErofsImageFile file = ErofsImageFile.in(directory);
                ErofsWriter writer = new ErofsWriter(file, ErofsProfile.DEFAULT, Long.MAX_VALUE)) {
            TarImport.layer(new ByteArrayInputStream(tar), writer);
            writer.finish();
            file.publish(image);
        }
        return image;
    }

    private void refused(byte[] tar, String why) {
        assertThatThrownBy(() -> image(tar))
                .isInstanceOf(ErofsFormatException.class)
                .hasMessageContaining(why);
    }

    private SortedMap<String, String> tree(TarBytes tar) throws Exception {
        return Images.mounted(image(tar.end()), ImageFacts::ofKernel);
    }

    @ParameterizedTest
    @ValueSource(chars = {'x', 'L', 'K'})
    void headersOfOneMemberHaveAnEnd(char type) {
        TarBytes tar = new TarBytes();
        byte[] record = (MIB + " comment=" + "a".repeat(MIB))
                .substring(0, MIB - 1)
                .concat("\n")
                .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 17; i++) {
            tar.member(type, "header", record);
        }
        refused(tar.file("file", "text").end(), "extended tar headers of more than");
    }

    @Test
    void manyMembersMayHaveLargeHeaders() throws Exception {
        TarBytes tar = new TarBytes();
        for (int i = 0; i < 40; i++) {
            tar.extended('x', "comment", "a".repeat(MIB)).file("file" + i, "text");
        }
        assertThat(tree(tar)).hasSize(41);
    }

    @Test
    void recordsOfOneMemberHaveAnEnd() {
        TarBytes tar = new TarBytes();
        byte[] records = "5 a=\n".repeat(MIB / 5).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 3; i++) {
            tar.member('x', "header", records);
        }
        refused(tar.file("file", "text").end(), "records");
    }

    @Test
    void aLaterGlobalRecordTakesThePlaceOfAnEarlierOne() throws Exception {
        TarBytes often = new TarBytes();
        for (int i = 0; i < 1000; i++) {
            often.extended('g', "uid", Integer.toString(i), "mtime", "7");
        }
        TarBytes once = new TarBytes().extended('g', "mtime", "7", "uid", "999");
        assertThat(tree(often.file("file", "text"))).isEqualTo(tree(once.file("file", "text")));
    }

    @Test
    void globalRecordsHaveAnEnd() {
        TarBytes many = new TarBytes();
        for (int i = 0; i < 200; i++) {
            many.extended('g', "SCHILY.xattr.user." + i, "value");
        }
        refused(many.file("file", "text").end(), "global tar headers");
        refused(new TarBytes().extended('g', "comment", "a".repeat(MIB)).end(), "global tar headers");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 64, (1L << 44) + 1})
    void sizesThatNoImageCanHoldAreRefused(long size) {
        refused(
                new TarBytes()
                        .extended('x', "size", Long.toString(size))
                        .file("file", "text")
                        .end(),
                "no image can hold");
        TarBytes sparse = new TarBytes()
                .extended('x', "GNU.sparse.size", Long.toString(size), "GNU.sparse.map", "0,4")
                .file("file", "text");
        refused(sparse.end(), "no image can hold");
    }

    @Test
    void theLargestSparseFileIsAsLongAsItSays() throws Exception {
        long size = 1L << 44;
        String map = "0,2," + (size - 2) + ",2";
        TarBytes tar = new TarBytes()
                .extended('x', "GNU.sparse.size", Long.toString(size), "GNU.sparse.map", map)
                .file("file", "text");
        Path image = image(tar.end());
        Images.mounted(image, mountPoint -> {
            Path file = Path.of(mountPoint, "file");
            assertThat(Files.size(file)).isEqualTo(size);
            assertThat(Host.run(directory, "tail", "-c", "3", file.toString())).isEqualTo("\0xt");
            return true;
        });
    }

    /** As in Python's reader, of which the list comes. */
    @ParameterizedTest
    @ValueSource(chars = {'1', '2', '3', '4', '5', '6'})
    void membersWithoutDataHaveNoneWhateverIsSaidOfTheirSize(char type) throws Exception {
        byte[] tar = new TarBytes()
                .file("first", "text")
                .header(type, "second", 1024, "first")
                .file("third", "text")
                .extended('x', "size", "2048")
                .header(type, "fourth", 0, "first")
                .file("fifth", "text")
                .end();
        Files.write(directory.resolve("tar"), tar);
        List<String> names = Host.run(
                        directory, "python3", "-c", "import tarfile; print('\\n'.join(tarfile.open('tar').getnames()))")
                .lines()
                .toList();
        SortedMap<String, String> tree = Images.mounted(image(tar), ImageFacts::ofKernel);
        for (String name : names) {
            assertThat(tree.keySet()).anySatisfy(path -> assertThat(path).endsWith(name));
        }
        assertThat(tree).hasSize(names.size() + 1);
    }

    @Test
    void attributesOfUnknownKindsAreLeftOut() throws Exception {
        Map<String, String> told = new TreeMap<>();
        told.put("com.apple.quarantine", "0081");
        told.put("system.nfs4_acl", "x");
        told.put("user.kept", "value");
        TarBytes tar = new TarBytes();
        TarBytes only = new TarBytes().extended('x', "SCHILY.xattr.user.kept", "value");
        tar.extended(
                'x',
                told.entrySet().stream()
                        .flatMap(one -> java.util.stream.Stream.of("SCHILY.xattr." + one.getKey(), one.getValue()))
                        .toArray(String[]::new));
        assertThat(tree(tar.file("file", "text"))).isEqualTo(tree(only.file("file", "text")));
    }

    @Test
    void anImageIsNoEmptyArchive() throws Exception {
        byte[] image =
                Files.readAllBytes(image(new TarBytes().file("file", "text").end()));
        refused(image, "EROFS image");
        byte[] zeros = image.clone();
        zeros[ErofsLayout.SUPERBLOCK] = 0;
        assertThat(Images.mounted(image(zeros), ImageFacts::ofKernel)).hasSize(1);
        assertThat(Images.mounted(image(new byte[0]), ImageFacts::ofKernel)).hasSize(1);
        assertThat(Images.mounted(image(new byte[1024]), ImageFacts::ofKernel)).hasSize(1);
    }

    @Test
    void aMapOfPiecesThatIsNoneIsRefused() {
        for (String map : new String[] {"", "0", "0,", "0,4,", ",", "0,x", "4,0"}) {
            TarBytes tar = new TarBytes()
                    .extended('x', "GNU.sparse.size", "10000", "GNU.sparse.map", map)
                    .file("file", "text");
            assertThatThrownBy(() -> image(tar.end())).as(map).isInstanceOf(ErofsFormatException.class);
        }
    }
}
