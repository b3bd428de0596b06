package org.caisson.emulation.sysctl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/**
 * The values that one container has of the table's entries. A value that nobody has written is the host's of the moment
 * at which it was first read.
 */
final class SysctlValues {
    private static final int LONGEST_LINE = 4096;
    private static final String HOST_ROOT = "/proc/sys/";

    private static final Set<String> QUEUEING = Set.of("fq", "fq_codel", "sfq", "pfifo_fast");
    private static final int MOST_NUMBERS = 4;

    private final NamespaceFiles inside;
    private final HostSysctls host;
    private final int idCount;

    /** Texts by path, with their newline. Guarded by itself. */
    private final Map<String, byte[]> own = new HashMap<>();

    SysctlValues(NamespaceFiles inside, HostSysctls host, int idCount) {
        this.inside = inside;
        this.host = host;
        this.idCount = idCount;
    }

    /** The entry's text as the container reads it. */
    byte[] read(int caller, SysctlEntry entry) throws ErrnoException {
        return switch (entry.kind()) {
            case ABSENT -> throw Errno.ENOENT.exception();
            case HOST -> hostValue(entry);
            case HOST_NAME, DOMAIN_NAME -> inside.read(caller, "sys/" + entry.path(), (int) entry.most() + 1);
            case BOOT_ID -> (inside.bootId() + '\n').getBytes(ISO_8859_1);
            case PING_GROUPS -> inside.read(caller, "sys/" + entry.path(), LONGEST_LINE);
            case NUMBER, NUMBERS, UNSIGNED, TEXT, QUEUEING -> {
                synchronized (own) {
                    yield ownValue(entry);
                }
            }
        };
    }

    /** Whether the host's kernel knows the entry: what it does not know the container does not see. */
    static boolean exists(SysctlEntry entry) {
        return entry.kind() != SysctlEntry.Kind.ABSENT && Files.exists(Path.of(HOST_ROOT + entry.path()));
    }

    /** A write(2) of the whole text at offset 0. */
    void write(int caller, SysctlEntry entry, byte[] text) throws ErrnoException {
        switch (entry.kind()) {
            case ABSENT, HOST, BOOT_ID -> throw Errno.EACCES.exception();
            case HOST_NAME -> inside.setHostName(caller, line(text, entry.most()));
            case DOMAIN_NAME -> inside.setDomainName(caller, line(text, entry.most()));
            case PING_GROUPS -> inside.write(caller, "sys/" + entry.path(), clamped(text));
            case QUEUEING -> {
                String name = new String(line(text, LONGEST_LINE), ISO_8859_1).trim();
                if (!QUEUEING.contains(name)) {
                    throw Errno.ENOENT.exception();
                }
                set(entry, name);
            }
            case NUMBERS -> {
                synchronized (own) {
                    set(entry, numbers(text, ownValue(entry), entry));
                }
            }
            case TEXT -> set(entry, new String(line(text, entry.most()), ISO_8859_1));
            case NUMBER -> set(entry, Long.toString(KernelNumber.signed(text, entry.least(), entry.most())));
            case UNSIGNED -> {
                synchronized (own) {
                    long old = number(ownValue(entry));
                    set(entry, Long.toString(KernelNumber.unsigned(text, entry.least(), entry.most(), old)));
                }
            }
        }
    }

    /** One number after the other; those that are not written stay. */
    private static String numbers(byte[] text, byte[] old, SysctlEntry entry) throws ErrnoException {
        String[] words = new String(text, ISO_8859_1).trim().split("\\s+", -1);
        String[] numbers = new String(old, ISO_8859_1).trim().split("\\s+", -1);
        for (int i = 0; i < Math.min(words.length, Math.min(numbers.length, MOST_NUMBERS)); i++) {
            numbers[i] = Long.toString(KernelNumber.signed(words[i].getBytes(ISO_8859_1), entry.least(), entry.most()));
        }
        return String.join("\t", numbers);
    }

    /** Two groups, the last of which is at most the container's. */
    private byte[] clamped(byte[] text) throws ErrnoException {
        String[] words = new String(text, ISO_8859_1).trim().split("\\s+", -1);
        if (words.length != 2) {
            throw Errno.EINVAL.exception();
        }
        long first = KernelNumber.signed(words[0].getBytes(ISO_8859_1), 0, Integer.MAX_VALUE);
        long last = KernelNumber.signed(words[1].getBytes(ISO_8859_1), 0, Integer.MAX_VALUE);
        return (first + " " + Math.min(last, idCount - 1L) + '\n').getBytes(ISO_8859_1);
    }

    /** Where the value is kept: one of the kernel's has two names. */
    private static String key(SysctlEntry entry) {
        return entry.path().equals("net/nf_conntrack_max") ? "net/netfilter/nf_conntrack_max" : entry.path();
    }

    private void set(SysctlEntry entry, String value) throws ErrnoException {
        if (entry.hostMost() != 0) {
            host.want(key(entry), Math.min(Long.parseLong(value), entry.hostMost()));
        }
        synchronized (own) {
            own.put(key(entry), (value + '\n').getBytes(ISO_8859_1));
        }
    }

    private byte[] ownValue(SysctlEntry entry) throws ErrnoException {
        byte[] value = own.get(key(entry));
        if (value == null) {
            value = hostValue(entry);
            own.put(key(entry), value);
        }
        return value;
    }

    private static byte[] hostValue(SysctlEntry entry) throws ErrnoException {
        TextScanner text = new TextScanner();
        if (!KernelFile.readOnce(HOST_ROOT + entry.path(), text)) {
            throw Errno.ENOENT.exception();
        }
        return Arrays.copyOf(text.bytes(), text.length());
    }

    private static long number(byte[] text) {
        return Long.parseUnsignedLong(new String(text, ISO_8859_1).trim());
    }

    /** {@code proc_dostring}: up to the first newline or NUL, and cut at the longest. */
    private static byte[] line(byte[] text, long longest) {
        int length = 0;
        while (length < text.length && length < longest && text[length] != '\n' && text[length] != 0) {
            length++;
        }
        return Arrays.copyOf(text, length);
    }
}
