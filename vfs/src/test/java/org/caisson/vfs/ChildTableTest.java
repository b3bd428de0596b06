package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.caisson.linux.StatMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The children of a directory, beside a {@link HashMap}. */
class ChildTableTest {
    private final MovableTree tree = new MovableTree();
    private final TreeDentry directory = tree.add(tree.root(), "directory");

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void holdsWhatWasPutInAndNotTakenOut(long seed) {
        Random random = new Random(seed);
        Map<Name, TreeDentry> expected = new HashMap<>();
        // Small and large, growing and shrinking.
        int[] populations = {5, 3000, 100, 9000, 0, 20};
        for (int population : populations) {
            for (int step = 0; step < 30_000; step++) {
                Name name = Name.of("n" + random.nextInt(10_000));
                boolean grow = expected.size() < population;
                if (grow || random.nextInt(4) == 0) {
                    TreeDentry attached = tree.add(directory, name.toString());
                    TreeDentry present = expected.putIfAbsent(name, attached);
                    assertThat(present == null ? attached : present).isSameAs(attached);
                } else {
                    TreeDentry removed = expected.remove(name);
                    if (removed != null) {
                        tree.remove(removed);
                    }
                }
            }
            check(expected);
        }
    }

    private void check(Map<Name, TreeDentry> expected) {
        assertThat(directory.childCount()).isEqualTo(expected.size());
        Set<TreeDentry> visited = new HashSet<>();
        directory.forEachChild(child -> assertThat(visited.add(child)).isTrue());
        assertThat(visited).isEqualTo(new HashSet<>(expected.values()));
        for (int i = 0; i < 10_000; i++) {
            Name name = Name.of("n" + i);
            assertThat(directory.child(name)).isSameAs(expected.get(name));
        }
    }

    /** All children of a large directory taken out: it is as if it had never been large. */
    @Test
    void isEmptyAgainAfterItWasLarge() {
        List<TreeDentry> children = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            children.add(tree.add(directory, "child" + i, StatMode.S_IFREG | 0644, 0));
        }
        children.forEach(tree::remove);
        assertThat(directory.childCount()).isZero();
        assertThat(directory.child(children.getFirst().name())).isNull();
        TreeDentry again = tree.add(directory, "child0");
        assertThat(directory.child(again.name())).isSameAs(again);
    }

    /** One name made and removed over and over, as a compiler does with its temporary files, beside others that stay. */
    @Test
    void staysSmallWhileNamesComeAndGo() {
        TreeDentry stays = tree.add(directory, "stays");
        for (int i = 0; i < 100_000; i++) {
            TreeDentry temporary = tree.add(directory, "temporary" + i);
            assertThat(directory.child(temporary.name())).isSameAs(temporary);
            tree.remove(temporary);
            assertThat(directory.child(temporary.name())).isNull();
        }
        assertThat(directory.child(stays.name())).isSameAs(stays);
        assertThat(directory.childCount()).isEqualTo(1);
    }

    /** At most half of the slots are in use, or searches would become long; and there are not many more than needed. */
    @Test
    void hasSlotsInProportion() {
        for (int i = 0; i < 2048; i++) {
            tree.add(directory, "child" + i, StatMode.S_IFREG | 0644, 0);
            int slots = directory.slots.length;
            assertThat(usedSlots()).isLessThanOrEqualTo(slots / 2);
            assertThat(slots).isLessThanOrEqualTo(Math.max(4, 16 * (i + 1)));
        }
        // From here on it consists of parts.
        tree.add(directory, "one more", StatMode.S_IFREG | 0644, 0);
        assertThat(directory.slots).isEmpty();
        directory.forEachChild(tree::remove);
        assertThat(directory.slots).hasSize(4).containsOnlyNulls();
    }

    /** What was removed takes up no slots for long. */
    @Test
    void staysAsSmallAsItWas() {
        for (int i = 0; i < 20; i++) {
            tree.add(directory, "stays" + i);
        }
        int most = 0;
        for (int i = 0; i < 2000; i++) {
            TreeDentry comes = tree.add(directory, "comes" + i);
            tree.remove(comes);
            most = Math.max(most, directory.slots.length);
        }
        assertThat(most).isLessThanOrEqualTo(128);
        assertThat(usedSlots()).isLessThanOrEqualTo(directory.slots.length / 2);
    }

    private int usedSlots() {
        int used = 0;
        for (TreeDentry slot : directory.slots) {
            used += slot == null ? 0 : 1;
        }
        return used;
    }
}
