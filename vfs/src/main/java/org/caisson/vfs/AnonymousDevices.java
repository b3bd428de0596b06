package org.caisson.vfs;

/** Numbers for file systems without a device, major 0, as the kernel's {@code get_anon_bdev} gives them. */
final class AnonymousDevices {
    private static final ReusableIds MINORS = new ReusableIds(1);

    private AnonymousDevices() {}

    static Minor take() {
        synchronized (MINORS) {
            return new Minor(MINORS.take());
        }
    }

    /** A number that is taken until it is freed. */
    static final class Minor {
        private final int minor;

        private Minor(int minor) {
            this.minor = minor;
        }

        /** In the encoding of stat(2). */
        long value() {
            // new_encode_dev of linux/kdev_t.h with major 0
            return (minor & 0xFFL) | ((minor & 0xFFF00L) << 12);
        }

        void free() {
            synchronized (MINORS) {
                MINORS.free(minor);
            }
        }
    }
}
