package org.caisson.runtime.stage;

/** What the stage was doing when it failed or warned; the codes are those of {@code stage.h}. */
public enum Step {
    ROOT(1, "open the root file system"),
    MOUNT(2, "mount"),
    BIND(3, "bind-mount"),
    ATTACH(4, "attach a mount at"),
    MKDIR(5, "make the directory"),
    TOUCH(6, "make the file"),
    SYMLINK(7, "make the symbolic link"),
    SET_ATTRIBUTES(8, "change the mount"),
    MASK(9, "mask"),
    READ_ONLY(10, "make read-only"),
    PIVOT(12, "change the root directory"),
    HOSTNAME(13, "set the host name"),
    DOMAINNAME(14, "set the domain name"),
    SYSCTL(15, "set the sysctl"),
    RLIMIT(16, "set the resource limit"),
    OOM_SCORE(17, "set the OOM score"),
    LOOPBACK(18, "bring up the loopback interface"),
    RAW_FILE_SYSTEM(19, "make the private file system"),
    HOOK(20, "run the hook"),
    PROCESS(21, "prepare the process"),
    DEVICE(22, "make the device"),
    LOCK(23, "lock the mounts of"),
    AGENT_TREE(24, "keep for the agent"),
    NAMESPACES(40, "make or join the namespaces"),
    BECOME_ROOT(41, "become root in the user namespace"),
    FORK(42, "fork"),
    ORDERS(43, "read the orders"),
    TERMINAL(44, "open the terminal"),
    SESSION(45, "make a session"),
    IDENTITY(46, "change the user"),
    CAPABILITIES(47, "set the capability"),
    NO_NEW_PRIVILEGES(48, "set no_new_privs"),
    SECCOMP(49, "install the seccomp filter"),
    WORKING_DIRECTORY(50, "change to the working directory"),
    EXEC(51, "execute"),
    DESCRIPTORS(52, "hand over descriptors"),
    START(53, "wait for the start"),
    /** From here on this side's own. */
    SPAWN(54, "start the container's first stage"),
    ID_MAPS(55, "write the id maps"),
    CGROUP(56, "join the cgroup");

    private static final Step[] BY_CODE = new Step[64];

    static {
        for (Step step : values()) {
            BY_CODE[step.code] = step;
        }
    }

    private final int code;
    private final String phrase;

    Step(int code, String phrase) {
        this.code = code;
        this.phrase = phrase;
    }

    int code() {
        return code;
    }

    /** A phrase that follows "cannot". */
    public String phrase() {
        return phrase;
    }

    static Step of(int code) {
        Step step = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        return step == null ? ORDERS : step;
    }
}
