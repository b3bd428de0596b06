package org.caisson.emulation.trap;

import org.caisson.emulation.policy.CallFamily;
import org.caisson.emulation.policy.CallPolicy;
import org.caisson.emulation.policy.Treatment;
import org.caisson.linux.Errno;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.seccomp.SeccompAction;
import org.caisson.linux.seccomp.SeccompFilter;

/** What a policy answers without asking anybody: the filter itself gives the errno. */
final class FixedAnswers {
    private static final int[] MODULES = {
        SyscallNumbers.INIT_MODULE, SyscallNumbers.FINIT_MODULE, SyscallNumbers.DELETE_MODULE,
    };
    private static final int[] KEYS = {SyscallNumbers.ADD_KEY, SyscallNumbers.REQUEST_KEY, SyscallNumbers.KEYCTL};

    private final SeccompFilter.Builder filter;
    private final CallPolicy policy;

    private FixedAnswers(SeccompFilter.Builder filter, CallPolicy policy) {
        this.filter = filter;
        this.policy = policy;
    }

    static void addTo(SeccompFilter.Builder filter, CallPolicy policy) {
        new FixedAnswers(filter, policy).add();
    }

    private void add() {
        // A kernel without modules is one that modprobe's callers know: they take what they need for built in.
        answer(CallFamily.MODULES, Treatment.EMULATE, Errno.ENOSYS, MODULES);
        answer(CallFamily.MODULES, Treatment.REFUSE, Errno.EPERM, MODULES);
        answer(CallFamily.SWAP, Treatment.REFUSE, Errno.EPERM, SyscallNumbers.SWAPON, SyscallNumbers.SWAPOFF);
        answer(CallFamily.REBOOT, Treatment.REFUSE, Errno.EPERM, SyscallNumbers.REBOOT);
        answer(CallFamily.KEYS, Treatment.REFUSE, Errno.ENOSYS, KEYS);
        answer(CallFamily.BPF, Treatment.REFUSE, Errno.EPERM, SyscallNumbers.BPF);
    }

    private void answer(CallFamily family, Treatment treatment, Errno errno, int... calls) {
        if (policy.of(family) == treatment) {
            for (int call : calls) {
                filter.on(call, SeccompAction.errno(errno));
            }
        }
    }
}
