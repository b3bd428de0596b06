package org.caisson.emulation.trap;

import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.policy.CallFamily;
import org.caisson.emulation.policy.CallPolicy;
import org.caisson.linux.seccomp.SeccompAction;
import org.caisson.linux.seccomp.SeccompFilter;
import org.jspecify.annotations.Nullable;

/** Which handler answers for which call: one line for each. */
final class TrapTable {
    private record Entry(CallFamily family, TrapHandler handler) {}

    private final List<Entry> entries = new ArrayList<>();

    TrapTable(Emulated emulated) {
        add(CallFamily.MOUNT, new MountHandler(emulated));
        add(CallFamily.MOUNT, new Umount2Handler(emulated));
        add(CallFamily.MOUNT, new FsopenHandler(emulated));
        add(CallFamily.MOUNT, new FsmountHandler(emulated));
        add(CallFamily.MOUNT, new OpenTreeHandler(emulated));
        add(CallFamily.MOUNT, new OpenTreeAttrHandler(emulated));
        add(CallFamily.MOUNT, new MountSetattrHandler(emulated));
        add(CallFamily.SYSINFO, new SysinfoHandler(emulated.machine()));
        add(CallFamily.AFFINITY, new AffinityHandler(emulated.machine()));
        add(CallFamily.MKNOD, MknodHandler.mknod(emulated));
        add(CallFamily.MKNOD, MknodHandler.mknodat(emulated));
        add(CallFamily.OPENAT2, new OpenAt2Handler(emulated));
        add(CallFamily.SWAP, SwapHandler.on(emulated));
        add(CallFamily.SWAP, SwapHandler.off(emulated));
        for (XattrCall call : XattrCall.values()) {
            add(CallFamily.XATTR, new XattrHandler(emulated, call));
        }
        SysChownHandler.all().forEach(handler -> add(CallFamily.CHOWN, handler));
    }

    private void add(CallFamily family, TrapHandler handler) {
        entries.add(new Entry(family, handler));
    }

    /** Adds a rule for each call that is trapped under a policy. */
    static void addTo(SeccompFilter.Builder filter, CallPolicy policy) {
        for (Entry entry : new TrapTable(Emulated.NOTHING).entries) {
            if (policy.emulates(entry.family())) {
                TrapHandler handler = entry.handler();
                filter.on(handler.systemCall(), SeccompAction.NOTIFY, handler.tests());
            }
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
