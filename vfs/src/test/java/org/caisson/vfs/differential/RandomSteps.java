package org.caisson.vfs.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.differential.Step.Call;

/** Makes sequences that meet the same few names again and again. */
final class RandomSteps {
    private static final String[] NAMES = {"a", "b", "c", "dd", "a-rather-longer-name"};
    private static final String[] XATTRS = {
        "user.one",
        "user.two",
        "trusted.t",
        "security.s",
        "security.capability",
        "system.posix_acl_access",
        "system.posix_acl_access",
        "system.posix_acl_default",
        "bogus.x",
        "user."
    };
    private static final int[] MODES = {0644, 0600, 0755, 0777, 0, 01777, 02775, 04755, 06711, 02644, 0555, 0111};
    private static final long[] OFFSETS = {
        0, 0, 1, 100, 4095, 4096, 4097, 8192, 12000, 70000, 1 << 20, 1L << 40, -1, Long.MAX_VALUE - 4, Long.MAX_VALUE
    };
    private static final long[] LENGTHS = {0, 1, 10, 1000, 4096, 4097, 9000, 20000};
    private static final int[] OWNERS = {-1, 0, 1000, 1001, 50};

    /** Each as often as it stands here. */
    private static final Call[] CALLS = {
        Call.MKDIR,
        Call.MKDIR,
        Call.MKDIR,
        Call.MKNOD,
        Call.SYMLINK,
        Call.LINK,
        Call.LINK_OPEN,
        Call.UNLINK,
        Call.UNLINK,
        Call.RMDIR,
        Call.RENAME,
        Call.RENAME,
        Call.RENAME,
        Call.OPEN,
        Call.OPEN,
        Call.OPEN,
        Call.OPEN,
        Call.OPEN,
        Call.OPEN,
        Call.REOPEN,
        Call.CLOSE,
        Call.READ,
        Call.WRITE,
        Call.WRITE,
        Call.PREAD,
        Call.PWRITE,
        Call.PWRITE,
        Call.READV,
        Call.WRITEV,
        Call.SEEK,
        Call.SEEK,
        Call.TRUNCATE,
        Call.FTRUNCATE,
        Call.FALLOCATE,
        Call.FALLOCATE,
        Call.COPY,
        Call.COPY,
        Call.CHMOD,
        Call.CHMOD,
        Call.FCHMOD,
        Call.CHOWN,
        Call.CHOWN,
        Call.FCHOWN,
        Call.UTIMES,
        Call.UTIMES,
        Call.STAT,
        Call.STAT,
        Call.FSTAT,
        Call.ACCESS,
        Call.READLINK,
        Call.LIST,
        Call.STATFS,
        Call.SET_XATTR,
        Call.SET_XATTR,
        Call.SET_XATTR,
        Call.GET_XATTR,
        Call.LIST_XATTR,
        Call.REMOVE_XATTR,
        Call.FSET_XATTR,
        Call.SET_FLAGS
    };

    private final Random random;

    RandomSteps(long seed) {
        random = new Random(seed);
    }

