package org.caisson.runtime;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.stage.Namespace;
import org.jspecify.annotations.Nullable;

/**
 * A namespace that a container joins. Its kernel parameters are not the container's to set: they are set with the host's
 * rights, by a thread that enters it for one write and ends.
 */
record JoinedNamespace(Namespace kind, OwnedFd file) {

    /** Whether a parameter of sysctl(8) is one of this namespace's. */
    boolean has(String parameter) {
        String name = parameter.replace('/', '.');
        return switch (kind) {
            case NETWORK -> name.startsWith("net.");
            case IPC ->
                name.startsWith("fs.mqueue.")
                        || name.startsWith("kernel.msg")
                        || name.startsWith("kernel.shm")
                        || name.equals("kernel.sem");
            default -> false;
        };
    }

    void set(String parameter, String value) throws ContainerException {
        String name = parameter.indexOf('/') >= 0 ? parameter : parameter.replace('.', '/');
        @Nullable ErrnoException[] failure = new @Nullable ErrnoException[1];
        Thread visitor = new Thread(() -> failure[0] = write("/proc/sys/" + name, value), "caisson-sysctl");
        visitor.start();
        try {
            visitor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ContainerException("linux.sysctl." + parameter + " was interrupted", e);
        }
        ErrnoException failed = failure[0];
        if (failed != null) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    "linux.sysctl." + parameter + " cannot be set to " + value + ": "
                            + failed.errno().text(),
                    failed);
        }
    }

    private @Nullable ErrnoException write(String path, String value) {
        try {
            NamespaceCalls.setns(file.number(), kind.cloneFlag());
            try (OwnedFd parameter = FileCalls.open(path, OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC)) {
                FileCalls.writeFully(parameter.number(), value.getBytes(StandardCharsets.UTF_8));
            }
            return null;
        } catch (ErrnoException e) {
            return e;
        }
    }
}
