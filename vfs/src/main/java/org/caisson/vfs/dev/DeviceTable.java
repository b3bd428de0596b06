package org.caisson.vfs.dev;

import java.util.HashMap;
import java.util.Map;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.VirtualDentry;

/** Which character devices there are, by number. Others, and all block devices, answer ENXIO as those without a driver do. Immutable. */
public final class DeviceTable {
    /** No devices. */
    public static final DeviceTable EMPTY = new DeviceTable(Map.of());

    /** Major number of memory devices, from {@code linux/major.h}. */
    static final int MEMORY = 1;

    /** Major number of alternate terminals. */
    static final int TERMINALS = 5;

    private final Map<Long, Device> devices;

    private DeviceTable(Map<Long, Device> devices) {
        this.devices = devices;
    }

    /** Null, zero, full, random and urandom. The controlling terminal (5:0) is nobody's here: ENXIO. */
    public static DeviceTable standard() {
        return Standard.TABLE;
    }

    private static final class Standard {
        static final DeviceTable TABLE = EMPTY.with(MEMORY, 3, MemoryDevice.NULL)
                .with(MEMORY, 5, MemoryDevice.ZERO)
                .with(MEMORY, 7, MemoryDevice.FULL)
                .with(MEMORY, 8, RandomDescription::new)
                .with(MEMORY, 9, RandomDescription::new);
    }

    /** The same with another device. */
    public DeviceTable with(int major, int minor, Device device) {
        Map<Long, Device> more = new HashMap<>(devices);
        more.put(FileCalls.deviceNumber(major, minor), device);
        return new DeviceTable(Map.copyOf(more));
    }

    /** Opens the node of a character device, numbered as {@link FileCalls#deviceNumber} does. ENXIO if there is none. */
    public FileDescription open(VirtualDentry place, Credentials credentials, int flags, long number)
            throws ErrnoException {
        Device device = devices.get(number);
        if (device == null) {
            throw Errno.ENXIO.exception();
        }
        return device.open(place, credentials, flags);
    }
}
