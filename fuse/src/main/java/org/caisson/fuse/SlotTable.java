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
    private volatile AtomicReferenceArray<@Nullable T> slots;
    private int[] epochs;
    private int[] free;
    private int freeCount;
    private int used;

    /** The first number given out is {@code firstSlot}; numbers below it never are. */
    SlotTable(int firstSlot) {
        this.firstSlot = firstSlot;
        this.used = firstSlot;
        int capacity = 64;
        this.slots = new AtomicReferenceArray<>(capacity);
        this.epochs = new int[capacity];
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
        epochs = Arrays.copyOf(epochs, capacity);
        free = Arrays.copyOf(free, capacity);
        AtomicReferenceArray<@Nullable T> grown = new AtomicReferenceArray<>(capacity);
        AtomicReferenceArray<@Nullable T> old = slots;
        for (int i = 0; i < old.length(); i++) {
            grown.setPlain(i, old.getPlain(i));
        }
        slots = grown;
    }
}
