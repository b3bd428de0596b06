package org.caisson.emulation.policy;

import static org.caisson.emulation.policy.Treatment.AUTO;
import static org.caisson.emulation.policy.Treatment.EMULATE;
import static org.caisson.emulation.policy.Treatment.KERNEL;
import static org.caisson.emulation.policy.Treatment.REFUSE;

import java.util.List;

/** System calls that are turned on and off together. The first treatment is what happens without a policy. */
public enum CallFamily {
    /** {@code mount}, {@code umount2} and the newer calls on mounts: the container's procfs and sysfs come with the emulated parts. */
    MOUNT("mount", EMULATE, KERNEL),
    /** {@code sysinfo}: what {@code /proc} says of memory, load and uptime. */
    SYSINFO("sysinfo", EMULATE, KERNEL),
    /** {@code sched_getaffinity}: no more processors than the container's quota fills. */
    AFFINITY("affinity", AUTO, EMULATE, KERNEL),
    /** {@code mknod}, {@code mknodat}: the devices that do no harm. */
    MKNOD("mknod", EMULATE, KERNEL),
    /** {@code openat2}: emulated files although a mount lies on the way. */
    OPENAT2("openat2", EMULATE, KERNEL),
    /** Extended attributes {@code trusted.overlay.*}, which only the host's root has. */
    XATTR("xattr", KERNEL, EMULATE),
    /** {@code chown} and its like of what is the kernel's in {@code /sys}: done without effect. */
    CHOWN("chown", KERNEL, EMULATE),
    /** {@code swapon}, {@code swapoff}: done without effect; or EPERM. */
    SWAP("swap", EMULATE, KERNEL, REFUSE),
    /** {@code init_module} and its like: ENOSYS, as of a kernel without modules; or EPERM. */
    MODULES("modules", EMULATE, KERNEL, REFUSE),
    /** {@code reboot}: the kernel ends the container; or EPERM. */
    REBOOT("reboot", KERNEL, REFUSE),
    /** {@code add_key}, {@code request_key}, {@code keyctl}: the container's own keys; or ENOSYS. */
    KEYS("keys", KERNEL, REFUSE),
    /** {@code bpf}: the kernel's rules; or EPERM. */
    BPF("bpf", KERNEL, REFUSE);

    private final String word;
    private final Treatment usual;
    private final Treatment second;
    private final Treatment third;

    CallFamily(String word, Treatment usual, Treatment second) {
        this(word, usual, second, second);
    }

    CallFamily(String word, Treatment usual, Treatment second, Treatment third) {
        this.word = word;
        this.usual = usual;
        this.second = second;
        this.third = third;
    }

    /** The name in a policy. */
    public String word() {
        return word;
    }

    /** What can become of it, the usual first. */
    public List<Treatment> treatments() {
        return second == third ? List.of(usual, second) : List.of(usual, second, third);
    }

    Treatment usual() {
        return usual;
    }
}
