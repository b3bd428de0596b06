package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** All combinations of a few names, flags and callers, on the memory file system and on the kernel's tmpfs: random calls meet few of them. */
@ExtendWith(FdLeakCheck.class)
class CombinationsAgainstKernelTest {
    private static final String LONGEST = "n".repeat(255);
    private static final String TOO_LONG = "n".repeat(256);

    /** Whatever a path may lead to, and what no path is. */
    private static final List<String> NAMES = List.of(
            "f",
            "f/",
            "d",
            "d/",
            "d/in",
            "d/in/x",
            "mine",
            "mine/y",
            "l",
            "l/",
            "dangling",
            "p",
            "missing",
            "missing/",
            "missing/x",
            ".",
            "..",
            "/",
            "d/.",
            "d/..",
            "f/x",
            "",
            LONGEST,
            TOO_LONG,
            TOO_LONG + "/x");

    private static final List<Subject.Who> CALLERS = Subject.WHO.subList(0, 2);

    private static final int TEMPORARY = OpenFlags.O_TMPFILE & ~OpenFlags.O_DIRECTORY;

    private static final int[] FLAGS = {
        OpenFlags.O_RDONLY,
        OpenFlags.O_WRONLY,
        OpenFlags.O_RDWR,
        OpenFlags.O_ACCMODE,
        OpenFlags.O_CREAT,
        OpenFlags.O_CREAT | OpenFlags.O_EXCL,
        OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC,
        OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW,
        OpenFlags.O_CREAT | OpenFlags.O_DIRECTORY,
        OpenFlags.O_EXCL,
        OpenFlags.O_DIRECTORY,
        OpenFlags.O_NOFOLLOW,
        OpenFlags.O_NOATIME,
        OpenFlags.O_TRUNC,
        OpenFlags.O_WRONLY | OpenFlags.O_TRUNC,
        OpenFlags.O_WRONLY | OpenFlags.O_APPEND,
        OpenFlags.O_PATH,
        OpenFlags.O_PATH | OpenFlags.O_CREAT | OpenFlags.O_EXCL,
        OpenFlags.O_PATH | OpenFlags.O_DIRECTORY,
        OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW,
        OpenFlags.O_TMPFILE,
        OpenFlags.O_TMPFILE | OpenFlags.O_WRONLY,
        OpenFlags.O_TMPFILE | OpenFlags.O_RDWR | OpenFlags.O_EXCL,
        TEMPORARY | OpenFlags.O_WRONLY
    };

    /** Root makes what was there, unless it still is; {@code mine} and what is in it belong to the user. */
    private static void arrange(SideBySide both) {
        both.actAs(Subject.WHO.getFirst());
        both.compare("f", subject -> subject.mknod("f", StatMode.S_IFREG | 0644, 0));
        both.compare("d", subject -> subject.mkdir("d", 0755));
        both.compare("d/in", subject -> subject.mkdir("d/in", 0777));
        both.compare("d/in/x", subject -> subject.mknod("d/in/x", StatMode.S_IFREG | 0666, 0));
        both.compare("mine", subject -> subject.mkdir("mine", 0755));
        both.compare("mine's owner", subject -> subject.chown("mine", 1000, 1000, false));
        both.compare("mine/y", subject -> subject.mknod("mine/y", StatMode.S_IFREG | 0600, 0));
        both.compare("y's owner", subject -> subject.chown("mine/y", 1000, 1000, false));
        both.compare("l", subject -> subject.symlink("l", "d"));
        both.compare("dangling", subject -> subject.symlink("dangling", "nowhere"));
        both.compare("p", subject -> subject.mknod("p", StatMode.S_IFIFO | 0666, 0));
    }

    private static void tidy(SideBySide both) {
        both.actAs(Subject.WHO.getFirst());
        for (String name : List.of("nowhere", "new", LONGEST, "missing")) {
            both.compare("unlink " + name, subject -> subject.unlink(name));
            both.compare("rmdir " + name, subject -> subject.rmdir(name));
        }
    }

