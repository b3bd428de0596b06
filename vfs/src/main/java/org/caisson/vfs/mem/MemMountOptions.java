package org.caisson.vfs.mem;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemParameter;
import org.jspecify.annotations.Nullable;

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
    private boolean userQuotas;
    private boolean groupQuotas;

    /** Limits that were given; 0 for those that were not. */
    private long userBytes;

    private long groupBytes;
    private long userInodes;
    private long groupInodes;

    MemMountOptions(FileSystemLog log) {
        this.log = log;
    }

    long pages() {
        return pages;
    }

    long inodes() {
        return inodes;
    }

    /** The kernel's limit of pages, and of inodes, where none is given. */
    static long usual() {
        return HostMemory.pages() / 2;
    }

    /** What a new file system gets. */
    MemOptions choose() {
        long limit = pages < 0 ? usual() : pages;
        return MemOptions.DEFAULT
                .withSize(limit * PageStore.PAGE_SIZE)
                .withInodes(inodes < 0 ? usual() : inodes)
                .withMode(mode)
                .withOwner(uid, gid)
                .withQuotas(quotas());
    }

    /** Limits without anything that is limited are forgotten. */
    private MemQuotas quotas() {
        return userQuotas || groupQuotas
                ? new MemQuotas(userQuotas, groupQuotas, userBytes, groupBytes, userInodes, groupInodes)
                : MemQuotas.NONE;
    }

    /** Why a file system with quotas cannot be remounted so; null if it can. */
    @Nullable
    String refusal(MemQuotas present) {
        if ((userQuotas || groupQuotas) && !present.isOn()) {
            return "Cannot enable quota on remount";
        }
        boolean changed = differs(userBytes, present.userBytes())
                || differs(userInodes, present.userInodes())
                || differs(groupBytes, present.groupBytes())
                || differs(groupInodes, present.groupInodes());
        return changed ? "Cannot change global quota limit on remount" : null;
    }

    private static boolean differs(long given, long present) {
        return given != 0 && given != present;
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
            case "quota", "usrquota", "grpquota" -> {
                requireFlag(option);
                userQuotas |= !option.key().equals("grpquota");
                groupQuotas |= !option.key().equals("usrquota");
            }
            case "usrquota_block_hardlimit" -> userBytes = limit(option, "User quota block");
            case "grpquota_block_hardlimit" -> groupBytes = limit(option, "Group quota block");
            case "usrquota_inode_hardlimit" -> userInodes = limit(option, "User quota inode");
            case "grpquota_inode_hardlimit" -> groupInodes = limit(option, "Group quota inode");
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

    /** A number, or a part of the host's memory in percent. */
    private long number(FileSystemParameter option, boolean percent) throws ErrnoException {
        Parsed parsed = parse(option);
        long value = parsed.value;
        String rest = parsed.rest;
        if (percent && rest.startsWith("%")) {
            value = Long.divideUnsigned((value << 12) * HostMemory.pages(), 100);
            rest = rest.substring(1);
        }
        if (!rest.isEmpty() || (!percent && value < 0)) {
            throw badValue(option);
        }
        return value;
    }

    private long limit(FileSystemParameter option, String what) throws ErrnoException {
        Parsed parsed = parse(option);
        if (!parsed.rest.isEmpty() || parsed.value == 0) {
            throw badValue(option);
        }
        if (parsed.value < 0) {
            log.error(MemFileSystem.TYPE + ": " + what + " hardlimit too large.");
            throw Errno.EINVAL.exception();
        }
        return parsed.value;
    }

    /** A number without a sign, and what comes after it. */
    private record Parsed(long value, String rest) {}

    /** {@code memparse}: a number of C with a suffix. */
    private Parsed parse(FileSystemParameter option) throws ErrnoException {
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
        return new Parsed(value, rest);
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
