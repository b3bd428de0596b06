package org.caisson.emulation.sys;

import org.caisson.emulation.cgroup.CpuReading;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticNode;
import org.caisson.vfs.synthetic.TextBuffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code /sys/devices/system/cpu}: the host's, with the container's CPUs only. They have the numbers 0 to n − 1, as in
 * {@code /proc/cpuinfo}.
 */
final class CpuDirectory implements DynamicDirectory.Entries {
    private static final String HOST = "/sys/devices/system/cpu";
    private static final String CPU = "cpu";
    private static final long PAGE = 4096;
    private static final int MOST_DIGITS = 5;

    private static final ThreadLocal<Readings> READINGS = ThreadLocal.withInitial(Readings::new);

    private final ResourceView view;
    private final HostDirectory host = new HostDirectory(HOST);
    private final GeneratedFile range = file((credentials, out) -> write(read().visible(), out));
    private final GeneratedFile nothing = file((credentials, out) -> out.appendByte('\n'));

    CpuDirectory(ResourceView view) {
        this.view = view;
    }

    private static GeneratedFile file(GeneratedFile.Content content) {
        return GeneratedFile.of(content).withSize(PAGE);
    }

    @Override
    public @Nullable SyntheticNode<?> lookup(Credentials credentials, Name name) throws ErrnoException {
        String text = name.toString();
        switch (text) {
            case "online", "present", "possible" -> {
                return range;
            }
            case "offline" -> {
                return nothing;
            }
            default -> {
                int number = number(text);
                return number < 0 ? host.lookup(credentials, name) : cpu(number);
            }
        }
    }

    private @Nullable SyntheticNode<?> cpu(int number) {
        CpuReading cpus = read();
        if (number >= cpus.visible()) {
            return null;
        }
        int hostNumber = -1;
        for (int i = 0; i <= number; i++) {
            hostNumber = cpus.effective().next(hostNumber + 1);
        }
        return DynamicDirectory.of(new HostDirectory(HOST + '/' + CPU + hostNumber));
    }

    @Override
    public void list(Credentials credentials, DynamicDirectory.EntrySink sink) throws ErrnoException {
        int visible = read().visible();
        host.list(credentials, (name, type) -> {
            if (number(name.toString()) < visible) {
                sink.entry(name, type);
            }
        });
    }

    /** The N of {@code cpuN}, or −1. */
    static int number(String name) {
        if (!name.startsWith(CPU) || name.length() == CPU.length() || name.length() > CPU.length() + MOST_DIGITS) {
            return -1;
        }
        int number = 0;
        for (int i = CPU.length(); i < name.length(); i++) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    private CpuReading read() {
        Readings readings = READINGS.get();
        view.readCpus(readings.cpus, readings.text);
        return readings.cpus;
    }

    static void write(int visible, TextBuffer out) {
        out.appendByte('0');
        if (visible > 1) {
            out.appendByte('-');
            out.appendDecimal(visible - 1);
        }
        out.appendByte('\n');
    }

    /** What one thread reads into. */
    private static final class Readings {
        private final CpuReading cpus = new CpuReading();
        private final TextScanner text = new TextScanner();
    }
}