    /** Each caller with each name, after everything was arranged anew. */
    private interface OnName {
        void call(SideBySide both, String name);
    }

    private static void forEachCallerAndName(OnName action) throws Exception {
        assertThat(SideBySide.play(both -> {
                    for (Subject.Who who : CALLERS) {
                        for (String name : NAMES) {
                            arrange(both);
                            both.actAs(who);
                            action.call(both, name);
                            tidy(both);
                        }
                    }
                }))
                .isEmpty();
    }

    @Test
    void everyNameIsRenamedToEveryOther() throws Exception {
        List<String> names = List.of(
                "f",
                "f/",
                "d",
                "d/",
                "d/in",
                "mine",
                "mine/y",
                "l",
                "dangling",
                "missing",
                "missing/",
                ".",
                "/",
                TOO_LONG);
        assertThat(SideBySide.play(both -> {
                    for (Subject.Who who : CALLERS) {
                        for (String from : names) {
                            for (String to : names) {
                                // None, RENAME_NOREPLACE, RENAME_EXCHANGE, both.
                                for (int flags = 0; flags < 4; flags++) {
                                    int how = flags;
                                    arrange(both);
                                    both.actAs(who);
                                    both.compare(
                                            who + " renames " + from + " to " + to + " " + how,
                                            subject -> subject.rename(from, to, how));
                                }
                            }
                        }
                        tidy(both);
                    }
                }))
                .isEmpty();
    }

    @Test
    void everyNameIsLinkedToEveryOther() throws Exception {
        forEachCallerAndName((both, from) -> {
            for (String to : List.of("new", "new/", "mine/new", "d/new", "f", "d", ".", "..", "f/x", TOO_LONG, "")) {
                for (boolean follow : new boolean[] {false, true}) {
                    both.compare(from + " to " + to + " " + follow, subject -> subject.link(from, to, follow));
                    both.compareAttributes(from);
                    both.compare("unlink " + to, subject -> subject.unlink(to));
                }
            }
        });
    }

    @Test
    void everyNameIsMadeAndRemoved() throws Exception {
        forEachCallerAndName((both, name) -> {
            both.compare("mkdir " + name, subject -> subject.mkdir(name, 0755));
            both.compare("rmdir " + name, subject -> subject.rmdir(name));
            both.compare("symlink " + name, subject -> subject.symlink(name, "target"));
            both.compare("unlink " + name, subject -> subject.unlink(name));
            for (int type : new int[] {
                0,
                StatMode.S_IFREG,
                StatMode.S_IFDIR,
                StatMode.S_IFLNK,
                StatMode.S_IFIFO,
                StatMode.S_IFSOCK,
                StatMode.S_IFBLK,
                StatMode.S_IFCHR
            }) {
                for (long device : new long[] {0, 0x103}) {
                    both.compare("mknod " + type + name, subject -> subject.mknod(name, type | 0640, device));
                    both.compareAttributes(name);
                    both.compare("rmdir " + name, subject -> subject.rmdir(name));
                    both.compare("unlink " + name, subject -> subject.unlink(name));
                }
            }
        });
    }

    @Test
    void everyNameIsOpenedInEveryWay() throws Exception {
        forEachCallerAndName((both, name) -> {
            for (int flags : FLAGS) {
                String what = name + " " + Integer.toOctalString(flags);
                both.compare("open " + what, subject -> subject.open(0, name, flags | OpenFlags.O_NONBLOCK, 0640));
                both.compare("write " + what, subject -> subject.write(0, subject.data.asSlice(0, 3)));
                both.compare("seek " + what, subject -> subject.seek(0, 0, 0));
                both.compare("read " + what, subject -> subject.read(0, subject.data.asSlice(0, 7)));
                both.compare("fstat " + what, subject -> described(subject, 0));
                both.compare("close " + what, subject -> subject.close(0));
                both.compare("unlink new", subject -> subject.unlink("nowhere"));
            }
        });
    }

