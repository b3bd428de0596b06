package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Names of all lengths: their words, hashes and order. */
class NameTest {
    private static Name ofLength(int length) {
        return Name.of("abcdefghij".repeat(26).substring(0, length));
    }

    @Test
    void allWaysToMakeANameMakeTheSame() {
        for (int length = 0; length <= Name.MAX; length++) {
            Name name = ofLength(length);
            byte[] bytes = ("<" + name + ">").getBytes(StandardCharsets.UTF_8);
            for (Name other : List.of(Name.of(bytes, 1, length), Name.of(MemorySegment.ofArray(bytes), 1, length))) {
                assertThat(other).isEqualTo(name).hasSameHashCodeAs(name).hasToString(name.toString());
                assertThat(other.compareTo(name)).isZero();
            }
            assertThat(name.length()).isEqualTo(length);
            assertThat(name.toByteArray()).asString(StandardCharsets.UTF_8).isEqualTo(name.toString());
            byte[] copy = new byte[length + 2];
            name.copyTo(MemorySegment.ofArray(copy), 1);
            assertThat(new String(copy, 1, length, StandardCharsets.UTF_8)).isEqualTo(name.toString());
            assertThat(copy[length + 1]).isZero();
        }
    }

    /** One byte that is another makes another name, wherever it is. */
    @Test
    void everyByteCounts() {
        for (int length = 1; length <= 40; length++) {
            Name name = ofLength(length);
            Set<Integer> hashes = new HashSet<>(Set.of(name.hashCode()));
            for (int at = 0; at < length; at++) {
                byte[] bytes = name.toByteArray();
                bytes[at] = 'x';
                Name other = Name.of(bytes, 0, length);
                assertThat(other).isNotEqualTo(name);
                assertThat(other.compareTo(name)).isPositive();
                assertThat(name.compareTo(other)).isNegative();
                hashes.add(other.hashCode());
            }
            // Two of a few thousand million may agree.
            assertThat(hashes).hasSizeGreaterThanOrEqualTo(length);
        }
    }

    @Test
    void theOrderIsThatOfUnsignedBytes() {
        List<Name> sorted = new ArrayList<>();
        sorted.add(Name.EMPTY);
        sorted.add(Name.of("-"));
        sorted.add(Name.of("a"));
        sorted.add(Name.of("a-"));
        sorted.add(Name.of("aa"));
        sorted.add(Name.of("b"));
        sorted.add(Name.of(new byte[] {(byte) 0xC3}, 0, 1));
        for (int i = 0; i < sorted.size(); i++) {
            for (int j = 0; j < sorted.size(); j++) {
                assertThat(Integer.signum(sorted.get(i).compareTo(sorted.get(j))))
                        .isEqualTo(Integer.compare(i, j));
            }
        }
    }

    @Test
    void bytesAreAskedForWithinTheName() {
        Name name = Name.of("ab");
        assertThat(name.byteAt(0)).isEqualTo((byte) 'a');
        assertThat(name.byteAt(1)).isEqualTo((byte) 'b');
        assertThatThrownBy(() -> name.byteAt(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /** A name is found in a directory by its component of a path, and no other name is. */
    @Test
    void everyLengthIsFoundByAPath() throws Exception {
        MovableTree tree = new MovableTree();
        VirtualFileSystem vfs = new VirtualFileSystem();
        VirtualDentry root = vfs.newMountNamespace(tree).root();
        TreeDentry directory = tree.add(tree.root(), "some directory with a long name");
        List<TreeDentry> entries = new ArrayList<>();
        for (int length = 1; length <= Name.MAX; length++) {
            entries.add(tree.add(directory, ofLength(length).toString()));
        }
        Credentials credentials = Credentials.root();
        PathOperation operation = new PathOperation().root(root).start(root);
        for (TreeDentry entry : entries) {
            String path = "/some directory with a long name/" + entry.name();
            assertThat(vfs.lookup(credentials, operation.path(path)).dentry()).isSameAs(entry);
            assertThat(vfs.lookup(credentials, operation.path(path + "//.")).dentry())
                    .isSameAs(entry);
            String other = path.substring(0, path.length() - 1) + "!";
            assertThat(vfs.find(credentials, operation.path(other))).isNull();
            if (entry.name().length() > 20) {
                String middle = path.substring(0, path.length() - 12) + "!" + path.substring(path.length() - 11);
                assertThat(vfs.find(credentials, operation.path(middle))).isNull();
            }
        }
    }
}
