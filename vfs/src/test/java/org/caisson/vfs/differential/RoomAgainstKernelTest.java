package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What takes how much of the room of a small file system, what does not fit, and what is free again, as on tmpfs. */
@ExtendWith(FdLeakCheck.class)
class RoomAgainstKernelTest {
    private static final int PAGES = 16;
    private static final int INODES = 12;

    private static void room(SideBySide both, String after) {
        both.compare("room after " + after, subject -> {
            long[] numbers = new long[4];
            return subject.statfs("/", numbers) + Arrays.toString(numbers);
        });
    }

    private static void call(SideBySide both, String what, SideBySide.Call call) {
        both.compare(what, call);
        room(both, what);
    }

    @Test
    void attributesTakeOfTheRoomForInodes() throws Exception {
        assertThat(SideBySide.playWithin(PAGES, INODES, both -> {
                    call(both, "mknod", subject -> subject.mknod("f", StatMode.S_IFREG | 0644, 0));
                    call(both, "mknod", subject -> subject.mknod("g", StatMode.S_IFREG | 0644, 0));
                    for (String name : List.of("user.a", "user.a-longer-name", "trusted.a", "security.a")) {
                        for (int size : new int[] {0, 1, 16, 1000, 17, 5000, 9000, 12000, 3, 20000}) {
                            String what = name + " " + size;
                            call(both, "set " + what, subject -> subject.setXattr("f", name, new byte[size], 0));
                            call(both, "add " + what, subject -> subject.setXattr("g", name, new byte[size], 1));
                            call(both, "put " + what, subject -> subject.setXattr("g", name, new byte[size / 2], 2));
                        }
                        call(both, "remove", subject -> subject.removeXattr("g", name));
                        call(both, "remove again", subject -> subject.removeXattr("g", name));
                    }
                    for (int i = 0; i < INODES + 1; i++) {
                        String name = "more" + i;
                        call(both, name, subject -> subject.mknod(name, StatMode.S_IFREG | 0644, 0));
                        call(both, "of " + name, subject -> subject.setXattr(name, "user.b", new byte[300], 0));
                    }
                    both.compare("open", subject -> subject.open(0, "f", OpenFlags.O_RDWR, 0));
                    call(both, "fset", subject -> subject.fsetXattr(0, "user.c", new byte[10], 0));
                    call(both, "unlink", subject -> subject.unlink("f"));
                    call(both, "fset", subject -> subject.fsetXattr(0, "user.c", new byte[20], 0));
                    call(both, "close", subject -> subject.close(0));
                    call(both, "unlink", subject -> subject.unlink("g"));
                }))
                .isEmpty();
    }

    @Test
    void everyNameAndEveryFileTakesAnInode() throws Exception {
        assertThat(SideBySide.playWithin(PAGES, INODES, both -> {
                    call(both, "mkdir", subject -> subject.mkdir("d", 0755));
                    call(both, "mkdir", subject -> subject.mkdir("d/e", 0755));
                    call(both, "mknod", subject -> subject.mknod("d/f", StatMode.S_IFREG | 0644, 0));
                    call(both, "mkfifo", subject -> subject.mknod("p", StatMode.S_IFIFO | 0644, 0));
                    call(both, "link", subject -> subject.link("d/f", "g", false));
                    call(both, "rename over a link", subject -> subject.rename("d/f", "g", 0));
                    call(both, "unlink", subject -> subject.unlink("d/f"));
                    for (int length : new int[] {1, 100, 127, 128, 129, 4000}) {
                        String target = "t".repeat(length);
                        call(both, "symlink " + length, subject -> subject.symlink("l" + length, target));
                    }
                    call(both, "rename over", subject -> subject.rename("l4000", "l128", 0));
                    for (int i = 0; i < INODES; i++) {
                        String name = "more" + i;
                        call(both, name, subject -> subject.mkdir(name, 0755));
                        call(both, "another name", subject -> subject.link("g", name + "link", false));
                        call(
                                both,
                                "nameless",
                                subject -> subject.open(0, "/", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR, 0600));
                        call(both, "named", subject -> subject.linkOpen(0, name + "named"));
                        call(both, "close", subject -> subject.close(0));
                        call(
                                both,
                                "created",
                                subject -> subject.open(1, name + "file", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0600));
                        call(both, "close", subject -> subject.close(1));
                    }
                    call(both, "rename to a whiteout", subject -> subject.rename("g", "h", 4));
                    for (String name : List.of("more0link", "more1link", "d/e", "d", "p", "l1", "l129", "g", "h")) {
                        call(both, "unlink " + name, subject -> subject.unlink(name));
                        call(both, "rmdir " + name, subject -> subject.rmdir(name));
                        call(both, "rename to a whiteout", subject -> subject.rename("more0", "more9", 4));
                    }
                }))
                .isEmpty();
    }

    @Test
    void dataTakesPages() throws Exception {
        assertThat(SideBySide.playWithin(PAGES, INODES, both -> {
                    call(both, "create f", subject -> subject.open(0, "f", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0600));
                    call(both, "create g", subject -> subject.open(1, "g", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0600));
                    for (int slot : new int[] {0, 1}) {
                        for (long place : new long[] {0, 1, 4095, 4096, 20_000, 40_960, 1 << 20}) {
                            for (int size : new int[] {1, 4096, 5000, 40_000}) {
                                String what = slot + " " + place + " " + size;
                                call(
                                        both,
                                        "write " + what,
                                        subject -> subject.pwrite(slot, subject.data.asSlice(0, size), place));
                                for (int mode : new int[] {0, 1, 3, 0x10, 0x11}) {
                                    call(
                                            both,
                                            "allocate " + mode + what,
                                            subject -> subject.fallocate(slot, mode, place + 4096, size));
                                }
                                call(
                                        both,
                                        "copy " + what,
                                        subject -> subject.copyRange(slot, place, 1 - slot, place / 2, size, 0));
                                call(both, "truncate " + what, subject -> subject.ftruncate(slot, place + size / 2));
                                both.compare("size " + what, subject -> sizes(subject, slot));
                            }
                            call(both, "punch", subject -> subject.fallocate(slot, 3, 0, 1 << 20));
                        }
                        call(both, "empty", subject -> subject.ftruncate(slot, 0));
                    }
                    call(both, "fill", subject -> subject.pwrite(0, subject.data.asSlice(0, 100_000), 0));
                    call(both, "no more", subject -> subject.pwrite(1, subject.data.asSlice(0, 1), 0));
                    call(both, "over", subject -> subject.pwrite(0, subject.data.asSlice(0, 100), 0));
                    call(both, "unlink", subject -> subject.unlink("f"));
                    call(both, "close", subject -> subject.close(0));
                    call(both, "now", subject -> subject.pwrite(1, subject.data.asSlice(0, 1), 0));
                }))
                .isEmpty();
    }

    private static String sizes(Subject subject, int slot) {
        Seen seen = new Seen();
        subject.fstat(slot, seen);
        return seen.size + " " + seen.blocks + " data " + subject.seek(slot, 0, 3) + " hole "
                + subject.seek(slot, 0, 4);
    }
}
