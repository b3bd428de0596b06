package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.linux.MemFd;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.jspecify.annotations.Nullable;

/**
 * The first stage's program as it is executed. A container that maps the host's root may write to the host's file by way
 * of {@code /proc/PID/exe} (CVE-2019-5736): for that one it is a copy in memory that nobody can change.
 */
final class StageProgram implements AutoCloseable {
    private final String path;
    private final @Nullable OwnedFd copy;

    private StageProgram(String path, @Nullable OwnedFd copy) {
        this.path = path;
        this.copy = copy;
    }

    static StageProgram of(Path stage, IdMaps ids) throws IOException {
        if (!ids.holds(0)) {
            return new StageProgram(stage.toString(), null);
        }
        OwnedFd copy = MemFd.sealed("caisson-stage", Files.readAllBytes(stage));
        return new StageProgram("/proc/" + ProcessCalls.getpid() + "/fd/" + copy.number(), copy);
    }

    String path() {
        return path;
    }

    @Override
    public void close() {
        if (copy != null) {
            copy.close();
        }
    }
}
