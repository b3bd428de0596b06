package org.caisson.emulation;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.CloneFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.jspecify.annotations.Nullable;

/**
 * Sets names of another task's UTS namespace, see uts_namespaces(7). A thread that lives for one call enters it: the
 * kernel lets only the host's root write them through {@code /proc/sys}, so the agent inside could not.
 */
final class UtsNamespace {
    private UtsNamespace() {}

    /** sethostname(2). */
    static void setHostName(OwnedFd namespace, byte[] name) throws ErrnoException {
        set(namespace, SyscallNumbers.SETHOSTNAME, name);
    }

    /** setdomainname(2). */
    static void setDomainName(OwnedFd namespace, byte[] name) throws ErrnoException {
        set(namespace, SyscallNumbers.SETDOMAINNAME, name);
    }

    private static void set(OwnedFd namespace, int call, byte[] name) throws ErrnoException {
        @Nullable ErrnoException[] failure = new @Nullable ErrnoException[1];
        // Its own: who waits may be interrupted, and then closes his.
        OwnedFd visited = namespace.duplicate();
        Thread visitor =
                Thread.ofPlatform().name("caisson-uts").daemon().start(() -> failure[0] = visit(visited, call, name));
        try {
            visitor.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Errno.EINTR.exception();
        }
        if (failure[0] != null) {
            throw failure[0];
        }
    }

    private static @Nullable ErrnoException visit(OwnedFd namespace, int call, byte[] name) {
        try (namespace;
                Scratch scratch = Scratch.open()) {
            NamespaceCalls.setns(namespace.number(), CloneFlags.CLONE_NEWUTS);
            MemorySegment bytes = scratch.bytes(name);
            Syscalls.check(Syscalls.call(call, bytes.address(), name.length), "set the name of a UTS namespace");
            return null;
        } catch (ErrnoException failure) {
            return failure;
        }
    }
}
