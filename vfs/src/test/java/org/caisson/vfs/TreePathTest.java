package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Paths within a subtree. */
class TreePathTest {
    private static TreePath path(String text) {
        byte[] bytes = (text + "/more").getBytes(StandardCharsets.UTF_8);
        return TreePath.of(bytes, bytes.length - 5);
    }

    @Test
    void aPathGrowsByNames() {
        TreePath one = TreePath.ROOT.child(Name.of("one"));
        TreePath two = one.child(Name.of("two"));
        assertThat(one).hasToString("one").isEqualTo(path("one"));
        assertThat(two).hasToString("one/two").isEqualTo(path("one/two")).hasSameHashCodeAs(path("one/two"));
        assertThat(two).isNotEqualTo(one).isNotEqualTo(path("one/twa"));
        assertThat(two.hashCode()).isNotEqualTo(path("one/twa").hashCode());
    }

    @Test
    void theRootHasNoName() {
        assertThat(TreePath.ROOT.isRoot()).isTrue();
        assertThat(TreePath.ROOT.name()).isEqualTo(Name.EMPTY);
        assertThat(path("")).isSameAs(TreePath.ROOT);
        assertThat(path("a").isRoot()).isFalse();
    }

    @Test
    void theNameIsTheLastOne() {
        assertThat(path("one").name()).isEqualTo(Name.of("one"));
        assertThat(path("one/two/three").name()).isEqualTo(Name.of("three"));
    }

    @Test
    void onlyWhatIsInADirectoryIsBeneathIt() {
        assertThat(path("a/b").isBeneath(path("a"))).isTrue();
        assertThat(path("a/b/c").isBeneath(path("a"))).isTrue();
        assertThat(path("a/b/c").isBeneath(path("a/b"))).isTrue();
        assertThat(path("a").isBeneath(TreePath.ROOT)).isTrue();
        assertThat(path("a").isBeneath(path("a"))).isFalse();
        assertThat(path("ab").isBeneath(path("a"))).isFalse();
        assertThat(path("b/c").isBeneath(path("a"))).isFalse();
        assertThat(path("a").isBeneath(path("a/b"))).isFalse();
        assertThat(TreePath.ROOT.isBeneath(TreePath.ROOT)).isFalse();
        assertThat(TreePath.ROOT.isBeneath(path("a"))).isFalse();
    }

    @Test
    void itsBytesAreGivenAway() {
        TreePath path = path("a/bc");
        assertThat(path.length()).isEqualTo(4);
        assertThat(path.byteAt(0)).isEqualTo((byte) 'a');
        assertThat(path.byteAt(3)).isEqualTo((byte) 'c');
        byte[] copy = path.toByteArray();
        assertThat(copy).asString(StandardCharsets.UTF_8).isEqualTo("a/bc");
        copy[0] = 'x';
        assertThat(path).hasToString("a/bc");
        byte[] target = new byte[6];
        path.copyTo(MemorySegment.ofArray(target), 1);
        assertThat(target).isEqualTo(new byte[] {0, 'a', '/', 'b', 'c', 0});
    }
}
