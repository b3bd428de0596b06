package org.caisson.linux;

/** What {@code waitid(2)} tells of a child: who, what happened ({@code CLD_*}), and its exit status or signal. */
public record WaitStatus(int pid, int code, int status) {
    public static final int CLD_EXITED = 1;
    public static final int CLD_KILLED = 2;
    public static final int CLD_DUMPED = 3;
    public static final int CLD_TRAPPED = 4;
    public static final int CLD_STOPPED = 5;
    public static final int CLD_CONTINUED = 6;

    public boolean exited() {
        return code == CLD_EXITED;
    }

    public boolean killed() {
        return code == CLD_KILLED || code == CLD_DUMPED;
    }

    public boolean stopped() {
        return code == CLD_STOPPED || code == CLD_TRAPPED;
    }

    /** As shells count: the exit status, or 128 and the signal. */
    public int shellStatus() {
        return exited() ? status : 128 + status;
    }
}