    private static String described(Subject subject, int slot) {
        Seen seen = new Seen();
        long outcome = subject.fstat(slot, seen);
        // Of a directory the sizes are another matter.
        long size = StatMode.isDirectory(seen.mode) ? 0 : seen.size;
        return outcome + " " + Integer.toOctalString(seen.mode) + " " + size + " " + seen.links + " " + seen.uid;
    }

    @Test
    void everyNameIsLookedAtAndChanged() throws Exception {
        forEachCallerAndName((both, name) -> {
            both.compareAttributes(name);
            for (int wanted = 0; wanted < 8; wanted++) {
                int asked = wanted;
                both.compare("access " + name + asked, subject -> subject.access(name, asked));
            }
            both.compare("readlink " + name, subject -> subject.readlink(name, subject.data.asSlice(0, 3)));
            both.compare("list " + name, subject -> {
                List<String> names = new ArrayList<>();
                return subject.list(name, names) + " " + new TreeSet<>(names);
            });
            both.compare("statfs " + name, subject -> subject.statfs(name, new long[4]));
            for (long size : new long[] {-1, 0, 5}) {
                both.compare("truncate " + name + size, subject -> subject.truncate(name, size));
            }
            both.compare("chmod " + name, subject -> subject.chmod(name, 0755));
            both.compareAttributes(name);
            for (boolean follow : new boolean[] {false, true}) {
                both.compare("chown " + name, subject -> subject.chown(name, 1000, 50, follow));
                both.compareAttributes(name);
                both.compare("utimes " + name, subject -> subject.utimes(name, 100, Subject.NOW, Subject.NOW, follow));
                both.compare("utimes " + name, subject -> subject.utimes(name, 100, 1, Subject.OMIT, follow));
            }
            both.compare("chown " + name, subject -> subject.chown(name, 0, 0, false));
        });
    }

    @Test
    void everyAttributeIsSetInEveryWay() throws Exception {
        List<String> attributes = List.of(
                "user.a",
                "user." + "a".repeat(250),
                "user." + "a".repeat(251),
                "user.",
                "user",
                "",
                "trusted.a",
                "trusted.",
                "security.a",
                "security.capability",
                "system.a",
                "system.posix_acl_access",
                "system.posix_acl_default",
                "other.a");
        forEachCallerAndName((both, name) -> {
            for (String attribute : attributes) {
                for (int flags = 0; flags < 5; flags++) {
                    for (int size : new int[] {0, 7}) {
                        if (size == 0 && attribute.equals("security.capability")) {
                            continue; // the kernel lets anybody take off a file's capabilities so; Caisson does not
                        }
                        int how = flags;
                        String what = name + " " + attribute + " " + how + " " + size;
                        both.compare("set " + what, subject -> subject.setXattr(name, attribute, new byte[size], how));
                    }
                }
                both.compare("too much", subject -> subject.setXattr(name, attribute, new byte[65537], 0));
                for (int room : new int[] {0, 3, 7, 100}) {
                    both.compare(
                            "get " + name + " " + attribute + " " + room,
                            subject -> subject.getXattr(name, attribute, subject.data.asSlice(0, room)));
                    both.compare(
                            "list " + name + " " + room,
                            subject -> subject.listXattr(name, subject.data.asSlice(0, room)));
                }
                both.compare("remove " + attribute, subject -> subject.removeXattr(name, attribute));
                both.compare("remove again " + attribute, subject -> subject.removeXattr(name, attribute));
            }
        });
    }

