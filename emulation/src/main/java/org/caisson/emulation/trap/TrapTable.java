package org.caisson.emulation.trap;

import org.jspecify.annotations.Nullable;

/** Which handler answers for which call: one line for each. */
final class TrapTable {
    private final TrapHandler[] handlers;

    TrapTable(Emulated emulated) {
        handlers = new TrapHandler[] {
            new MountHandler(emulated), //
            new Umount2Handler(emulated),
        };
    }

    /** The numbers of all trapped calls. */
    static int[] calls() {
        TrapHandler[] handlers = new TrapTable(new Emulated(-1)).handlers;
        int[] calls = new int[handlers.length];
        for (int i = 0; i < calls.length; i++) {
            calls[i] = handlers[i].systemCall();
        }
        return calls;
    }

    /** The handler of a call, or null if it is not one of ours. */
    @Nullable
    TrapHandler handler(int systemCall) {
        for (TrapHandler handler : handlers) {
            if (handler.systemCall() == systemCall) {
                return handler;
            }
        }
        return null;
    }
}
