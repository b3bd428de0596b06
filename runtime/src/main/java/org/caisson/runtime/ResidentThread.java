package org.caisson.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * Threads that outlive the command that begins them. A new thread shares working directory and umask with the one that makes it, which has
 * them from the command's caller: these get their own, so that no caller's directory stays in use and none is changed beneath them.
 */
final class ResidentThread {
    private static final int CLONE_FS = 0x200;
    private static final int USUAL_UMASK = 022;
    private static final MemorySegment SLASH = Arena.global().allocateFrom("/");

    private ResidentThread() {}

    /** One that is not started yet. */
    static Thread of(String name, int stack, Runnable work) {
        return new Thread(
                null,
                () -> {
                    leaveCaller();
                    work.run();
                },
                name,
                stack);
    }

    private static void leaveCaller() {
        try {
            NamespaceCalls.unshare(CLONE_FS);
        } catch (ErrnoException e) {
            return; // The kernel has no memory: the work matters more.
        }
        Syscalls.call(SyscallNumbers.CHDIR, SLASH.address());
        Syscalls.call(SyscallNumbers.UMASK, USUAL_UMASK);
    }
}
