package org.caisson.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(FdLeakCheck.class)
class MemFdTest {
    @Test
    void aSealedFileHoldsItsBytesForGood() throws ErrnoException {
        try (OwnedFd file = MemFd.sealed("name", new byte[] {1, 2})) {
            assertThat(FileCalls.readAll(file.number())).containsExactly(1, 2);
            assertThatThrownBy(() -> FileCalls.writeFully(file.number(), new byte[1]))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
            assertThatThrownBy(() -> FileCalls.ftruncate(file.number(), 0))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
            assertThatThrownBy(() -> MemFd.seal(file.number(), 0x10))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
        }
    }
}
