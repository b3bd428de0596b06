package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.caisson.fuse.protocol.FuseInHeader;

/**
 * Requests that were read while every other thread was busy, in the order in which they came. Its bounds keep a container from filling
 * this process's memory.
 */
final class Backlog {
    private static final int MOST_REQUESTS = 1024;
    private static final int MOST_BYTES = 8 << 20;

    // Guarded by this object's monitor, under which no other lock is taken.
    private final ArrayDeque<byte[]> requests = new ArrayDeque<>();
    private int bytes;

    /** The number of requests, for who need not be exact. Written under the monitor. */
    private volatile int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** Keeps a copy of the request at the start of {@code buffer}; false if there is no room for it. */
    synchronized boolean add(MemorySegment buffer, int length) {
        if (requests.size() >= MOST_REQUESTS || bytes + length > MOST_BYTES) {
            return false;
        }
        byte[] request = new byte[length];
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, request, 0, length);
        requests.add(request);
        bytes += length;
        size = requests.size();
        return true;
    }

    /** Moves the oldest request to the start of {@code buffer}; its length, or 0 if there is none. */
    synchronized int take(MemorySegment buffer) {
        byte[] request = requests.poll();
        if (request == null) {
            return 0;
        }
        removed(request);
        MemorySegment.copy(request, 0, buffer, ValueLayout.JAVA_BYTE, 0, request.length);
        return request.length;
    }

    /** Takes back the request of a number; false if it is not here. */
    synchronized boolean withdraw(long unique) {
        for (Iterator<byte[]> all = requests.iterator(); all.hasNext(); ) {
            byte[] request = all.next();
            if (request.length >= FuseInHeader.SIZE
                    && FuseInHeader.unique(MemorySegment.ofArray(request), 0) == unique) {
                all.remove();
                removed(request);
                return true;
            }
        }
        return false;
    }

    /** Forgets all: nobody waits for an answer any more. */
    synchronized void clear() {
        requests.clear();
        bytes = 0;
        size = 0;
    }

    private void removed(byte[] request) {
        bytes -= request.length;
        size = requests.size();
    }
}
