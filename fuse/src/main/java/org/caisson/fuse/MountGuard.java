package org.caisson.fuse;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.SpawnRequest;

/**
 * Takes a mount off when this process dies, however that comes (the {@code auto_unmount} of libfuse). The kernel ends the connection
 * then, but leaves the mount where it is; so a program outside of this process waits for the end of a pipe, and unmounts.
 */
final class MountGuard implements AutoCloseable {
    /** A line says that there is nothing to do; the end of the input without one, that nobody could say so. */
    private static final String SCRIPT = "cd / && { read -r line || exec umount -l -- \"$0\"; }";

    /** Held by this process alone: the kernel closes it. */
    private final OwnedFd life;

    private final int child;

    private MountGuard(OwnedFd life, int child) {
        this.life = life;
        this.child = child;
    }

    /** Guards a mount by its number, with {@code guard.c} of the native program. */
    static MountGuard of(long mountId, Path program) throws ErrnoException {
        return start(SpawnRequest.of(program.toString())
                .arguments(List.of("caisson-stage", "guard-mount", Long.toUnsignedString(mountId))));
    }

    /** Guards what is mounted at a path, with a shell: it also takes off what has come there instead. */
    static MountGuard over(String path) throws ErrnoException {
        return start(SpawnRequest.of("/bin/sh")
                .arguments(List.of(
                        "sh", "-c", SCRIPT, Path.of(path).toAbsolutePath().toString()))
                .environment("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"));
    }

    private static MountGuard start(SpawnRequest program) throws ErrnoException {
        try (FileCalls.Pipe pipe = FileCalls.pipe2(0);
                OwnedFd nothing = FileCalls.open("/dev/null", OpenFlags.O_RDWR)) {
            SpawnRequest request = program.descriptor(pipe.reader(), 0)
                    .descriptor(nothing, 1)
                    .descriptor(nothing, 2)
                    .newSession();
            int child = ProcessCalls.spawn(request);
            return new MountGuard(OwnedFd.own(pipe.writer().release()), child);
        }
    }

    /** Ends the guard. The mount was taken off, or is somebody else's now. */
    @Override
    public void close() {
        try (life) {
            FileCalls.writeFully(life.number(), "\n".getBytes(StandardCharsets.US_ASCII));
            ProcessCalls.waitForExit(child);
        } catch (ErrnoException e) {
            // EPIPE, ECHILD: it was killed, or somebody has collected it.
        }
    }
}
