package org.caisson.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(FdLeakCheck.class)
class OwnedFdTest {
    @Test
    void closingFreesTheDescriptorOnce() throws ErrnoException {
        OwnedFd fd = FileCalls.open("/dev/null", OpenFlags.O_RDONLY);
        Path entry = Path.of("/proc/self/fd/" + fd.number());
        assertThat(Files.exists(entry)).isTrue();

        fd.close();
        assertThat(Files.exists(entry)).isFalse();

        try (OwnedFd next = FileCalls.open("/dev/null", OpenFlags.O_RDONLY)) {
            fd.close();
            assertThat(Files.exists(Path.of("/proc/self/fd/" + next.number()))).isTrue();
        }
    }

    @Test
    void aClosedDescriptorHasNoNumber() throws ErrnoException {
        OwnedFd fd = FileCalls.open("/dev/null", OpenFlags.O_RDONLY);
        fd.close();
        assertThat(fd.isOpen()).isFalse();
        assertThatThrownBy(fd::number).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(fd::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aDuplicateOutlivesItsOriginal() throws ErrnoException {
        OwnedFd original = FileCalls.open("/proc/self/comm", OpenFlags.O_RDONLY);
        try (OwnedFd duplicate = original.duplicate()) {
            original.close();
            assertThat(FileCalls.readAll(duplicate.number())).isNotEmpty();
            assertThat(FileCalls.fcntl(duplicate.number(), FileCalls.F_GETFD, 0))
                    .isEqualTo(FileCalls.FD_CLOEXEC);
        }
    }

    @Test
    void aReleasedDescriptorStaysOpen() throws ErrnoException {
        OwnedFd fd = FileCalls.open("/dev/null", OpenFlags.O_RDONLY);
        int number = fd.release();
        fd.close();
        try (OwnedFd again = OwnedFd.own(number)) {
            assertThat(FileCalls.fcntl(again.number(), FileCalls.F_GETFL, 0)).isNotNegative();
        }
    }
}
