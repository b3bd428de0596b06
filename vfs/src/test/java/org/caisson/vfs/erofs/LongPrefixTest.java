package org.caisson.vfs.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Names of attributes that begin with a prefix of the image's own table, which Linux 6.4 and later know. As mkfs.erofs writes such only from
 * 1.7 on, an image is changed to have them.
 */
class LongPrefixTest {
    private static final String PREFIX = "some.long.prefix.";
    private static final String NAME = "one";
    private static final int TABLE = 64;

    @TempDir
    private Path directory;

    private static int find(byte[] bytes, String text) {
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        assertThat(all.indexOf(text)).isPositive().isEqualTo(all.lastIndexOf(text));
        return all.indexOf(text);
    }

    /** Has the entry name its prefix by number; what the name gives up goes to the value. */
    private static void shorten(byte[] bytes) {
        MemorySegment image = MemorySegment.ofArray(bytes);
        int name = find(bytes, PREFIX + NAME);
        int entry = name - ErofsLayout.XATTR_ENTRY;
        int size = bytes[entry + ErofsLayout.XATTR_VALUE_SIZE] & 0xFF;
        bytes[entry] = (byte) NAME.length();
        bytes[entry + ErofsLayout.XATTR_INDEX] = (byte) ErofsLayout.XATTR_LONG_PREFIX;
        bytes[entry + ErofsLayout.XATTR_VALUE_SIZE] = (byte) (size + PREFIX.length());
        System.arraycopy(NAME.getBytes(StandardCharsets.ISO_8859_1), 0, bytes, name, NAME.length());

        // The first kilobyte is nobody's: the table lies there.
        image.set(ErofsLayout.U16, TABLE, (short) (1 + PREFIX.length()));
        bytes[TABLE + Short.BYTES] = ErofsLayout.XATTR_USER;
        System.arraycopy(
                PREFIX.getBytes(StandardCharsets.ISO_8859_1), 0, bytes, TABLE + Short.BYTES + 1, PREFIX.length());
        MemorySegment block = image.asSlice(ErofsLayout.SUPERBLOCK, 4096 - ErofsLayout.SUPERBLOCK);
        block.set(
                ErofsLayout.U32,
                ErofsLayout.SB_FEATURE_INCOMPAT,
                block.get(ErofsLayout.U32, ErofsLayout.SB_FEATURE_INCOMPAT) | ErofsLayout.INCOMPAT_XATTR_PREFIXES);
        bytes[ErofsLayout.SUPERBLOCK + ErofsLayout.SB_PREFIX_COUNT] = 1;
        block.set(ErofsLayout.U32, ErofsLayout.SB_PREFIX_START, TABLE / Integer.BYTES);
        block.set(ErofsLayout.U32, ErofsLayout.SB_CHECKSUM, ErofsLayout.checksum(block));
    }

    @Test
    void attributesWithALongPrefixAreSeenAsByTheKernel() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Files.writeString(tree.resolve("file"), "content");
        Images.run("setfattr", "-n", "user." + PREFIX + NAME, "-v", "a value of the attribute", tree + "/file");
        Images.run("setfattr", "-n", "user.other", "-v", "another", tree + "/file");
        Path image = Images.make(directory.resolve("image"), tree);
        byte[] bytes = Files.readAllBytes(image);
        shorten(bytes);
        Files.write(image, bytes);
        Images.assertSeenAlike(image);
        SortedMap<String, String> seen = Images.mounted(image, ImageFacts::ofKernel);
        assertThat(seen.get("file")).contains("user." + PREFIX + NAME + "=").contains("user.other=");
    }
}
