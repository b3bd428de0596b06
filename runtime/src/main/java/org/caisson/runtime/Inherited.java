package org.caisson.runtime;

import java.util.ArrayList;
import java.util.List;
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
