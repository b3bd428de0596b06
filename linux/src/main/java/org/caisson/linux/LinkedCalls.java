package org.caisson.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The way out of the JVM through {@code java.lang.foreign}.
 *
 * <p>Every call of the product goes through one method handle of one shape, for each further shape costs milliseconds
 * at the start of a JVM. Its target is a few machine instructions that do what {@code syscall(2)} of libc does without
 * turning the answer into {@code errno}: so there is no per-thread error state to capture.
 */
final class LinkedCalls {
    private static final int PROT_READ_WRITE = 3;
    private static final int PROT_READ_EXEC = 5;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int PAGE = 4096;

    /** {@code long entry(nr, a, b, c, d, e, f)}: C's argument registers become the system call's. */
    private static final byte[] ENTRY_CODE = {
        0x48,
        (byte) 0x89,
        (byte) 0xf8, // mov rax, rdi
        0x48,
        (byte) 0x89,
        (byte) 0xf7, // mov rdi, rsi
        0x48,
        (byte) 0x89,
        (byte) 0xd6, // mov rsi, rdx
        0x48,
        (byte) 0x89,
        (byte) 0xca, // mov rdx, rcx
        0x4d,
        (byte) 0x89,
        (byte) 0xc2, // mov r10, r8
        0x4d,
        (byte) 0x89,
        (byte) 0xc8, // mov r8, r9
        0x4c,
        (byte) 0x8b,
        0x4c,
        0x24,
        0x08, // mov r9, [rsp + 8]
        0x0f,
        0x05, // syscall
        (byte) 0xc3, // ret
    };

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final MethodHandle CALL = LINKER.downcallHandle(FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG));
    private static final MemorySegment ENTRY = makeEntry();

    private LinkedCalls() {}

    /** A system call as the kernel's own ABI has it: a result or a negated errno. */
    static long systemCall(long number, long a, long b, long c, long d, long e, long f) {
        return call(ENTRY, number, a, b, c, d, e, f);
    }

    /** The address of a function of libc, 0 if there is none. */
    static long symbol(String name) {
        return LIBC.find(name).map(MemorySegment::address).orElse(0L);
    }

    private static MemorySegment libc(String name) {
        return MemorySegment.ofAddress(symbol(name));
    }

    static long call(MemorySegment function, long a, long b, long c, long d, long e, long f, long g) {
        try {
            return (long) CALL.invokeExact(function, a, b, c, d, e, f, g);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new AssertionError("a downcall throws nothing checked", impossible);
        }
    }

    private static MemorySegment makeEntry() {
        if (!"amd64".equals(System.getProperty("os.arch"))) {
            throw new UnsupportedOperationException("Caisson knows Linux on x86-64 only");
        }
        long page = call(libc("mmap"), 0, PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0, 0);
        if (page == -1) {
            throw new IllegalStateException("no memory for the system call entry");
        }
        HostMemory.put(page, ENTRY_CODE, 0, ENTRY_CODE.length);
        if ((int) call(libc("mprotect"), page, PAGE, PROT_READ_EXEC, 0, 0, 0, 0) != 0) {
            throw new IllegalStateException("this host forbids executable memory, which the JVM needs too");
        }
        return MemorySegment.ofAddress(page);
    }
}
