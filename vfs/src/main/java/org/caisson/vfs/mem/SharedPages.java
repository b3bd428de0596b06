package org.caisson.vfs.mem;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Counts the holders of pages of a store that have more than one, for a file system, its snapshots and the clones of them. A page has as
 * many holders as there are leaves of {@link PageTable}s that name it; with the last one it is freed.
 */
final class SharedPages {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int BITS = 12;

    private final PageStore store;

    /** How many holders there are besides one, by page. Replaced as a whole, as are its null elements, under the monitor. */
    private volatile int[] @Nullable [] counts = {};

    SharedPages(PageStore store) {
        this.store = store;
    }

    PageStore store() {
        return store;
    }

    private int @Nullable [] part(int page) {
        int[] @Nullable [] present = counts;
        int number = page >>> BITS;
        return number < present.length ? present[number] : null;
    }

    private synchronized int[] makePart(int page) {
        int[] known = part(page);
        if (known != null) {
            return known;
        }
        int number = page >>> BITS;
        int[] @Nullable [] more =
                Arrays.copyOf(counts, Math.max(counts.length, Integer.highestOneBit(number + 1) << 1));
        int[] made = new int[1 << BITS];
        more[number] = made;
        counts = more;
        return made;
    }

    private static int slot(int page) {
        return page & ((1 << BITS) - 1);
    }

    /** Notes one more holder; the caller is one. */
    void hold(int page) {
        int[] part = part(page);
        COUNT.getAndAdd(part == null ? makePart(page) : part, slot(page), 1);
    }

    /** Whether a page that the caller holds has other holders. If not, it has none until the caller lets others hold it. */
    boolean isShared(int page) {
        int[] part = part(page);
        return part != null && (int) COUNT.getVolatile(part, slot(page)) != 0;
    }

    /** Takes one holder away; the last one frees the page. */
    void release(int page) {
        int[] part = part(page);
        if (part != null) {
            int slot = slot(page);
            int others = (int) COUNT.getVolatile(part, slot);
            while (others != 0) {
                if (COUNT.compareAndSet(part, slot, others, others - 1)) {
                    return;
                }
                others = (int) COUNT.getVolatile(part, slot);
            }
        }
        store.free(page);
    }
}
