package org.caisson.emulation.trap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.jspecify.annotations.Nullable;

/**
 * The thread that made a trapped call: its memory, its root and working directory, its namespaces and capabilities.
 * Everything is read through descriptors of its {@code /proc/TID}, which never come to mean another thread: each is
 * opened by number when it is first needed, and then the call must still wait.
 */
final class Tracee implements AutoCloseable {
    /** PATH_MAX of {@code linux/limits.h}, with the NUL. */
    static final int LONGEST_PATH = 4096;

    /** The size of a page: the most that mount(2) reads of its data. */
    static final int PAGE = 4096;

    private static final int CAP_SYS_ADMIN = 21;
    /** Real, effective, saved and file system id. */
    private static final int IDS = 4;

    private static final int DEEPEST_USER_NAMESPACE = 33;
    private static final int DEEPEST_PID_NAMESPACE = 33;
    private static final int O_PATH_DIRECTORY = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC;

    private final int tid;
    private final @Nullable TrappedCall call;
    private @Nullable OwnedFd proc;
    private @Nullable OwnedFd root;
    private @Nullable OwnedFd workingDirectory;

    /** The thread with a number in our pid namespace, which waits in a call, or in something else that we answer (null). */
    Tracee(int tid, @Nullable TrappedCall call) {
        this.tid = tid;
        this.call = call;
    }

    /** Opens by number, then makes sure that the number still means the thread that waits. */
    private OwnedFd open(String name) throws ErrnoException {
        OwnedFd fd = FileCalls.open("/proc/" + tid + name, O_PATH_DIRECTORY);
        try {
            if (call != null) {
                call.mustStillWait();
            }
        } catch (ErrnoException gone) {
            fd.close();
            throw gone;
        }
        return fd;
    }

    private OwnedFd proc() throws ErrnoException {
        OwnedFd fd = proc;
        if (fd == null) {
            fd = open("");
            proc = fd;
        }
        return fd;
    }

    int tid() {
        return tid;
    }

    /** The directory that its absolute paths start from. */
    OwnedFd root() throws ErrnoException {
        OwnedFd fd = root;
        if (fd == null) {
            fd = open("/root");
            root = fd;
        }
        return fd;
    }

    /** The directory that its relative paths start from. */
    OwnedFd workingDirectory() throws ErrnoException {
        OwnedFd fd = workingDirectory;
        if (fd == null) {
            fd = open("/cwd");
            workingDirectory = fd;
        }
        return fd;
    }

    /** A directory that a path starts from, if it is relative: by descriptor, or AT_FDCWD. To be closed. EBADF. */
    OwnedFd directory(int descriptor) throws ErrnoException {
        return descriptor == AtFlags.AT_FDCWD ? workingDirectory().duplicate() : descriptor(descriptor);
    }

    /** What one of its descriptors leads to, as an O_PATH descriptor. To be closed. EBADF. */
    OwnedFd descriptor(int descriptor) throws ErrnoException {
        if (descriptor < 0) {
            throw Errno.EBADF.exception();
        }
        try {
            String name = "fd/" + descriptor;
            return FileCalls.openat(proc().number(), name, OpenFlags.O_PATH | OpenFlags.O_CLOEXEC, 0);
        } catch (ErrnoException missing) {
            throw missing.errno() == Errno.ENOENT ? Errno.EBADF.exception() : missing;
        }
    }

    /** With which flags one of its descriptors was opened. EBADF. */
    int openFlags(int descriptor) throws ErrnoException {
        TextScanner text = new TextScanner();
        KernelFile.readOnce("/proc/self/fd/" + proc().number() + "/fdinfo/" + descriptor, text);
        while (text.nextLine()) {
            if (text.skip("flags:")) {
                text.skipBlanks();
                return digits(text, 8);
            }
        }
        throw Errno.EBADF.exception();
    }

    /** With which ids it opens files. */
    FileRights.Ids fileIds() throws ErrnoException {
        long[] uids = numbers(status(), "Uid:");
        long[] gids = numbers(status(), "Gid:");
        if (uids.length != IDS || gids.length != IDS) {
            throw Errno.ESRCH.exception();
        }
        List<Integer> groups = new ArrayList<>();
        for (long group : numbers(status(), "Groups:")) {
            groups.add((int) group);
        }
        return new FileRights.Ids((int) uids[IDS - 1], (int) gids[IDS - 1], groups, umask());
    }

    private int umask() throws ErrnoException {
        TextScanner text = new TextScanner();
        if (KernelFile.readOnce(status(), text)) {
            while (text.nextLine()) {
                if (text.skip("Umask:")) {
                    text.skipBlanks();
                    return digits(text, 8);
                }
            }
        }
        throw Errno.ESRCH.exception();
    }

