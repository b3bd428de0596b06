package org.caisson.emulation.trap;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.seccomp.ArgumentTest;

/** open_tree_attr(2), of Linux 6.15: open_tree(2) and mount_setattr(2) of the copy in one. */
final class OpenTreeAttrHandler implements TrapHandler {
    private final OpenTreeHandler openTree;

    OpenTreeAttrHandler(Emulated emulated) {
        this.openTree = new OpenTreeHandler(emulated);
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.OPEN_TREE_ATTR;
    }

    @Override
    public ArgumentTest[] tests() {
        return openTree.tests();
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        if (call.argument(3) == 0) {
            return call.argument(4) == 0 ? openTree.handle(call) : CONTINUE;
        }
        MountAttributes change = MountAttributes.of(call.tracee(), call.argument(3), call.argument(4));
        return change == null ? CONTINUE : openTree.handle(call, change);
    }
}
