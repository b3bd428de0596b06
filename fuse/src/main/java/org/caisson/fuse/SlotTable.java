package org.caisson.fuse;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Numbers objects for the kernel. A number is a slot (low 32 bits) and the slot's epoch (high 32 bits), so a number is never
 * given twice and one that is no longer valid finds nothing.
 *
 * <p>{@link #get} takes no lock. Slots are written under the table's monitor and published by release stores.
 */
final class SlotTable<T extends SlotTable.Entry> {

    /** An object with a number; {@code id} is set once, by {@link #add}, before the object is published. */
    abstract static class Entry {
        private long id;

        final long id() {
            return id;
        }
    }

    private final int firstSlot;
    private final int firstEpoch;
    private volatile AtomicReferenceArray<@Nullable T> slots;
    private int[] epochs;
    private int[] free;
    private int freeCount;
    private int used;

    /** The first number given out is {@code firstSlot}; numbers below it never are. */
    SlotTable(int firstSlot) {
        this(firstSlot, 0);
    }

    /** With the epoch that each slot begins with. */
    SlotTable(int firstSlot, int firstEpoch) {
        this.firstSlot = firstSlot;
        this.firstEpoch = firstEpoch;
        this.used = firstSlot;
        int capacity = 64;
        this.slots = new AtomicReferenceArray<>(capacity);
        this.epochs = new int[capacity];
        Arrays.fill(epochs, firstEpoch);
        this.free = new int[capacity];
    }

    /** The object that {@code id} names, or null. */
    @Nullable
    T get(long id) {
        AtomicReferenceArray<@Nullable T> array = slots;
        int slot = (int) id;
        if (Integer.compareUnsigned(slot, array.length()) >= 0) {
            return null;
        }
        T entry = array.getAcquire(slot);
        return entry != null && ((Entry) entry).id == id ? entry : null;
    }

    synchronized long add(T entry) {
        int slot;
        if (freeCount > 0) {
            slot = free[--freeCount];
        } else {
            slot = used++;
            if (slot == epochs.length) {
                grow();
            }
        }
        long id = Integer.toUnsignedLong(slot) | (long) epochs[slot] << 32;
        ((Entry) entry).id = id;
        slots.setRelease(slot, entry);
        return id;
    }

    /** Keeps the slots of numbers that were given before for {@link #put}: a new object gets another. Before all other use. */
    synchronized void reserve(Iterable<Long> ids) {
        for (long id : ids) {
            int slot = (int) id;
            while (slot >= epochs.length) {
                grow();
            }
            epochs[slot] = (int) (id >>> 32);
            used = Math.max(used, slot + 1);
        }
    }

    /** Gives an object a number that was kept for it. */
    synchronized void put(long id, T entry) {
        ((Entry) entry).id = id;
        slots.setRelease((int) id, entry);
    }

    /** Takes the object that {@code id} names out of the table; null if there is none. */
    synchronized @Nullable T remove(long id) {
        T entry = get(id);
        if (entry != null) {
            int slot = (int) id;
            slots.setRelease(slot, null);
            epochs[slot]++;
            free[freeCount++] = slot;
        }
        return entry;
    }

    synchronized int size() {
        return used - firstSlot - freeCount;
    }

    /** The highest slot ever used plus one: with {@link #atSlot} a way to visit every object. */
    synchronized int limit() {
        return used;
    }

    @Nullable
    T atSlot(int slot) {
        return slots.getAcquire(slot);
    }

    private void grow() {
        int capacity = epochs.length * 2;
        int old = epochs.length;
        epochs = Arrays.copyOf(epochs, capacity);
        Arrays.fill(epochs, old, capacity, firstEpoch);
        free = Arrays.copyOf(free, capacity);
        AtomicReferenceArray<@Nullable T> grown = new AtomicReferenceArray<>(capacity);
        AtomicReferenceArray<@Nullable T> present = slots;
        for (int i = 0; i < present.length(); i++) {
            grown.setPlain(i, present.getPlain(i));
        }
        slots = grown;
    }
}
