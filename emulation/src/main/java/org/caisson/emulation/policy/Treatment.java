package org.caisson.emulation.policy;

import java.util.Locale;

/** What becomes of the calls of a family. */
public enum Treatment {
    /** They are answered by Caisson, where the family says so. */
    EMULATE,
    /** They are emulated if the container's limits make the kernel's answer misleading. */
    AUTO,
    /** They are the kernel's alone. */
    KERNEL,
    /** They fail, as the family says. */
    REFUSE;

    /** The name in a policy. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
