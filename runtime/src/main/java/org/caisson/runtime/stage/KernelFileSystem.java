package org.caisson.runtime.stage;

/** The kernel's file systems of which a container sees emulated parts. */
public enum KernelFileSystem {
    PROC("proc", "proc", Slot.LOCKED_PROC),
    SYS("sysfs", "sys", Slot.LOCKED_SYS);

    private final String type;
    private final String directory;
    private final int slot;

    KernelFileSystem(String type, String directory, int slot) {
        this.type = type;
        this.directory = directory;
        this.slot = slot;
    }

    /** As mount(2) calls it. */
    public String type() {
        return type;
    }

    /** The name of its usual place in the root directory. */
    public String directory() {
        return directory;
    }

    /** Where its locked copy is kept until it is put in its place. */
    int slot() {
        return slot;
    }
}
