package org.caisson.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** The file in which a caller wants to find a process id, complete or not at all. */
final class PidFile {
    private PidFile() {}

    static void write(@Nullable Path file, int pid) throws ContainerException {
        if (file == null) {
            return;
        }
        Path fresh = file.resolveSibling("." + file.getFileName() + ".new");
        try {
            Files.write(fresh, Integer.toString(pid).getBytes(StandardCharsets.US_ASCII));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ContainerException("pid file " + file + " cannot be written: " + e.getMessage(), e);
        }
    }
}
