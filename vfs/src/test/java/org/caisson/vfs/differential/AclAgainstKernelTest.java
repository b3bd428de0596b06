package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountCalls;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Access control lists, well formed and not: whether they are taken, what is left of them, and who may do what, as on tmpfs. */
@ExtendWith(FdLeakCheck.class)
class AclAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.acl.steps", 1500);

    private static final String ACCESS = "system.posix_acl_access";
    private static final String DEFAULT = "system.posix_acl_default";
    private static final int[] TAGS = {0x01, 0x02, 0x02, 0x04, 0x08, 0x08, 0x10, 0x20};
    private static final int[] IDS = {1000, 1001, 50, 7};

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void listsMeanWhatTheyMeanOnTmpfs(long seed) throws Exception {
        Differential.loadClasses();
        Path directory = Files.createTempDirectory("caisson-acl");
        MappedPageStore store = MappedPageStore.anonymous();
        FutureTask<List<String>> comparison = new FutureTask<>(() -> {
            VirtualFileSystem vfs = new VirtualFileSystem();
            VirtualDentry root = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                    .root();
            try (Subject theirs = new KernelSubject(
                            directory.toString(), 022, at -> MountCalls.mount("none", at, "tmpfs", 0, "mode=1777"));
                    Subject ours = new VfsSubject(vfs, root, 022)) {
                return new Comparison(seed, theirs, ours).run();
            }
        });
        try {
            new Thread(comparison, "acl").start();
            assertThat(comparison.get(1, TimeUnit.MINUTES)).isEmpty();
        } finally {
            Files.delete(directory);
            store.close();
        }
    }

    /** One seeded run. */
    private static final class Comparison {
        private final Random random;
        private final Subject theirs;
        private final Subject ours;
        private final List<String> differences = new ArrayList<>();
        private int made;

        Comparison(long seed, Subject theirs, Subject ours) {
            random = new Random(seed);
            this.theirs = theirs;
            this.ours = ours;
        }

        @FunctionalInterface
        private interface Call {
            Object make(Subject subject);
        }

        private void compare(String what, Call call) {
            Object expected = call.make(theirs);
            Object actual = call.make(ours);
            if (!expected.equals(actual)) {
                differences.add(what + ": kernel " + expected + ", ours " + actual);
            }
        }

        List<String> run() {
            compare("mkdir", subject -> subject.mkdir("d", 0755));
            compare("mknod", subject -> subject.mknod("f", 0100644, 0));
            for (int i = 0; i < STEPS && differences.isEmpty(); i++) {
                step();
                look("f");
                look("d");
            }
            return differences;
        }

        private void step() {
            String path = random.nextInt(3) == 0 ? "d" : "f";
            switch (random.nextInt(8)) {
                case 0 -> {
                    int mode = random.nextInt(010000);
                    compare("chmod " + path + " " + mode, subject -> subject.chmod(path, mode));
                }
                case 1 -> {
                    int uid = new int[] {0, 1000, 1001}[random.nextInt(3)];
                    int gid = new int[] {0, 1000, 50}[random.nextInt(3)];
                    compare("chown", subject -> subject.chown(path, uid, gid, true));
                }
                case 2 -> {
                    byte[] list = list();
                    compare("default " + describe(list), subject -> subject.setXattr("d", DEFAULT, list, 0));
                }
                case 3 -> {
                    String name = "d/" + made++;
                    int mode = random.nextInt(01000);
                    boolean directory = random.nextBoolean();
                    compare(
                            "create " + mode,
                            subject -> directory ? subject.mkdir(name, mode) : subject.mknod(name, 0100000 | mode, 0));
                    look(name);
                    compare("default of " + name, subject -> value(subject, name, DEFAULT));
                }
                case 4 -> {
                    String which = random.nextBoolean() ? ACCESS : DEFAULT;
                    compare("remove", subject -> subject.removeXattr(path, which));
                }
                default -> {
                    byte[] list = list();
                    compare("access " + describe(list), subject -> subject.setXattr(path, ACCESS, list, 0));
                }
            }
        }

        private void look(String path) {
            compare("list of " + path, subject -> value(subject, path, ACCESS));
            compare("mode of " + path, subject -> {
                Seen seen = new Seen();
                subject.stat(path, true, seen);
                return Integer.toOctalString(seen.mode) + " " + seen.uid + " " + seen.gid;
            });
            for (Subject.Who who : Subject.WHO) {
                theirs.actAs(who);
                ours.actAs(who);
                for (int wanted = 1; wanted <= 7; wanted++) {
                    int asked = wanted;
                    compare(who + " wants " + asked + " of " + path, subject -> subject.access(path, asked));
                }
            }
            theirs.actAs(Subject.WHO.getFirst());
            ours.actAs(Subject.WHO.getFirst());
        }

        private static String value(Subject subject, String path, String name) {
            MemorySegment target = subject.arena.allocate(256);
            long length = subject.getXattr(path, name, target);
            return length + " "
                    + describe(target.asSlice(0, Math.max(length, 0)).toArray(ValueLayout.JAVA_BYTE));
        }

        private static String describe(byte[] list) {
            return new BigInteger(1, list).toString(16);
        }

        /** Mostly a list as it should be; else with something left out, doubled, out of order, or of a wrong value. */
        private byte[] list() {
            List<Integer> tags = new ArrayList<>();
            boolean named = false;
            for (int tag : TAGS) {
                boolean optional = tag == 0x02 || tag == 0x08;
                if (!optional && tag != 0x10) {
                    tags.add(tag);
                } else if (optional ? random.nextInt(3) == 0 : named || random.nextInt(3) == 0) {
                    tags.add(tag);
                    named |= optional;
                }
            }
            int fault = random.nextInt(30);
            switch (fault) {
                case 0 -> tags.remove(random.nextInt(tags.size()));
                case 1 -> tags.add(random.nextInt(tags.size() + 1), TAGS[random.nextInt(TAGS.length)]);
                case 2 -> Collections.swap(tags, random.nextInt(tags.size()), random.nextInt(tags.size()));
                case 3 -> tags.set(random.nextInt(tags.size()), random.nextInt(0x48));
                case 4 -> tags.clear();
                default -> {}
            }
            ByteBuffer out = ByteBuffer.allocate(4 + tags.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
            out.putInt(fault == 5 ? random.nextInt(4) : 2);
            for (int tag : tags) {
                out.putShort((short) tag);
                out.putShort((short) (fault == 6 && random.nextInt(4) == 0 ? random.nextInt(16) : random.nextInt(8)));
                boolean none = tag != 0x02 && tag != 0x08;
                out.putInt(none || (fault == 7 && random.nextInt(3) == 0) ? -1 : IDS[random.nextInt(IDS.length)]);
            }
            return fault == 8 ? Arrays.copyOf(out.array(), random.nextInt(out.capacity() + 1)) : out.array();
        }
    }
}
