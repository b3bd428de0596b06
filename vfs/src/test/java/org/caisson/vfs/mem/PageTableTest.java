package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.caisson.linux.ErrnoException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of pages, some of which share what they hold, beside a {@link TreeMap} each. */
class PageTableTest {
    /** Indexes at the borders of leaves and branches. */
    private static final long[] BORDERS = {0, 1, 62, 63, 64, 65, 127, 128, 4095, 4096, 4097, 262_143, 262_144, 1L << 40
    };

    private final MappedPageStore store = MappedPageStore.anonymous();
    private final SharedPages pages = new SharedPages(store);

    /** A table and what should be in it. */
    private final class Modelled {
        final PageTable table;
        final TreeMap<Long, Integer> model;

        Modelled(PageTable table, Map<Long, Integer> model) {
            this.table = table;
            this.model = new TreeMap<>(model);
        }

        Modelled share() {
            return new Modelled(table.share(), model);
        }

        void put(long index, boolean written) throws ErrnoException {
            int page = store.allocate(false);
            if (!table.owns(index) && table.get(index) != 0) {
                // Makes the place this table's own, as who writes to a part of a page does.
                table.put(index, table.get(index));
            }
            int before = table.put(index, written ? page : -page);
            Integer expected = model.put(index, written ? page : -page);
            assertThat(before).isEqualTo(expected == null ? 0 : expected);
            if (before != 0) {
                pages.release(Math.abs(before));
            }
        }

        void remove(long from, long to) {
            table.remove(from, to);
            if (from < to) {
                model.subMap(from, to).clear();
            }
        }

        void check() {
            assertThat(table.count()).isEqualTo(model.size());
            model.forEach((index, entry) -> assertThat(table.get(index)).isEqualTo((int) entry));
            for (long border : BORDERS) {
                assertThat(table.get(border)).isEqualTo(model.getOrDefault(border, 0));
                assertThat(table.nextWritten(border)).isEqualTo(nextWritten(border));
            }
        }

        private long nextWritten(long from) {
            return model.tailMap(from).entrySet().stream()
                    .filter(entry -> entry.getValue() > 0)
                    .mapToLong(Map.Entry::getKey)
                    .findFirst()
                    .orElse(-1);
        }
    }

    private static long index(Random random) {
        return random.nextBoolean() ? random.nextInt(300) : BORDERS[random.nextInt(BORDERS.length)];
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void tablesThatSharePagesGoTheirOwnWays(long seed) throws ErrnoException {
        Random random = new Random(seed);
        List<Modelled> tables = new ArrayList<>();
        tables.add(new Modelled(new PageTable(pages), Map.of()));
        for (int step = 0; step < 400; step++) {
            Modelled table = tables.get(random.nextInt(tables.size()));
            switch (random.nextInt(12)) {
                case 0 -> tables.add(table.share());
                case 1 -> {
                    if (tables.size() > 1) {
                        table.table.clear();
                        tables.remove(table);
                    }
                }
                case 2, 3 -> {
                    long from = index(random);
                    table.remove(from, random.nextBoolean() ? from + random.nextInt(200) : index(random) + 1);
                }
                default -> table.put(index(random), random.nextInt(4) != 0);
            }
            tables.forEach(Modelled::check);
            assertThat(store.used()).isEqualTo(distinctPages(tables));
        }
        tables.forEach(table -> table.table.clear());
        assertThat(store.used()).isZero();
        store.close();
    }

    private static long distinctPages(List<Modelled> tables) {
        return tables.stream()
                .flatMap(table -> table.model.values().stream())
                .map(Math::abs)
                .distinct()
                .count();
    }

    @Test
    void aPageIsOwnedUntilItIsShared() throws ErrnoException {
        Modelled one = new Modelled(new PageTable(pages), Map.of());
        one.put(5, true);
        one.put(70, true);
        assertThat(one.table.owns(5)).isTrue();
        Modelled two = one.share();
        assertThat(one.table.owns(5)).isFalse();
        assertThat(two.table.owns(70)).isFalse();
        // The first one that changes takes copies of nodes, but what is in them has two holders.
        one.put(6, true);
        assertThat(one.table.owns(6)).isTrue();
        assertThat(one.table.owns(5)).isFalse();
        assertThat(two.table.owns(5)).isFalse();
        two.table.clear();
        assertThat(one.table.owns(5)).isTrue();
        assertThat(one.table.owns(70)).isTrue();
        one.table.clear();
        assertThat(store.used()).isZero();
        store.close();
    }
}