    @Test
    void everyRangeIsAskedForInEveryWay() throws Exception {
        int[] manners = {
            OpenFlags.O_RDONLY,
            OpenFlags.O_WRONLY,
            OpenFlags.O_RDWR,
            OpenFlags.O_RDWR | OpenFlags.O_APPEND,
            OpenFlags.O_PATH
        };
        long[] places = {-1, 0, 1, 10, 4095, 4096, 4097, 8192, 12288, Long.MAX_VALUE};
        assertThat(SideBySide.play(both -> {
                    arrange(both);
                    for (int manner : manners) {
                        both.compare("fill", subject -> fill(subject));
                        both.compare("open " + manner, subject -> subject.open(0, "f", manner, 0));
                        both.compare("other", subject -> subject.open(1, "mine/y", OpenFlags.O_RDWR, 0));
                        for (long place : places) {
                            read(both, manner + " at " + place, place);
                            allocate(both, manner + " at " + place, place);
                            write(both, manner + " at " + place, place);
                            copy(both, manner + " at " + place, place);
                        }
                        both.compare("close", subject -> subject.close(0));
                        both.compare("close", subject -> subject.close(1));
                    }
                }))
                .isEmpty();
    }

    /** Two pages of data with a hole between. */
    private static long fill(Subject subject) {
        long opened = subject.open(0, "f", OpenFlags.O_RDWR | OpenFlags.O_TRUNC, 0);
        subject.data.asSlice(0, 4096).fill((byte) 7);
        long written = subject.pwrite(0, subject.data.asSlice(0, 4096), 0)
                + subject.pwrite(0, subject.data.asSlice(0, 10), 8192);
        return opened + written + subject.close(0);
    }

    private static void read(SideBySide both, String what, long place) {
        for (int whence = 0; whence < 6; whence++) {
            int from = whence;
            both.compare("seek " + from + what, subject -> subject.seek(0, place, from));
        }
        both.compare("back " + what, subject -> subject.seek(0, 2, 0));
        both.compare("read " + what, subject -> subject.read(0, subject.data.asSlice(0, 5)));
        both.compare("pread " + what, subject -> sum(subject, subject.pread(0, subject.data.asSlice(0, 5000), place)));
        both.compare("empty " + what, subject -> subject.pread(0, subject.data.asSlice(0, 0), place));
        both.compare("position " + what, subject -> subject.seek(0, 0, 1));
    }

    /** What was read, and a digest of it. */
    private static String sum(Subject subject, long count) {
        long sum = 0;
        for (long i = 0; i < count; i++) {
            sum = sum * 31 + subject.data.get(ValueLayout.JAVA_BYTE, i);
        }
        return count + " " + sum;
    }

    private static void write(SideBySide both, String what, long place) {
        both.compare("pwrite nothing " + what, subject -> subject.pwrite(0, subject.data.asSlice(0, 0), place));
        if (place < Long.MAX_VALUE) {
            both.compare("pwrite " + what, subject -> subject.pwrite(0, subject.data.asSlice(0, 9), place));
            both.compare("size " + what, subject -> described(subject, 0));
            both.compare("ftruncate " + what, subject -> subject.ftruncate(0, place));
            both.compare("size " + what, subject -> described(subject, 0));
        }
        both.compare("write " + what, subject -> subject.write(0, subject.data.asSlice(0, 9)));
        both.compare("position " + what, subject -> subject.seek(0, 0, 1));
        both.compare("fchmod " + what, subject -> subject.fchmod(0, 0644));
        both.compare("fchown " + what, subject -> subject.fchown(0, 0, -1));
        both.compare("flags " + what, subject -> subject.setFlags(0, OpenFlags.O_APPEND));
        both.compare("write " + what, subject -> subject.write(0, subject.data.asSlice(0, 9)));
        both.compare("flags " + what, subject -> subject.setFlags(0, 0));
        both.compare("size " + what, subject -> described(subject, 0));
    }

    private static void allocate(SideBySide both, String what, long place) {
        for (int mode = 0; mode < 0x80; mode++) {
            int how = mode;
            // Bits that the kernel has, one or two of them.
            if (Integer.bitCount(how) > 2) {
                continue;
            }
            for (long length : new long[] {-1, 0, 1, 4096}) {
                if (place == Long.MAX_VALUE && length > 0) {
                    continue;
                }
                both.compare(
                        "allocate " + how + " " + length + what, subject -> subject.fallocate(0, how, place, length));
                both.compare("size " + what, subject -> described(subject, 0));
            }
        }
        both.compare("data " + what, subject -> subject.seek(0, 0, 3) + " " + subject.seek(0, 0, 4));
    }

