package org.caisson.runtime.stage;

/** How mounts spread between mount namespaces, with the {@code MS_*} bit that mount_setattr(2) takes. */
public enum Propagation {
    UNCHANGED(0),
    PRIVATE(1 << 18),
    SLAVE(1 << 19),
    SHARED(1 << 20),
    UNBINDABLE(1 << 17);

    private final long flag;

    Propagation(long flag) {
        this.flag = flag;
    }

    long flag() {
        return flag;
    }
}
