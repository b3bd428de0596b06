package org.caisson.cli;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.HostMemory;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * Takes the first steps of {@code java.lang.foreign}, which cost tens of milliseconds, on another CPU while the command
 * line is parsed. Whoever needs a system call earlier waits for the same class initialization.
 */
final class Preload extends Thread {
    private static final int STACK = 256 * 1024;

    private Preload() {
        super(null, null, "preload", STACK, false);
        setDaemon(true);
    }

    static void begin() {
        new Preload().start();
    }

    /** Each width of access to native memory is linked at its first use: now, for the calls are not ready yet. */
    static void useMemory() {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment text = scratch.string("preload");
            long address = text.address();
            HostMemory.putByte(address, HostMemory.getByte(address));
            HostMemory.putShort(address, HostMemory.getShort(address));
            HostMemory.putInt(address, HostMemory.getInt(address));
            HostMemory.putLong(address, HostMemory.getLong(address));
        }
    }

    @Override
    public void run() {
        Syscalls.call(SyscallNumbers.GETPID);
    }
}
