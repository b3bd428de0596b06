package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may change which attribute of whose file, what else that changes, and what new nodes get, as on tmpfs. */
@ExtendWith(FdLeakCheck.class)
class AttributesAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.attributes.steps", 3000);

    private static final String[] PATHS = {"f", "d", "l", "p", "d/inside"};
    private static final int[] MODES = {
        0100644, 0106777, 0102755, 0102745, 0104711, 0101777, 0107000, 0102070, 0777, 0700, 0070, 0
    };
    private static final int[] IDS = {0, 1000, 1001, 50, -1};
    private static final String[] XATTRS = {
        "user.a",
        "user.longer-name",
        "trusted.a",
        "security.a",
        "system.posix_acl_access",
        "user.",
        "nothing.a",
        "security.capability"
    };

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void changesEndAsOnTmpfs(long seed) throws Exception {
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
            both.compare("mknod", subject -> subject.mknod("f", 0100644, 0));
            both.compare("mkdir", subject -> subject.mkdir("d", 0777));
            both.compare("symlink", subject -> subject.symlink("l", "f"));
            both.compare("mkfifo", subject -> subject.mknod("p", 0010644, 0));
            both.compare("inside", subject -> subject.mknod("d/inside", 0100644, 0));
            for (int i = 0; i < STEPS && !both.differ(); i++) {
                if (random.nextInt(3) == 0) {
                    arrange();
                }
                both.actAs(Subject.WHO.get(random.nextInt(3)));
                step();
                both.actAs(Subject.WHO.getFirst());
                for (String path : PATHS) {
                    both.compareAttributes(path);
                }
            }
        }

        private String path() {
            return PATHS[random.nextInt(PATHS.length)];
        }

        private int mode() {
            return MODES[random.nextInt(MODES.length)] & 07777;
        }

        /** Root gives a file to somebody. */
        private void arrange() {
            String path = path();
            int uid = IDS[random.nextInt(3)];
            int gid = IDS[random.nextInt(4)];
            int mode = mode();
            both.compare("give " + path, subject -> subject.chown(path, uid, gid, false));
            both.compare("set " + path, subject -> subject.chmod(path, mode));
        }

        private void step() {
            String path = path();
            switch (random.nextInt(9)) {
                case 0 -> {
                    int mode = mode();
                    both.compare("chmod " + path + " " + mode, subject -> subject.chmod(path, mode));
                }
                case 1 -> {
                    int uid = IDS[random.nextInt(IDS.length)];
                    int gid = IDS[random.nextInt(IDS.length)];
                    boolean follow = random.nextBoolean();
                    both.compare(
                            "chown " + path + " " + uid + " " + gid, subject -> subject.chown(path, uid, gid, follow));
                }
                case 2 -> {
                    long access = nanos();
                    long modify = nanos();
                    both.compare(
                            "utimes " + path + " " + access + " " + modify,
                            subject -> subject.utimes(path, 1000, access, modify, true));
                }
                case 3 -> {
                    int size = random.nextInt(4) - 1;
                    both.compare("truncate " + path + " " + size, subject -> subject.truncate(path, size));
                }
                case 4 -> {
                    int flags = random.nextBoolean() ? OpenFlags.O_WRONLY : OpenFlags.O_WRONLY | OpenFlags.O_TRUNC;
                    String file = random.nextBoolean() ? "f" : "d/inside";
                    both.compare("write " + file, subject -> write(subject, file, flags));
                }
                case 5 -> {
                    int mode = mode();
                    boolean directory = random.nextBoolean();
                    both.compare(
                            "create " + mode,
                            subject -> directory
                                    ? subject.mkdir("d/new", mode)
                                    : subject.mknod("d/new", 0100000 | mode, 0));
                    both.compareAttributes("d/new");
                    both.compare("remove", subject -> directory ? subject.rmdir("d/new") : subject.unlink("d/new"));
                }
                case 6 -> {
                    String name = XATTRS[random.nextInt(XATTRS.length)];
                    byte[] value = value(name);
                    int flags = random.nextInt(5);
                    both.compare(
                            "setxattr " + path + " " + name + " " + value.length + " " + flags,
                            subject -> subject.setXattr(path, name, value, flags));
                }
                case 7 -> {
                    String name = XATTRS[random.nextInt(XATTRS.length)];
                    both.compare("removexattr " + path + " " + name, subject -> subject.removeXattr(path, name));
                }
                default -> {
                    String name = XATTRS[random.nextInt(XATTRS.length)];
                    int room = random.nextInt(40);
                    both.compare(
                            "getxattr " + path + " " + name + " " + room, subject -> get(subject, path, name, room));
                    both.compare("listxattr " + path + " " + room, subject -> list(subject, path, 2 * room));
                }
            }
        }

        private byte[] value(String name) {
            if (name.equals("security.capability") && random.nextInt(4) > 0) {
                byte[] value = XattrValues.capability(random.nextInt(1000));
                if (random.nextInt(4) == 0) {
                    value[random.nextInt(4)] = (byte) random.nextInt(5);
                }
                return value;
            }
            return new byte[random.nextInt(40) == 0 ? 65536 + random.nextInt(2) : random.nextInt(30)];
        }

        private long nanos() {
            return new long[] {Subject.NOW, Subject.OMIT, 5}[random.nextInt(3)];
        }

        private long write(Subject subject, String path, int flags) {
            long opened = subject.open(0, path, flags, 0);
            if (opened < 0) {
                return opened;
            }
            subject.data.copyFrom(byteOfData);
            long written = subject.pwrite(0, subject.data.asSlice(0, 1), 0);
            subject.close(0);
            return written;
        }

        private static String get(Subject subject, String path, String name, int room) {
            MemorySegment target = subject.data.asSlice(0, room);
            long length = subject.getXattr(path, name, target);
            return length + " " + List.of(length <= 0 || room == 0 ? "" : target.get(ValueLayout.JAVA_BYTE, 0));
        }

        /** Names in any order. */
        private static String list(Subject subject, String path, int room) {
            MemorySegment target = subject.data.asSlice(0, room);
            long length = subject.listXattr(path, target);
            TreeSet<String> names = new TreeSet<>();
            for (long at = 0; at < length && length <= room; ) {
                String name = target.getString(at);
                names.add(name);
                at += name.length() + 1;
            }
            return length + " " + names;
        }
    }
}
