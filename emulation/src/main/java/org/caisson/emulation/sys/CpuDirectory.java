package org.caisson.emulation.sys;

import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.Name;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticNode;
import org.caisson.vfs.synthetic.TextBuffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code /sys/devices/system/cpu}: the host's, with the container's CPUs only, and lists and masks of CPUs in the
 * container's numbers.
 */
final class CpuDirectory implements DynamicDirectory.Entries {
    private static final String HOST = "/sys/devices/system/cpu";
    private static final String CPU = "cpu";
    private static final long PAGE = 4096;
    private static final int MOST_DIGITS = 5;

    private final CpuNumbers cpus;
    private final HostDirectory host = new HostDirectory(HOST);

    CpuDirectory(CpuNumbers cpus) {
        this.cpus = cpus;
    }

    private static GeneratedFile file(GeneratedFile.Content content) {
        return GeneratedFile.of(content).withSize(PAGE);
    }

    @Override
    public @Nullable SyntheticNode<?> lookup(Credentials credentials, Name name) throws ErrnoException {
        String text = name.toString();
        return switch (text) {
            case "online", "present", "possible", "enabled" -> file((_, out) -> cpus.writeAll(out));
            case "offline" -> file((_, out) -> out.newLine());
            case "isolated", "nohz_full" -> file((_, out) -> translated(HOST + '/' + text, out));
            default -> {
                int number = number(text);
                if (number < 0) {
                    yield host.lookup(credentials, name);
                }
                int hostNumber = cpus.hostNumber(number);
                yield hostNumber < 0
                        ? null
                        : DynamicDirectory.of(new HostDirectory(HOST + '/' + CPU + hostNumber, this::ofOneCpu));
            }
        };
    }

    /** The content of a file about one CPU where it names others, else null. */
    private GeneratedFile.@Nullable Content ofOneCpu(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (name.endsWith("_list")) {
            return (_, out) -> translated(path, out);
        }
        if (name.endsWith("_cpus") || name.endsWith("_siblings") || name.equals("shared_cpu_map")) {
            String list = name.equals("shared_cpu_map") ? path.replace("_map", "_list") : path + "_list";
            return (_, out) -> {
                TextScanner hostList = new TextScanner();
                KernelFile.readOnce(list, hostList);
                cpus.writeMask(hostList, out);
            };
        }
        return null;
    }

    private void translated(String path, TextBuffer out) {
        TextScanner hostList = new TextScanner();
        KernelFile.readOnce(path, hostList);
        cpus.writeList(hostList, out);
    }

    @Override
    public void list(Credentials credentials, DynamicDirectory.EntrySink sink) throws ErrnoException {
        int visible = cpus.visible();
        host.list(credentials, (name, type) -> {
            if (number(name.toString()) < 0) {
                sink.entry(name, type);
            }
        });
        for (int number = 0; number < visible; number++) {
            sink.entry(Name.of(CPU + number), DirectorySink.typeOf(StatMode.S_IFDIR));
        }
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
}
