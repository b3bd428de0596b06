package org.caisson.emulation.trap;

import org.caisson.emulation.policy.CallPolicy;
import org.caisson.linux.Errno;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.seccomp.ArgumentTest;
import org.caisson.linux.seccomp.SeccompAction;
import org.caisson.linux.seccomp.SeccompFilter;

/**
 * The seccomp filter of a container. What the registers show to need no help is not trapped. The doors of i386 and x32
 * are shut, for behind them the numbers mean other calls. Nobody types into a terminal for its user (ioctl_tty(2),
 * ioctl_console(2)): it may be one of the host's, that was given as a standard stream.
 */
public final class TrapFilter {
    private static final int TIOCSTI = 0x5412;
    private static final int TIOCLINUX = 0x541c;
    /** The kernel takes an ioctl's command from the lower half of the argument. */
    private static final long COMMAND = 0xffff_ffffL;

    private TrapFilter() {}

    /** The filter, to be installed with a listener that {@link TrapListener} serves. */
    public static SeccompFilter program(CallPolicy policy) {
        SeccompFilter.Builder filter = SeccompFilter.builder(SeccompAction.ALLOW);
        addTo(filter, policy);
        return filter.foreignCalls(SeccompAction.errno(Errno.ENOSYS)).build();
    }

    /** Adds the traps to a filter that has rules of its own. */
    public static void addTo(SeccompFilter.Builder filter, CallPolicy policy) {
        for (int command : new int[] {TIOCSTI, TIOCLINUX}) {
            filter.on(SyscallNumbers.IOCTL, SeccompAction.errno(Errno.EPERM), ArgumentTest.masked(1, COMMAND, command));
        }
        FixedAnswers.addTo(filter, policy);
        TrapTable.addTo(filter, policy);
    }
}
