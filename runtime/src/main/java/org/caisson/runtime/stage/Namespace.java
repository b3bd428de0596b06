package org.caisson.runtime.stage;

/** The kinds of namespace, with their {@code CLONE_NEW*} bits from {@code linux/sched.h}. */
public enum Namespace {
    USER(0x10000000, "user"),
    MOUNT(0x00020000, "mnt"),
    UTS(0x04000000, "uts"),
    IPC(0x08000000, "ipc"),
    NETWORK(0x40000000, "net"),
    CGROUP(0x02000000, "cgroup"),
    PID(0x20000000, "pid"),
    TIME(0x00000080, "time");

    private final int cloneFlag;
    private final String procName;

    Namespace(int cloneFlag, String procName) {
        this.cloneFlag = cloneFlag;
        this.procName = procName;
    }

    public int cloneFlag() {
        return cloneFlag;
    }

    /** The name under {@code /proc/PID/ns}. */
    public String procName() {
        return procName;
    }
}
