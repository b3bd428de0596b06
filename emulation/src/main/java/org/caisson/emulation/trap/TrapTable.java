package org.caisson.emulation.trap;

import org.caisson.linux.seccomp.SeccompAction;
import org.caisson.linux.seccomp.SeccompFilter;
import org.jspecify.annotations.Nullable;

/** Which handler answers for which call: one line for each. */
final class TrapTable {
    private final TrapHandler[] handlers;

    TrapTable(Emulated emulated) {
        handlers = new TrapHandler[] {
            new MountHandler(emulated), //
            new Umount2Handler(emulated),
            new FsopenHandler(emulated),
            new FsmountHandler(emulated),
            new OpenTreeHandler(emulated),
            new OpenTreeAttrHandler(emulated),
            new MountSetattrHandler(emulated),
        };
    }

    /** Adds a rule for each trapped call. */
    static void addTo(SeccompFilter.Builder filter) {
        for (TrapHandler handler : new TrapTable(new Emulated(-1)).handlers) {
            filter.on(handler.systemCall(), SeccompAction.NOTIFY, handler.tests());
        }
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
