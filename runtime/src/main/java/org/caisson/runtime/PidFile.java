package org.caisson.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.linux.AtFlags;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.jspecify.annotations.Nullable;

/** The file in which a caller wants to find a process id, complete or not at all. */
final class PidFile {
    private PidFile() {}

    static void write(@Nullable Path file, int pid) throws ContainerException {
        if (file == null) {
            return;
        }
        Path fresh = file.resolveSibling("." + file.getFileName() + "." + ProcessCalls.getpid());
        try {
            // What may lie there, be it a link, is not written to.
            Files.deleteIfExists(fresh);
            try (OwnedFd out = FileCalls.openat(
                    AtFlags.AT_FDCWD,
                    fresh.toString(),
                    OpenFlags.O_WRONLY
                            | OpenFlags.O_CREAT
                            | OpenFlags.O_EXCL
                            | OpenFlags.O_NOFOLLOW
                            | OpenFlags.O_CLOEXEC,
                    0644)) {
                FileCalls.writeFully(out.number(), Integer.toString(pid).getBytes(StandardCharsets.US_ASCII));
            }
            FileCalls.renameat2(AtFlags.AT_FDCWD, fresh.toString(), AtFlags.AT_FDCWD, file.toString(), 0);
        } catch (IOException e) {
            throw new ContainerException("pid file " + file + " cannot be written: " + e.getMessage(), e);
        }
    }
}
