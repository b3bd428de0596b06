package org.caisson.nio;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.caisson.vfs.PathOperation;
import org.jspecify.annotations.Nullable;

/** Path operations for reuse, so that a call allocates none. Each belongs to one thread from {@link #take} to {@link #give}. */
final class OperationPool {
    private static final int SLOTS = 64;

    private final AtomicReferenceArray<@Nullable PathOperation> slots = new AtomicReferenceArray<>(SLOTS);

    PathOperation take() {
        int slot = ownSlot();
        PathOperation pooled = slots.get(slot);
        return pooled != null && slots.compareAndSet(slot, pooled, null) ? pooled : new PathOperation();
    }

    void give(PathOperation operation) {
        slots.setRelease(ownSlot(), operation);
    }

    private static int ownSlot() {
        return (int) Thread.currentThread().threadId() & (SLOTS - 1);
    }
}
