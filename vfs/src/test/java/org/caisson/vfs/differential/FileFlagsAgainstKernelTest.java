package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileFlags;
import org.caisson.linux.Fsxattr;
import org.caisson.linux.OpenFlags;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The flags of chattr(1): who may set which, what they forbid, what new files have of them and what statx(2) tells, as on tmpfs. */
@ExtendWith(FdLeakCheck.class)
class FileFlagsAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.flags.steps", 6000);

    private static final String[] FILES = {"f", "d/inside", "d/other"};
    private static final String[] DIRECTORIES = {"d", "e", "d/sub"};
    private static final String[] PATHS = {"f", "d", "l", "p", "d/inside", "d/other", "e", "d/sub", "d/new", "/"};
    private static final int[] FLAGS = {
        FileFlags.FS_IMMUTABLE_FL, FileFlags.FS_APPEND_FL, FileFlags.FS_NODUMP_FL, FileFlags.FS_NOATIME_FL
    };
    private static final int[] XFLAGS = {
        Fsxattr.FS_XFLAG_IMMUTABLE, Fsxattr.FS_XFLAG_APPEND, Fsxattr.FS_XFLAG_NODUMP, Fsxattr.FS_XFLAG_NOATIME
    };
    private static final int UNKNOWN = 0x1;
    private static final int CASEFOLD = 0x40000000;
    private static final int SLOT_OF_FLAGS = 4;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void flagsForbidWhatTheyForbidOnTmpfs(long seed) throws Exception {
        assertThat(SideBySide.play(both -> new Changes(seed, both).run())).isEmpty();
    }

    /** One seeded run. */
    private static final class Changes {
        private final Random random;
        private final SideBySide both;
        private final MemorySegment byteOfData = MemorySegment.ofArray(new byte[] {1});

        Changes(long seed, SideBySide both) {
            random = new Random(seed);
            this.both = both;
        }

        void run() {
            both.actAs(Subject.WHO.getFirst());
            both.compare("mkdir", subject -> subject.mkdir("d", 0777));
            both.compare("chmod", subject -> subject.chmod("d", 0777));
            both.compare("mkdir", subject -> subject.mkdir("e", 0777));
            both.compare("symlink", subject -> subject.symlink("l", "f"));
            both.compare("mkfifo", subject -> subject.mknod("p", 0010644, 0));
            for (int i = 0; i < STEPS && !both.differ(); i++) {
                both.actAs(Subject.WHO.get(random.nextInt(4) == 0 ? 1 : 0));
                if (random.nextInt(4) == 0) {
                    fill();
                }
                step();
                both.actAs(Subject.WHO.getFirst());
                for (String path : PATHS) {
                    both.compareAttributes(path);
                    both.compare("statx " + path, subject -> subject.statx(path, false));
                }
                for (int slot = 0; slot < 3; slot++) {
                    int opened = slot;
                    both.compare("statx of " + opened, subject -> subject.fstatx(opened));
                }
            }
        }

        private void fill() {
            for (String path : FILES) {
                both.compare("make " + path, subject -> subject.mknod(path, 0100666, 0));
            }
            both.compare("make d/sub", subject -> subject.mkdir("d/sub", 0777));
        }

        private String any(String[] paths) {
            return paths[random.nextInt(paths.length)];
        }

        private int flags() {
            int flags = 0;
            for (int flag : FLAGS) {
                flags |= random.nextInt(4) == 0 ? flag : 0;
            }
            return switch (random.nextInt(30)) {
                case 0 -> flags | UNKNOWN;
                case 1 -> flags | CASEFOLD;
                default -> flags;
            };
        }

        /** The fields of a {@code struct fsxattr}: flags, among them such as tmpfs has not, and now and then sizes or a project. */
        private int[] attributes() {
            int flags = 0;
            for (int flag : XFLAGS) {
                flags |= random.nextInt(4) == 0 ? flag : 0;
            }
            if (random.nextInt(10) == 0) {
                flags |= 1 << random.nextInt(32);
            }
            int[] fields = {flags, 0, 0, 0, 0};
            if (random.nextInt(10) == 0) {
                fields[1 + random.nextInt(4)] = random.nextInt(4) == 0 ? -1 : 4096;
            }
            return fields;
        }

        private void step() {
            String file = any(FILES);
            String path = any(PATHS);
            String directory = any(DIRECTORIES);
            int slot = random.nextInt(3);
            switch (random.nextInt(26)) {
                case 0, 1, 2, 3, 4 -> {
                    int flags = flags();
                    both.compare("flags " + path + " " + flags, subject -> setFlags(subject, path, flags));
                }
                case 24, 25 -> {
                    int[] wanted = attributes();
                    both.compare(
                            "attributes " + path + " " + Arrays.toString(wanted),
                            subject -> setAttributes(subject, path, wanted));
                }
                case 5, 6 -> {
                    int mode = new int[] {OpenFlags.O_RDONLY, OpenFlags.O_WRONLY, OpenFlags.O_RDWR}[random.nextInt(3)];
                    int append = random.nextBoolean() ? OpenFlags.O_APPEND : 0;
                    int truncate = random.nextInt(4) == 0 ? OpenFlags.O_TRUNC : 0;
                    int flags = mode | append | truncate;
                    both.compare("open " + file + " " + flags, subject -> subject.open(slot, file, flags, 0));
                }
                case 7 -> {
                    int flags = OpenFlags.O_WRONLY | OpenFlags.O_CREAT | (random.nextBoolean() ? OpenFlags.O_EXCL : 0);
                    both.compare("create", subject -> subject.open(slot, "d/new", flags, 0666));
                }
                case 8 -> {
                    int flags = OpenFlags.O_RDWR | OpenFlags.O_TMPFILE;
                    both.compare("temporary " + directory, subject -> subject.open(slot, directory, flags, 0666));
                }
                case 9 ->
                    both.compare("write", subject -> {
                        subject.data.copyFrom(byteOfData);
                        return subject.write(slot, subject.data.asSlice(0, 1));
                    });
                case 10 -> both.compare("ftruncate", subject -> subject.ftruncate(slot, 3));
                case 11 -> both.compare("truncate " + file, subject -> subject.truncate(file, 5));
                case 12 -> {
                    int mode = random.nextInt(4);
                    both.compare("fallocate " + mode, subject -> subject.fallocate(slot, mode, 0, 100));
                }
                case 13 -> both.compare("copy", subject -> subject.copyRange((slot + 1) % 3, 0, slot, 10, 5, 0));
                case 14 -> {
                    String target = any(PATHS);
                    int flags = random.nextInt(3);
                    both.compare("rename " + path + " " + target, subject -> subject.rename(path, target, flags));
                }
                case 15 -> both.compare("unlink " + path, subject -> subject.unlink(path));
                case 16 -> both.compare("rmdir " + directory, subject -> subject.rmdir(directory));
                case 17 -> {
                    String target = any(PATHS);
                    both.compare("link " + path + " " + target, subject -> subject.link(path, target, false));
                }
                case 18 -> both.compare("chmod " + path, subject -> subject.chmod(path, 0777));
                case 19 -> {
                    int uid = new int[] {-1, 0, 1000}[random.nextInt(3)];
                    both.compare("chown " + path + " " + uid, subject -> subject.chown(path, uid, -1, false));
                }
                case 20 -> {
                    long access = new long[] {Subject.NOW, Subject.OMIT, 5}[random.nextInt(3)];
                    long modify = new long[] {Subject.NOW, Subject.OMIT, 5}[random.nextInt(3)];
                    both.compare(
                            "utimes " + path + " " + access + " " + modify,
                            subject -> subject.utimes(path, 1000, access, modify, false));
                }
                case 21 -> {
                    String name = new String[] {"user.a", "trusted.a", "security.a", "system.posix_acl_access"}
                            [random.nextInt(4)];
                    byte[] value = name.startsWith("system") ? XattrValues.acl(random.nextInt(1000)) : new byte[3];
                    both.compare("setxattr " + path + " " + name, subject -> subject.setXattr(path, name, value, 0));
                    both.compare("removexattr " + path + " " + name, subject -> subject.removeXattr(path, name));
                }
                case 22 -> {
                    int wanted = random.nextInt(8);
                    both.compare("access " + path + " " + wanted, subject -> subject.access(path, wanted));
                    both.compare("fcntl", subject -> subject.setFlags(slot, wanted > 3 ? OpenFlags.O_APPEND : 0));
                }
                default -> {
                    both.compare("symlink", subject -> subject.symlink("d/new", "x"));
                    both.compare("read", subject -> subject.pread(slot, subject.data.asSlice(0, 5), 0));
                }
            }
        }

        private static String setAttributes(Subject subject, String path, int[] fields) {
            int how = OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK;
            long opened = subject.open(SLOT_OF_FLAGS, path, how, 0);
            if (opened < 0) {
                return "open " + opened;
            }
            MemorySegment struct = subject.data.asSlice(0, Fsxattr.SIZE);
            struct.fill((byte) 0);
            for (int i = 0; i < fields.length; i++) {
                struct.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i, fields[i]);
            }
            long set = subject.setFileAttributes(SLOT_OF_FLAGS);
            struct.fill((byte) -1);
            long told = subject.fileAttributes(SLOT_OF_FLAGS);
            subject.close(SLOT_OF_FLAGS);
            return set + " " + told + " " + Arrays.toString(struct.toArray(ValueLayout.JAVA_BYTE));
        }

        /** By a descriptor of its own, as chattr(1) does. */
        private static String setFlags(Subject subject, String path, int flags) {
            int how = OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK;
            long opened = subject.open(SLOT_OF_FLAGS, path, how, 0);
            if (opened < 0) {
                return "open " + opened;
            }
            long set = subject.setFileFlags(SLOT_OF_FLAGS, flags);
            long told = subject.fileFlags(SLOT_OF_FLAGS);
            subject.close(SLOT_OF_FLAGS);
            return set + " " + told;
        }
    }
}
