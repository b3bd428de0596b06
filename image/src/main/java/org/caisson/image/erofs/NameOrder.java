package org.caisson.image.erofs;

/** Sorts the names of a directory, without an object for each. */
final class NameOrder {
    private NameOrder() {}

    /**
     * Sorts rows of names by their texts, the greatest first, by merging.
     *
     * @param names is overwritten
     */
    static int[] sort(int[] names, IntColumn texts, NameStore store) {
        int count = names.length;
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = store.key(texts.get(names[i]));
        }
        int[] from = names;
        int[] to = new int[count];
        long[] fromKeys = keys;
        long[] toKeys = new long[count];
        for (long width = 1; width < count; width *= 2) {
            for (long start = 0; start < count; start += 2 * width) {
                int middle = (int) Math.min(start + width, count);
                int end = (int) Math.min(start + 2 * width, count);
                int left = (int) start;
                int right = middle;
                for (int out = (int) start; out < end; out++) {
                    boolean takeLeft = right >= end
                            || (left < middle
                                    && compare(from[left], fromKeys[left], from[right], fromKeys[right], texts, store)
                                            >= 0);
                    int taken = takeLeft ? left++ : right++;
                    to[out] = from[taken];
                    toKeys[out] = fromKeys[taken];
                }
            }
            int[] sorted = to;
            to = from;
            from = sorted;
            long[] sortedKeys = toKeys;
            toKeys = fromKeys;
            fromKeys = sortedKeys;
        }
        return from;
    }

    private static int compare(int one, long key, int other, long otherKey, IntColumn texts, NameStore store) {
        int order = Long.compareUnsigned(key, otherKey);
        return order != 0 ? order : store.compare(texts.get(one), texts.get(other));
    }
}
