package org.caisson.emulation.trap;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.seccomp.SeccompListener;
import org.caisson.linux.seccomp.SeccompNotification;
import org.jspecify.annotations.Nullable;

/** The call that a thread serves. */
final class WaitingCall implements TrappedCall, AutoCloseable {
    private final SeccompListener listener;
    private final SeccompNotification notification;
    private @Nullable Tracee tracee;

    WaitingCall(SeccompListener listener, SeccompNotification notification) {
        this.listener = listener;
        this.notification = notification;
    }

    @Override
    public long argument(int index) {
        return notification.argument(index);
    }

    @Override
    public Tracee tracee() {
        Tracee present = tracee;
        if (present == null) {
            present = new Tracee(notification.pid(), this);
            tracee = present;
        }
        return present;
    }

    @Override
    public void mustStillWait() throws ErrnoException {
        if (!listener.isValid(notification.id())) {
            throw Errno.ESRCH.exception();
        }
    }

    @Override
    public long give(OwnedFd descriptor, boolean closeOnExec) throws ErrnoException {
        listener.addFd(notification.id(), descriptor.number(), closeOnExec ? SeccompListener.O_CLOEXEC : 0, true);
        return TrapHandler.ANSWERED;
    }

    @Override
    public void close() {
        if (tracee != null) {
            tracee.close();
        }
    }
}
