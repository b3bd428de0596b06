package org.caisson.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class ScratchTest {
    private static final int TOO_LARGE = 100_000;

    /** What a block inside took beyond the stack is free when that block ends, however long the outer one lasts. */
    @Test
    void whatDoesNotFitEndsWithItsBlock() {
        try (Scratch outer = Scratch.open()) {
            MemorySegment kept = outer.allocate(TOO_LARGE);
            MemorySegment taken;
            try (Scratch inner = Scratch.open()) {
                taken = inner.allocate(TOO_LARGE);
                taken.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            }
            assertThatThrownBy(() -> taken.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
            assertThat(kept.get(ValueLayout.JAVA_BYTE, 0)).isZero();
        }
    }

    @Test
    void blocksNestDeeply() {
        nest(40);
        try (Scratch scratch = Scratch.open()) {
            assertThat(scratch.allocate(8).byteSize()).isEqualTo(8);
        }
    }

    private static void nest(int depth) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment mine = scratch.allocate(depth % 2 == 0 ? TOO_LARGE : 16);
            if (depth > 0) {
                nest(depth - 1);
            }
            assertThat(mine.get(ValueLayout.JAVA_BYTE, 0)).isZero();
        }
    }

    /** Longer than what is asked for at first. */
    @Test
    void longAttributesAreRead() throws Exception {
        try (OwnedFd tmpfs = MountCalls.fsopen("tmpfs")) {
            MountCalls.fsconfigCreate(tmpfs.number());
            try (OwnedFd mount = MountCalls.fsmount(tmpfs.number(), 0);
                    OwnedFd file = FileCalls.openat(mount.number(), "f", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0600)) {
                for (int length : new int[] {0, 10, 4096, 4097, 20_000}) {
                    XattrCalls.fsetxattr(file.number(), "user.a", new byte[length], 0);
                    assertThat(XattrCalls.fgetxattr(file.number(), "user.a")).hasSize(length);
                }
                for (int i = 0; i < 40; i++) {
                    XattrCalls.fsetxattr(file.number(), "user." + i + "x".repeat(200), new byte[0], 0);
                }
                assertThat(XattrCalls.flistxattr(file.number())).hasSizeGreaterThanOrEqualTo(41);
            }
        }
    }
}
