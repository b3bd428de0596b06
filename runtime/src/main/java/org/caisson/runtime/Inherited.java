package org.caisson.runtime;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.stage.ProcessOrders;

/** Copies of descriptors of this process that a program is to find as 3, 4, … */
final class Inherited implements AutoCloseable {
    private final List<OwnedFd> list = new ArrayList<>();

    private Inherited() {}

    /** Copies {@code count} descriptors from {@code first} on. */
    static Inherited of(int first, int count) throws ContainerException {
        if (count > ProcessOrders.MOST_INHERITED) {
            throw new ContainerException(
                    "at most " + ProcessOrders.MOST_INHERITED + " descriptors can be preserved, not " + count);
        }
        Inherited inherited = new Inherited();
        for (int fd = first; fd < first + count; fd++) {
            try {
                if (isOwn(fd)) {
                    throw ErrnoException.of(Errno.EBADF, "descriptor " + fd);
                }
                inherited.list.add(OwnedFd.own(FileCalls.fcntl(fd, FileCalls.F_DUPFD_CLOEXEC, 3)));
            } catch (ErrnoException e) {
                inherited.close();
                throw new ContainerException(
                        "descriptor " + fd + " cannot be passed on: "
                                + (e.errno() == Errno.EBADF
                                        ? "it is not open; give a smaller number of descriptors to preserve"
                                        : e.errno().text()),
                        e);
            }
        }
        return inherited;
    }

    /** Copies of the caller's streams, in their order. */
    static Inherited copies(StandardStreams streams) throws ErrnoException {
        Inherited inherited = new Inherited();
        try {
            for (int fd : new int[] {streams.input(), streams.output(), streams.error()}) {
                inherited.list.add(OwnedFd.own(FileCalls.fcntl(fd, FileCalls.F_DUPFD_CLOEXEC, 3)));
            }
            return inherited;
        } catch (ErrnoException e) {
            inherited.close();
            throw e;
        }
    }

    /** Copies the first {@code count} of descriptors that were handed to this process. */
    static Inherited among(List<OwnedFd> given, int count) throws ContainerException {
        if (count > given.size()) {
            throw new ContainerException("descriptor " + (3 + given.size())
                    + " cannot be passed on: it is not open; give a smaller number of descriptors to preserve");
        }
        Inherited inherited = new Inherited();
        try {
            for (OwnedFd fd : given.subList(0, count)) {
                inherited.list.add(fd.duplicate());
            }
        } catch (ErrnoException e) {
            inherited.close();
            throw new ContainerException("the descriptors cannot be passed on: " + e.getMessage(), e);
        }
        return inherited;
    }

    /**
     * Whether this process has opened it itself: what came through exec has no close-on-exec flag, what a JVM opens has one,
     * except for the files of its modules and classes.
     */
    private static boolean isOwn(int fd) throws ErrnoException {
        if ((FileCalls.fcntl(fd, FileCalls.F_GETFD, 0) & FileCalls.FD_CLOEXEC) != 0) {
            return true;
        }
        byte[] link = FileCalls.readlinkat(AtFlags.AT_FDCWD, "/proc/self/fd/" + fd);
        String file = new String(link, StandardCharsets.UTF_8);
        return file.startsWith(System.getProperty("java.home") + "/")
                || isAmong(file, "java.class.path")
                || isAmong(file, "jdk.module.path");
    }

    private static boolean isAmong(String file, String property) {
        for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1)) {
            if (!entry.isEmpty() && Path.of(entry).toAbsolutePath().normalize().equals(Path.of(file))) {
                return true;
            }
        }
        return false;
    }

    List<OwnedFd> list() {
        return list;
    }

    @Override
    public void close() {
        for (OwnedFd fd : list) {
            fd.close();
        }
    }
}