    private static void copy(SideBySide both, String what, long place) {
        for (long target : new long[] {-1, 0, 5, 4096}) {
            for (long length : new long[] {0, 1, 4097}) {
                for (int flags = 0; flags < 2; flags++) {
                    int how = flags;
                    String which = target + " " + length + " " + how + what;
                    both.compare("copy " + which, subject -> subject.copyRange(0, place, 1, target, length, how));
                    both.compare("copy back " + which, subject -> subject.copyRange(1, target, 0, place, length, how));
                    both.compare("within " + which, subject -> subject.copyRange(0, place, 0, target, length, how));
                }
            }
        }
        both.compare("size " + what, subject -> described(subject, 0) + described(subject, 1));
    }

    /** In directories that everybody may write to, whose they and the files are decides: see protected_symlinks and its kin in proc_sys_fs(5). */
    @Test
    void everybodyMeetsFilesOfEverybodyInStickyDirectories() throws Exception {
        assertThat(SideBySide.play(both -> {
                    for (int mode : new int[] {01777, 01775, 0777}) {
                        for (Subject.Who above : Subject.WHO) {
                            both.actAs(Subject.WHO.getFirst());
                            String directory = "d" + mode + above.uid();
                            both.compare("mkdir", subject -> subject.mkdir(directory, 0755));
                            both.compare("chmod", subject -> subject.chmod(directory, mode));
                            both.compare("chown", subject -> subject.chown(directory, above.uid(), 1000, false));
                            for (Subject.Who owner : Subject.WHO) {
                                for (Subject.Who who : Subject.WHO) {
                                    meet(both, directory + "/" + owner.uid(), owner, who);
                                }
                            }
                        }
                    }
                }))
                .isEmpty();
    }

    private static void meet(SideBySide both, String prefix, Subject.Who owner, Subject.Who who) {
        String what = " " + prefix + " by " + who;
        both.actAs(Subject.WHO.getFirst());
        both.compare("symlink", subject -> subject.symlink(prefix + "link", "/"));
        both.compare("mknod", subject -> subject.mknod(prefix + "file", StatMode.S_IFREG | 0666, 0));
        both.compare("mknod", subject -> subject.mknod(prefix + "set", StatMode.S_IFREG | 04777, 0));
        both.compare("mkfifo", subject -> subject.mknod(prefix + "fifo", StatMode.S_IFIFO | 0666, 0));
        both.compare("mkdir", subject -> subject.mkdir(prefix + "dir", 0777));
        for (String kind : List.of("link", "file", "set", "fifo", "dir")) {
            both.compare("chown", subject -> subject.chown(prefix + kind, owner.uid(), owner.gid(), false));
        }
        both.compare("chmod", subject -> subject.chmod(prefix + "file", 0666));
        both.compare("chmod", subject -> subject.chmod(prefix + "fifo", 0666));
        both.actAs(who);
        int create = OpenFlags.O_CREAT | OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK;
        both.compare("follow" + what, subject -> subject.access(prefix + "link", 4));
        both.compare("follow and go on" + what, subject -> subject.access(prefix + "link/.", 4));
        for (String kind : List.of("file", "set", "fifo")) {
            both.compare("create " + kind + what, subject -> subject.open(0, prefix + kind, create, 0600));
            both.compare("close", subject -> subject.close(0));
            both.compare("link " + kind + what, subject -> subject.link(prefix + kind, prefix + "other", false));
            both.compare("remove the link", subject -> subject.unlink(prefix + "other"));
        }
        both.compare("attribute" + what, subject -> subject.setXattr(prefix + "dir", "user.a", new byte[1], 0));
        for (String kind : List.of("link", "file", "set", "fifo", "dir")) {
            both.compare("rename " + kind + what, subject -> subject.rename(prefix + kind, prefix + "new", 0));
            both.compare("back", subject -> subject.rename(prefix + "new", prefix + kind, 0));
            both.compare("unlink " + kind + what, subject -> subject.unlink(prefix + kind));
        }
        both.compare("rmdir" + what, subject -> subject.rmdir(prefix + "dir"));
        both.actAs(Subject.WHO.getFirst());
        both.compare("remove the link", subject -> subject.unlink(prefix + "other"));
    }

