package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The order of a directory's entries, beside a {@link TreeMap}. */
class EntryOrderTest {
    private final MovableTree tree = new MovableTree();

    private TreeDentry entry(int number) {
        return tree.entry(tree.root(), Name.of("entry" + number), 0100644);
    }

    @ParameterizedTest(name = "seed {0}, from {1}")
    @CsvSource({"1, 2", "2, 2", "3, 63", "4, 2147483500", "5, 2147483647"})
    void goesOnWhereItWas(long seed, int first) {
        Random random = new Random(seed);
        EntryOrder order = new EntryOrder(first);
        TreeMap<Integer, TreeDentry> expected = new TreeMap<>();
        int[] populations = {3, 300, 10, 700, 0, 5};
        for (int population : populations) {
            for (int step = 0; step < 1500; step++) {
                if (expected.size() < population || random.nextInt(3) == 0) {
                    TreeDentry added = entry(step);
                    int cookie = order.add(added);
                    assertThat(cookie).isGreaterThanOrEqualTo(EntryOrder.FIRST);
                    assertThat(expected.put(cookie, added)).isNull();
                } else if (!expected.isEmpty()) {
                    List<Integer> present = new ArrayList<>(expected.keySet());
                    int cookie = present.get(random.nextInt(present.size()));
                    if (random.nextInt(4) == 0) {
                        TreeDentry other = entry(step);
                        order.put(cookie, other);
                        expected.put(cookie, other);
                    } else {
                        order.remove(cookie);
                        expected.remove(cookie);
                    }
                }
                int asked = random.nextBoolean() ? random.nextInt(2000) : first + random.nextInt(100);
                check(order, expected, Math.max(asked, EntryOrder.FIRST));
            }
        }
    }

    private static void check(EntryOrder order, NavigableMap<Integer, TreeDentry> expected, int asked) {
        assertThat(order.from(asked)).isSameAs(valueOf(expected.ceilingEntry(asked)));
    }

    private static @Nullable TreeDentry valueOf(Map.@Nullable Entry<Integer, TreeDentry> found) {
        return found == null ? null : found.getValue();
    }

    /** As the kernel's: cookies rise, so that what comes later is listed later, and are used again only when there are no more. */
    @Test
    void cookiesRiseAndBeginAgainAtTheEnd() {
        EntryOrder order = new EntryOrder(Integer.MAX_VALUE - 1);
        TreeDentry first = entry(1);
        assertThat(order.add(first)).isEqualTo(Integer.MAX_VALUE - 1);
        assertThat(order.add(entry(2))).isEqualTo(Integer.MAX_VALUE);
        assertThat(order.add(entry(3))).isEqualTo(EntryOrder.FIRST);
        order.remove(EntryOrder.FIRST);
        assertThat(order.add(entry(4))).isEqualTo(EntryOrder.FIRST + 1);
        assertThat(order.from(EntryOrder.FIRST + 2)).isSameAs(first);
    }

    /** The end of the range is full: what is free at its beginning is found, over what is in use. */
    @Test
    void whatIsInUseIsPassedOver() {
        EntryOrder order = new EntryOrder(Integer.MAX_VALUE - 70);
        for (int i = 0; i < 71; i++) {
            assertThat(order.add(entry(i))).isEqualTo(Integer.MAX_VALUE - 70 + i);
        }
        order.put(2, entry(100));
        order.put(3, entry(101));
        for (int cookie = 5; cookie < 200; cookie++) {
            order.put(cookie, entry(cookie));
        }
        assertThat(order.add(entry(102))).isEqualTo(4);
        assertThat(order.add(entry(103))).isEqualTo(200);
    }
}