    /** So many steps, with a look at the whole tree now and then and at the end. */
    List<Step> make(int count, int dumpEach) {
        List<Step> steps = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            steps.add(step());
            if (i % dumpEach == 0) {
                steps.add(Step.of(Call.DUMP));
            }
        }
        for (int slot = 0; slot < Subject.SLOTS; slot++) {
            steps.add(Step.of(Call.CLOSE).slot(slot));
        }
        steps.add(Step.of(Call.DUMP));
        return steps;
    }

    private Step step() {
        Call call = CALLS[random.nextInt(CALLS.length)];
        Step step = Step.of(call).who(Math.max(0, random.nextInt(5) - 2));
        return switch (call) {
            case MKDIR -> step.path(path()).mode(mode());
            case MKNOD -> step.path(path()).mode(type() | mode()).offset(random.nextInt(3) * 0x103);
            case SYMLINK -> step.path(path()).text(target());
            case LINK -> step.path(path()).other(path()).flags(random.nextInt(2));
            case LINK_OPEN -> step.slot(slot()).path(path());
            case RENAME -> step.path(path()).other(path()).flags(renameFlags());
            case OPEN -> step.slot(slot()).path(path()).flags(openFlags()).mode(mode());
            case REOPEN -> step.slot(slot()).otherSlot(slot()).flags(openFlags() & ~OpenFlags.O_NOFOLLOW);
            case READ -> step.slot(slot()).length(length());
            case WRITE -> step.slot(slot()).length(length()).mode(1 + random.nextInt(100));
            case PREAD -> step.slot(slot()).length(length()).offset(offset());
            case PWRITE -> step.slot(slot()).length(length()).offset(end()).mode(1 + random.nextInt(100));
            case READV -> step.slot(slot()).length(1 + length()).offset(offset());
            case WRITEV -> step.slot(slot()).length(1 + length()).offset(end()).mode(1 + random.nextInt(100));
            case SEEK -> step.slot(slot()).offset(end()).flags(random.nextInt(6));
            case TRUNCATE -> step.path(path()).offset(end());
            case FTRUNCATE -> step.slot(slot()).offset(end());
            case FALLOCATE ->
                step.slot(slot()).flags(fallocateMode()).offset(end()).length(length());
            case COPY -> copy(step);
            case CHMOD -> step.path(path()).mode(mode());
            case FCHMOD -> step.slot(slot()).mode(mode());
            case CHOWN -> step.path(path()).offset(owner()).length(owner()).flags(random.nextInt(2));
            case FCHOWN -> step.slot(slot()).offset(owner()).length(owner());
            case UTIMES ->
                step.path(path())
                        .mode(random.nextInt(1000))
                        .offset(nanos())
                        .length(nanos())
                        .flags(random.nextInt(2));
            case UNLINK, RMDIR, LIST, STATFS -> step.path(path());
            case STAT -> step.path(path()).flags(random.nextInt(2));
            case ACCESS -> step.path(path()).mode(random.nextInt(8));
            case READLINK -> step.path(path()).length(random.nextInt(60));
            case SET_XATTR -> xattr(step.path(path()));
            // What is wrong apart from the file is found before a closed descriptor, which is a door's affair.
            case FSET_XATTR -> xattr(step.slot(slot())).flags(random.nextInt(3)).length(random.nextInt(60));
            case GET_XATTR -> step.path(path()).text(xattrName()).length(random.nextInt(3) * 40L);
            case LIST_XATTR -> step.path(path()).length(random.nextInt(4) * 30L);
            case REMOVE_XATTR -> step.path(path()).text(xattrName());
            case SET_FLAGS -> step.slot(slot()).flags(setFlags());
            case CLOSE, FSTAT -> step.slot(slot());
            case DUMP -> step;
        };
    }

    private Step copy(Step step) {
        long to = Math.min(offset(), 1 << 20);
        return step.slot(slot())
                .offset(offset())
                .otherSlot(slot())
                .mode((int) to)
                .length(random.nextInt(30) == 0 ? Long.MAX_VALUE : length())
                .flags(random.nextInt(20) == 0 ? 1 : 0);
    }

    private Step xattr(Step step) {
        int[] flags = {0, 0, 0, 1, 2, 3, 4};
        return step.text(xattrName())
                .flags(flags[random.nextInt(flags.length)])
                .length(random.nextInt(50) == 0 ? 65535 + random.nextInt(3) : random.nextInt(60))
                .mode(1 + random.nextInt(1 << 24));
    }

    private String xattrName() {
        return XATTRS[random.nextInt(XATTRS.length)];
    }

    private String name() {
        return NAMES[random.nextInt(NAMES.length)];
    }

    private String path() {
        StringBuilder path = new StringBuilder(random.nextInt(8) == 0 ? "/" : "");
        path.append(name());
        while (random.nextInt(5) < 2) {
            path.append('/').append(random.nextInt(12) == 0 ? random.nextBoolean() ? "." : ".." : name());
        }
        if (random.nextInt(25) == 0) {
            path.append('/');
        }
        return path.toString();
    }

    private String target() {
        return random.nextInt(10) == 0 ? "x".repeat(120 + random.nextInt(16)) : path();
    }

    private int mode() {
        return MODES[random.nextInt(MODES.length)];
    }

    private int type() {
        int[] types = {StatMode.S_IFREG, StatMode.S_IFCHR, StatMode.S_IFBLK, StatMode.S_IFSOCK, 0, 0, StatMode.S_IFDIR};
        return types[random.nextInt(types.length)];
    }

    private int slot() {
        return random.nextInt(Subject.SLOTS);
    }

    private long offset() {
        return OFFSETS[random.nextInt(OFFSETS.length)];
    }

    /** No file becomes so long that the kernel's search for data and holes overflows. */
    private long end() {
        long offset = offset();
        return offset == Long.MAX_VALUE - 4 ? 1L << 61 : offset;
    }

    private long length() {
        return LENGTHS[random.nextInt(LENGTHS.length)];
    }

    private int owner() {
        return OWNERS[random.nextInt(OWNERS.length)];
    }

    private long nanos() {
        return switch (random.nextInt(4)) {
            case 0 -> Subject.NOW;
            case 1 -> Subject.OMIT;
            default -> random.nextInt(1_000_000_000);
        };
    }

    private int renameFlags() {
        return switch (random.nextInt(8)) {
            case 0 -> 1;
            case 1, 2 -> 2;
            case 3 -> 4;
            case 4 -> random.nextInt(16);
            default -> 0;
        };
    }

    private int fallocateMode() {
        int[] modes = {0, 0, 1, 3, 3, 2, 8, 0x10, 0x11, 0x20, 0x40, 0x100, 9};
        return modes[random.nextInt(modes.length)];
    }

    private int setFlags() {
        int flags = 0;
        for (int flag : new int[] {OpenFlags.O_APPEND, OpenFlags.O_NONBLOCK, OpenFlags.O_NOATIME}) {
            flags |= random.nextInt(4) == 0 ? flag : 0;
        }
        return flags;
    }

    private int openFlags() {
        int flags = random.nextInt(8) == 0 ? random.nextInt(4) : random.nextInt(2) * OpenFlags.O_RDWR;
        int[] more = {
            OpenFlags.O_DIRECTORY,
            OpenFlags.O_NOFOLLOW,
            OpenFlags.O_PATH,
            OpenFlags.O_TRUNC,
            OpenFlags.O_APPEND,
            OpenFlags.O_CREAT | OpenFlags.O_EXCL,
            OpenFlags.O_NOATIME,
            OpenFlags.O_TMPFILE,
            OpenFlags.O_TMPFILE | OpenFlags.O_EXCL,
            OpenFlags.O_NONBLOCK
        };
        if (random.nextInt(2) == 0) {
            flags |= OpenFlags.O_CREAT;
        }
        while (random.nextInt(5) < 2) {
            flags |= more[random.nextInt(more.length)];
        }
        return flags;
    }
}
