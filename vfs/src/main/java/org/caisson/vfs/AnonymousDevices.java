package org.caisson.vfs;

import java.util.concurrent.atomic.AtomicInteger;

/** Numbers for file systems without a device, major 0, as the kernel's {@code get_anon_bdev} gives them. */
final class AnonymousDevices {
    private static final AtomicInteger MINORS = new AtomicInteger();

    private AnonymousDevices() {}

    static long next() {
        int minor = MINORS.incrementAndGet();
        // new_encode_dev of linux/kdev_t.h with major 0
        return (minor & 0xFFL) | ((minor & 0xFFF00L) << 12);
    }
}