    private static int digits(TextScanner text, int base) {
        int value = 0;
        for (int digit = Character.digit(text.peek(), base); digit >= 0; digit = Character.digit(text.peek(), base)) {
            value = value * base + digit;
            text.next();
        }
        return value;
    }

    /**
     * What a path from a descriptor leads to. Null where it leads nowhere for us: the kernel, which knows the thread's
     * rights, tells it why.
     */
    @Nullable
    Place tryResolveAt(int descriptor, long address, int flags) {
        try {
            byte[] path = string(address, LONGEST_PATH);
            return path == null ? null : PathWalk.resolveAt(this, descriptor, path, flags);
        } catch (ErrnoException unresolved) {
            return null;
        }
    }

    /** A copy of one of its descriptors; EBADF if it has none of this number. */
    OwnedFd copyOf(int descriptor) throws ErrnoException {
        try (OwnedFd pidfd = ProcessCalls.pidfdOpenThread(tid)) {
            if (call != null) {
                call.mustStillWait();
            }
            return ProcessCalls.pidfdGetfd(pidfd.number(), descriptor);
        }
    }

    /** Bytes of its memory; EFAULT if some are not there. */
    MemorySegment bytes(long address, int length, Scratch scratch) throws ErrnoException {
        MemorySegment buffer = scratch.allocate(length);
        if (ProcessCalls.processVmReadv(tid, address, buffer) != length) {
            throw Errno.EFAULT.exception();
        }
        return buffer;
    }

