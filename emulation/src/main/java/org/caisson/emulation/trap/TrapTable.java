package org.caisson.emulation.trap;

import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.policy.CallFamily;
import org.jspecify.annotations.Nullable;

/** Which handler answers for which call: one line for each. */
final class TrapTable {
    private record Entry(CallFamily family, TrapHandler handler) {}

    private final List<Entry> entries = new ArrayList<>();

    TrapTable(Emulated emulated) {
        add(CallFamily.MOUNT, new MountHandler(emulated));
        add(CallFamily.MOUNT, new Umount2Handler(emulated));
        add(CallFamily.SYSINFO, new SysinfoHandler(emulated.machine()));
        add(CallFamily.AFFINITY, new AffinityHandler(emulated.machine()));
        add(CallFamily.MKNOD, MknodHandler.mknod(emulated));
        add(CallFamily.MKNOD, MknodHandler.mknodat(emulated));
        add(CallFamily.OPENAT2, new OpenAt2Handler(emulated));
        add(CallFamily.SWAP, SwapHandler.on());
        add(CallFamily.SWAP, SwapHandler.off());
        for (XattrCall call : XattrCall.values()) {
            add(CallFamily.XATTR, new XattrHandler(emulated, call));
        }
        SysChownHandler.all().forEach(handler -> add(CallFamily.CHOWN, handler));
    }

    private void add(CallFamily family, TrapHandler handler) {
        entries.add(new Entry(family, handler));
    }

    /** Takes what is trapped if a family is emulated. */
    interface Visitor {
        void call(CallFamily family, int systemCall);
    }

    /** Tells of all calls that can be trapped. */
    static void visit(Visitor visitor) {
        for (Entry entry : new TrapTable(Emulated.NOTHING).entries) {
            visitor.call(entry.family(), entry.handler().systemCall());
        }
    }

    /** The handler of a call, or null if it is not one of ours. */
    @Nullable
    TrapHandler handler(int systemCall) {
        for (Entry entry : entries) {
            if (entry.handler().systemCall() == systemCall) {
                return entry.handler();
            }
        }
        return null;
    }
}