    /** There is no data behind the last page, however far behind it is looked for. */
    @Test
    void nothingIsFoundFarBehindTheLastPage() throws Exception {
        assertThat(SideBySide.play(both -> {
                    arrange(both);
                    both.compare("fill", subject -> fill(subject));
                    both.compare("open", subject -> subject.open(0, "f", OpenFlags.O_RDWR, 0));
                    both.compare("ftruncate", subject -> subject.ftruncate(0, 1L << 60));
                    for (int bit = 12; bit < 61; bit++) {
                        long place = 1L << bit;
                        both.compare("data from " + place, subject -> subject.seek(0, place, 3));
                        both.compare("hole from " + place, subject -> subject.seek(0, place, 4));
                    }
                }))
                .isEmpty();
    }

    @Test
    void capabilitiesOfNoBytesAreKeptAndNotShown() throws Exception {
        assertThat(SideBySide.play(both -> {
                    arrange(both);
                    String name = "security.capability";
                    both.compare("set", subject -> subject.setXattr("f", name, new byte[0], 0));
                    for (int room : new int[] {0, 30}) {
                        both.compare("get", subject -> subject.getXattr("f", name, subject.data.asSlice(0, room)));
                        both.compare("list", subject -> subject.listXattr("f", subject.data.asSlice(0, room)));
                    }
                    both.compare("remove", subject -> subject.removeXattr("f", name));
                    both.compare("get", subject -> subject.getXattr("f", name, subject.data.asSlice(0, 30)));
                }))
                .isEmpty();
    }

    /** Whoever sets the size that a file has already may or may not change its time; what is stretched holds zeros. */
    @Test
    void aSizeIsSetToWhatItWasAndToOthers() throws Exception {
        assertThat(SideBySide.play(both -> {
                    arrange(both);
                    both.compare("open", subject -> subject.open(0, "f", OpenFlags.O_RDWR, 0));
                    for (int written : new int[] {0, 10, 5000, 0}) {
                        both.compare("write", subject -> subject.pwrite(0, subject.data.asSlice(0, written), 0));
                        for (long size : new long[] {0, 0, 10, 10, 5000, 5000, 4096, 4096, 20_000, 3, 3, 0}) {
                            String what = " " + written + " " + size;
                            both.compare("utimes", subject -> subject.utimes("f", 100, 1, 2, true));
                            both.compare("ftruncate" + what, subject -> subject.ftruncate(0, size));
                            both.compare("modified" + what, CombinationsAgainstKernelTest::isModified);
                            both.compare("utimes", subject -> subject.utimes("f", 100, 1, 2, true));
                            both.compare("truncate" + what, subject -> subject.truncate("f", size));
                            both.compare("modified" + what, CombinationsAgainstKernelTest::isModified);
                            both.compare("size" + what, subject -> described(subject, 0));
                            for (long place : new long[] {0, 3, 4096, 30_000}) {
                                both.compare(
                                        "read at " + place + what,
                                        subject ->
                                                sum(subject, subject.pread(0, subject.data.asSlice(0, 9000), place)));
                            }
                        }
                    }
                }))
                .isEmpty();
    }

    private static String isModified(Subject subject) {
        Seen seen = new Seen();
        subject.stat("f", true, seen);
        return seen.modifySeconds == 100 ? "no" : "yes";
    }
}