    /** One of its namespaces: {@code mnt}, {@code pid_for_children}, {@code net}, {@code user}. */
    OwnedFd namespace(String kind) throws ErrnoException {
        return FileCalls.openat(proc().number(), "ns/" + kind, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
    }

    /** The inode number of a namespace, which names it while it exists. */
    long namespaceInode(String kind) throws ErrnoException {
        try (OwnedFd namespace = namespace(kind)) {
            return inode(namespace);
        }
    }

    /** A C string of its memory without the NUL, or null for a null pointer. */
    byte @Nullable [] string(long address, int limit) throws ErrnoException {
        if (address == 0) {
            return null;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(limit);
            long length = 0;
            while (length < limit) {
                // A read that crosses into an unmapped page would fail although the string ends before it.
                long piece = Math.min(limit - length, PAGE - (address + length) % PAGE);
                ProcessCalls.processVmReadv(tid, address + length, buffer.asSlice(length, piece));
                for (long end = length + piece; length < end; length++) {
                    if (buffer.get(ValueLayout.JAVA_BYTE, length) == 0) {
                        return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                    }
                }
            }
        }
        throw Errno.ENAMETOOLONG.exception();
    }

    /**
     * Writes to its memory, as {@code copy_to_user} would: what could be written before an address that is not the
     * caller's to write stays written.
     *
     * @throws ErrnoException EFAULT, or ESRCH if the call waits no longer
     */
    void write(long address, MemorySegment bytes) throws ErrnoException {
        if (call != null) {
            call.mustStillWait();
        }
        if (bytes.byteSize() > 0 && ProcessCalls.processVmWritev(tid, address, bytes) < bytes.byteSize()) {
            throw Errno.EFAULT.exception();
        }
    }

    /**
     * Reads a struct from its memory, once.
     *
     * @throws ErrnoException EFAULT
     */
    void read(long address, MemorySegment into) throws ErrnoException {
        if (ProcessCalls.processVmReadv(tid, address, into) < into.byteSize()) {
            throw Errno.EFAULT.exception();
        }
        if (call != null) {
            // Else it was perhaps another's memory.
            call.mustStillWait();
        }
    }

    /** The options of mount(2): up to the first NUL, or as much of a page as there is; empty for a null pointer. */
    byte[] mountData(long address) throws ErrnoException {
        if (address == 0) {
            return new byte[0];
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(PAGE);
            int first = (int) (PAGE - address % PAGE);
            ProcessCalls.processVmReadv(tid, address, buffer.asSlice(0, first));
            if (first < PAGE) {
                // As copy_mount_options: what lies behind the page of the start may be missing.
                ProcessCalls.processVmReadv(tid, address + first, buffer.address() + first, PAGE - first);
            }
            int length = 0;
            while (length < PAGE - 1 && buffer.get(ValueLayout.JAVA_BYTE, length) != 0) {
                length++;
            }
            return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /**
     * Whether it may change mounts: CAP_SYS_ADMIN in the user namespace that owns its mount namespace, held there or in
     * one above ({@code may_mount} and {@code ns_capable} of the kernel).
     */
    boolean mayMount() throws ErrnoException {
        try (OwnedFd mounts = namespace("mnt")) {
            return mayAdminister(mounts);
        }
    }

    /** Whether it has CAP_SYS_ADMIN in its own user namespace. */
    boolean isAdministrator() throws ErrnoException {
        return hasEffective(CAP_SYS_ADMIN);
    }

    /** Whether it has CAP_SYS_ADMIN in the user namespace that owns a namespace, held there or in one above. */
    boolean mayAdminister(OwnedFd namespace) throws ErrnoException {
        if (!hasEffective(CAP_SYS_ADMIN)) {
            return false;
        }
        try (OwnedFd own = namespace("user")) {
            return isOwnedWithin(namespace, inode(own));
        }
    }

    /** Whether a namespace's owner is a user namespace, or one that was made below it. */
    static boolean isOwnedWithin(OwnedFd namespace, long userNamespace) throws ErrnoException {
        OwnedFd at;
        try {
            at = NamespaceCalls.owningUserNamespace(namespace.number());
        } catch (ErrnoException outside) {
            // EPERM: its owner is not below ours.
            return false;
        }
        try {
            for (int depth = 0; depth < DEEPEST_USER_NAMESPACE; depth++) {
                if (inode(at) == userNamespace) {
                    return true;
                }
                OwnedFd above = NamespaceCalls.parent(at.number());
                at.close();
                at = above;
            }
        } catch (ErrnoException top) {
            // EPERM: there is none above, or none that we see.
            return false;
        } finally {
            at.close();
        }
        return false;
    }

    /**
     * Its number in a procfs, which is that of the procfs's pid namespace: of the process, or of the thread. It has one for
     * each namespace that it is seen in, outermost first; the right one leads to a thread with the same ones from there on.
     *
     * @throws ErrnoException ENOENT if that procfs does not show it
     */
    long pidIn(OwnedFd procfs, boolean thread) throws ErrnoException {
        long[] processes = numbers(status(), "NStgid:");
        long[] threads = numbers(status(), "NSpid:");
        for (int level = 0; level < processes.length && level < threads.length; level++) {
            String files = "/proc/self/fd/" + procfs.number() + "/" + processes[level] + "/task/" + threads[level];
            long[] there = numbers(files + "/status", "NSpid:");
            if (Arrays.equals(there, Arrays.copyOfRange(threads, level, threads.length))) {
                return (thread ? threads : processes)[level];
            }
        }
        throw Errno.ENOENT.exception();
    }

    /** The first numbers of a line in a file of the form of proc_pid_status(5); none if the file is not there. */
    private static long[] numbers(String file, String key) {
        TextScanner text = new TextScanner();
        long[] numbers = new long[DEEPEST_PID_NAMESPACE];
        int count = 0;
        if (KernelFile.readOnce(file, text)) {
            while (text.nextLine()) {
                if (text.skip(key)) {
                    for (long number = text.decimal(); number >= 0 && count < numbers.length; number = text.decimal()) {
                        numbers[count++] = number;
                    }
                    break;
                }
            }
        }
        return Arrays.copyOf(numbers, count);
    }

    /** By way of the descriptor, so that it is this thread's or nobody's. */
    private String status() throws ErrnoException {
        return "/proc/self/fd/" + proc().number() + "/status";
    }

    /** Whether it has a capability in its own user namespace. */
    boolean hasEffective(int capability) throws ErrnoException {
        TextScanner text = new TextScanner();
        if (KernelFile.readOnce(status(), text)) {
            while (text.nextLine()) {
                if (text.skip("CapEff:")) {
                    text.skipBlanks();
                    return (hexadecimal(text) & 1L << capability) != 0;
                }
            }
        }
        return false;
    }

    private static long hexadecimal(TextScanner text) {
        long value = 0;
        for (int digit = Character.digit(text.peek(), 16); digit >= 0; digit = Character.digit(text.peek(), 16)) {
            value = value << 4 | digit;
            text.next();
        }
        return value;
    }

    static long inode(OwnedFd fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            FileCalls.statx(fd.number(), "", AtFlags.AT_EMPTY_PATH, Statx.STATX_BASIC_STATS, stat);
            return stat.inode();
        }
    }

    @Override
    public void close() {
        if (proc != null) {
            proc.close();
        }
        if (root != null) {
            root.close();
        }
        if (workingDirectory != null) {
            workingDirectory.close();
        }
    }
}
