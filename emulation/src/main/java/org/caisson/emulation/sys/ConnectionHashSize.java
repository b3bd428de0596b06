package org.caisson.emulation.sys;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.synthetic.ControlFile;

/**
 * {@code nf_conntrack}'s {@code hashsize}, which node software sets: at first the host's, then the container's own. It never
 * reaches the host, whose one table all containers share. Values are taken as by {@code nf_conntrack_set_hashsize}.
 */
final class ConnectionHashSize {
    private static final int MODE = 0600;
    private static final long PAGE = 4096;
    /** {@code struct hlist_nulls_head}. */
    private static final int BUCKET = 8;

    private static final int LONGEST = 64;
    private static final long UINT_MAX = 0xffff_ffffL;

    private final Path host;

    /** What was written last; 0 before. */
    private volatile long own;

    ConnectionHashSize(Path host) {
        this.host = host;
    }

    ControlFile file() {
        return ControlFile.of((_, out) -> out.appendDecimal(value()).newLine(), (_, data, _) -> set(data))
                .withMode(MODE)
                .withSize(PAGE);
    }

    private long value() {
        if (own != 0) {
            return own;
        }
        TextScanner text = new TextScanner();
        KernelFile.readOnce(host.toString(), text);
        return text.nextLine() ? text.decimal() : 0;
    }

    private void set(MemorySegment data) throws ErrnoException {
        if (data.byteSize() > LONGEST) {
            throw Errno.EINVAL.exception();
        }
        long buckets = parse(new String(data.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1));
        if (buckets == 0) {
            throw Errno.EINVAL.exception();
        }
        if (buckets > UINT_MAX / BUCKET) {
            throw Errno.ENOMEM.exception();
        }
        long whole = PAGE / BUCKET;
        own = (buckets + whole - 1) / whole * whole;
    }

    /** {@code kstrtouint} with base 0: one plus before and one newline after the number are allowed. */
    private static long parse(String text) throws ErrnoException {
        String digits = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        digits = digits.startsWith("+") ? digits.substring(1) : digits;
        int base = 10;
        if (digits.startsWith("0x") || digits.startsWith("0X")) {
            base = 16;
            digits = digits.substring(2);
        } else if (digits.startsWith("0")) {
            base = 8;
        }
        if (digits.isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) < 0x80 ? Character.digit(digits.charAt(i), base) : -1;
            if (digit < 0) {
                throw Errno.EINVAL.exception();
            }
            value = value * base + digit;
            if (value > UINT_MAX) {
                throw Errno.ERANGE.exception();
            }
        }
        return value;
    }
}
