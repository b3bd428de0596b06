package org.caisson.runtime.stage;

/** One line of {@code /proc/PID/uid_map} (user_namespaces(7)): {@code size} ids from {@code inside} on are {@code outside} on the host. */
public record IdMap(long inside, long outside, long size) {
    public IdMap {
        if (inside < 0 || outside < 0 || size <= 0 || inside + size > 0xffffffffL || outside + size > 0xffffffffL) {
            throw new IllegalArgumentException("not a range of ids: " + inside + " " + outside + " " + size);
        }
    }

    String line() {
        return inside + " " + outside + " " + size + "\n";
    }
}
