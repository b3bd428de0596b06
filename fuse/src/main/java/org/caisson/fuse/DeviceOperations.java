package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;
import static org.caisson.fuse.Exchange.PAYLOAD;

import org.caisson.fuse.protocol.FuseFlag;
import org.caisson.fuse.protocol.FusePollIn;
import org.caisson.fuse.protocol.FusePollOut;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;

/** Operations that matter for files which behave like devices. */
final class DeviceOperations {
    private static final int ALWAYS = FileDescription.POLLERR | FileDescription.POLLHUP;

    private final ServedTree tree;
    private final PromptMessages messages;

    DeviceOperations(ServedTree tree, PromptMessages messages) {
        this.messages = messages;
        this.tree = tree;
    }

    int poll(Exchange x) throws ErrnoException {
        x.require(FusePollIn.SIZE);
        Handle handle = tree.handle(x, FusePollIn.fh(x.in, ARGUMENT));
        if ((FusePollIn.flags(x.in, ARGUMENT) & FuseFlag.POLL_SCHEDULE_NOTIFY) != 0) {
            // Before the readiness is read: a change after that finds the waiter.
            handle.pollWaiter(FusePollIn.kh(x.in, ARGUMENT), messages);
        }
        int wanted = FusePollIn.events(x.in, ARGUMENT) | ALWAYS;
        FusePollOut.revents(x.out, PAYLOAD, handle.description.readiness() & wanted);
        return FusePollOut.SIZE;
    }
}
