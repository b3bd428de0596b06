package org.caisson.linux.seccomp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/** {@code struct seccomp_notif_sizes}: how large the running kernel's structs are. */
public record NotificationSizes(int notification, int response, int data) {
    private static final int SECCOMP_GET_NOTIF_SIZES = 3;

    /** SECCOMP_GET_NOTIF_SIZES of {@code seccomp(2)}. */
    public static NotificationSizes query() throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment sizes = scratch.allocate(6);
            long result = Syscalls.call(SyscallNumbers.SECCOMP, SECCOMP_GET_NOTIF_SIZES, 0, sizes.address());
            Syscalls.check(result, "seccomp notification sizes");
            return new NotificationSizes(
                    sizes.get(ValueLayout.JAVA_SHORT, 0),
                    sizes.get(ValueLayout.JAVA_SHORT, 2),
                    sizes.get(ValueLayout.JAVA_SHORT, 4));
        }
    }
}
