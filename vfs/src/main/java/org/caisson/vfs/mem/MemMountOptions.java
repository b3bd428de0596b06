package org.caisson.vfs.mem;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemParameter;

/** Options of tmpfs as {@code shmem_parse_one} of the kernel reads them. One thread at a time. */
final class MemMountOptions {
    /** More would not fit the bytes that inodes are counted in. */
    private static final long MOST_INODES = Long.MAX_VALUE / Space.INODE;

    private static final long MOST_PAGES = Long.MAX_VALUE / PageStore.PAGE_SIZE - 1;
    private static final Set<String> HUGE = Set.of("never", "always", "within_size", "advise");

    private final FileSystemLog log;

    /** Limits that were given; -1 for those that were not. */
    private long pages = -1;

    private long inodes = -1;
    private int mode = 01777;
    private int uid;
    private int gid;
    private boolean wide;
    private boolean noswap;
    private String huge = "never";

    MemMountOptions(FileSystemLog log) {
        this.log = log;
    }

    long pages() {
        return pages;
    }

    long inodes() {
        return inodes;
    }

    /** What a new file system gets. */
    MemOptions choose() {
        long limit = pages < 0 ? HostMemory.pages() / 2 : pages;
        return MemOptions.DEFAULT
                .withSize(limit * PageStore.PAGE_SIZE)
                .withInodes(inodes < 0 ? HostMemory.pages() / 2 : inodes)
                .withMode(mode)
                .withOwner(uid, gid);
    }

    /** Takes one option; false if there is no such option. */
    boolean take(FileSystemParameter option) throws ErrnoException {
        switch (option.key()) {
            case "size" -> pages = pagesOf(option);
            case "nr_blocks" -> pages = Math.min(number(option, false), MOST_PAGES);
            case "nr_inodes" -> inodes = inodesOf(option);
            case "mode" -> mode = (int) integer(option, 8) & 07777;
            case "uid" -> uid = id(option);
            case "gid" -> gid = id(option);
            case "huge" -> huge = hugeOf(option);
            case "inode32", "inode64" -> {
                requireFlag(option);
                wide = option.key().equals("inode64");
            }
            case "noswap" -> {
                requireFlag(option);
                noswap = true;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What mountinfo shows of options that change nothing here. */
    String shown() {
        return (wide ? ",inode64" : "") + (huge.equals("never") ? "" : ",huge=" + huge) + (noswap ? ",noswap" : "");
    }

    private void requireFlag(FileSystemParameter option) throws ErrnoException {
        if (!(option instanceof FileSystemParameter.Flag)) {
            log.error(MemFileSystem.TYPE + ": Unexpected value for '" + option.key() + "'");
            throw Errno.EINVAL.exception();
        }
    }

    private String hugeOf(FileSystemParameter option) throws ErrnoException {
        String value = text(option);
        if (!HUGE.contains(value)) {
            throw badValue(option);
        }
        return value;
    }

    private ErrnoException badValue(FileSystemParameter option) {
        log.badValue(MemFileSystem.TYPE, option.key());
        return Errno.EINVAL.exception();
    }

    /** {@code fs_param_is_string}. */
    private String text(FileSystemParameter option) throws ErrnoException {
        if (option instanceof FileSystemParameter.Text text && text.value().length() > 0) {
            return new String(text.value().toByteArray(), StandardCharsets.ISO_8859_1);
        }
        throw badValue(option);
    }

    private long pagesOf(FileSystemParameter option) throws ErrnoException {
        long bytes = number(option, true);
        long whole = Long.divideUnsigned(bytes + PageStore.PAGE_SIZE - 1, PageStore.PAGE_SIZE);
        return Math.min(whole, MOST_PAGES);
    }

    private long inodesOf(FileSystemParameter option) throws ErrnoException {
        long count = number(option, false);
        if (Long.compareUnsigned(count, -1L >>> 10) > 0) {
            throw badValue(option);
        }
        return Math.min(count, MOST_INODES);
    }

    /** {@code memparse}: a number of C with a suffix, or a part of the host's memory in percent. */
    private long number(FileSystemParameter option, boolean percent) throws ErrnoException {
        String text = text(option).toLowerCase(Locale.ROOT);
        int base = text.startsWith("0x") && text.length() > 2 && Character.digit(text.charAt(2), 16) >= 0
                ? 16
                : text.startsWith("0") ? 8 : 10;
        int at = base == 16 ? 2 : 0;
        long value = 0;
        while (at < text.length() && text.charAt(at) < 128 && Character.digit(text.charAt(at), base) >= 0) {
            value = value * base + Character.digit(text.charAt(at), base);
            at++;
        }
        String rest = text.substring(at);
        if (!rest.isEmpty() && "kmgtpe".indexOf(rest.charAt(0)) >= 0) {
            value <<= 10 * ("kmgtpe".indexOf(rest.charAt(0)) + 1);
            rest = rest.substring(1);
        }
        if (percent && rest.startsWith("%")) {
            value = Long.divideUnsigned((value << 12) * HostMemory.pages(), 100);
            rest = rest.substring(1);
        }
        if (!rest.isEmpty() || (!percent && value < 0)) {
            throw badValue(option);
        }
        return value;
    }

    /** {@code kstrtouint}: base 0 is the number's own. */
    private long integer(FileSystemParameter option, int base) throws ErrnoException {
        String text = text(option);
        String digits = text.startsWith("+") ? text.substring(1) : text;
        digits = digits.endsWith("\n") ? digits.substring(0, digits.length() - 1) : digits;
        int radix = base;
        if (base == 0) {
            boolean hex = digits.length() > 2 && digits.startsWith("0x");
            radix = hex ? 16 : digits.startsWith("0") ? 8 : 10;
            digits = hex ? digits.substring(2) : digits;
        }
        boolean valid = !digits.isEmpty() && digits.length() <= 40;
        for (int i = 0; i < digits.length(); i++) {
            valid &= digits.charAt(i) < 128 && Character.digit(digits.charAt(i), radix) >= 0;
        }
        if (!valid) {
            throw badValue(option);
        }
        BigInteger value = new BigInteger(digits, radix);
        if (value.bitLength() > Integer.SIZE) {
            throw badValue(option);
        }
        return value.longValue();
    }

    /** The id of nobody is none ({@code fs_param_is_uid}). */
    private int id(FileSystemParameter option) throws ErrnoException {
        int value = (int) integer(option, 0);
        if (value == -1) {
            throw badValue(option);
        }
        return value;
    }
}
