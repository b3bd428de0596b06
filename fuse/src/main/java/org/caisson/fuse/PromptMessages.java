package org.caisson.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.caisson.fuse.protocol.FuseNotifyInvalInodeOut;
import org.caisson.fuse.protocol.FuseNotifyPollWakeupOut;
import org.caisson.fuse.protocol.FuseOutHeader;
import org.caisson.fuse.protocol.NotifyCode;

/**
 * Messages that the kernel takes without waiting for anything, so that they may be sent by any thread at any time, even one that serves a
 * request: replies to requests which nobody serves any more, wakeups of who polls, and that attributes changed.
 */
final class PromptMessages {
    private static final int PAYLOAD = FuseOutHeader.SIZE;

    private final Connection connection;

    /** Guarded by this object's monitor, under which nothing else is taken. */
    private final MemorySegment message = Arena.ofAuto().allocate(PAYLOAD + FuseNotifyInvalInodeOut.SIZE, Long.BYTES);

    PromptMessages(Connection connection) {
        this.connection = connection;
    }

    /** Answers a request with success or a negated errno, and without data. */
    synchronized void reply(long unique, int error) {
        // ENOENT: nobody waits for it any more.
        send(unique, error, PAYLOAD);
    }

    /** Has the kernel ask again for the readiness of a file that it polls. */
    synchronized void wakePoller(long waiter) {
        FuseNotifyPollWakeupOut.kh(message, PAYLOAD, waiter);
        send(0, NotifyCode.POLL, PAYLOAD + FuseNotifyPollWakeupOut.SIZE);
    }

    /** Has the kernel ask again for the attributes of a node. Only where pages are given up too must it wait for others. */
    synchronized void attributesChanged(long nodeId) {
        FuseNotifyInvalInodeOut.ino(message, PAYLOAD, nodeId);
        FuseNotifyInvalInodeOut.off(message, PAYLOAD, -1);
        FuseNotifyInvalInodeOut.len(message, PAYLOAD, 0);
        send(0, NotifyCode.INVAL_INODE, PAYLOAD + FuseNotifyInvalInodeOut.SIZE);
    }

    /** Has the kernel send again what was taken from the device but not answered (FUSE_NOTIFY_RESEND). */
    synchronized void resend() {
        send(0, NotifyCode.RESEND, PAYLOAD);
    }

    private void send(long unique, int error, int length) {
        FuseOutHeader.len(message, 0, length);
        FuseOutHeader.error(message, 0, error);
        FuseOutHeader.unique(message, 0, unique);
        connection.send(message, length);
    }
}
