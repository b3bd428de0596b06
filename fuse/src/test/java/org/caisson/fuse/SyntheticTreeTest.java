package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.synthetic.ControlFile;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Real programs and the kernel meet a tree of generated files. */
@ExtendWith(FdLeakCheck.class)
class SyntheticTreeTest {
    private volatile String knob = "7\n";
    private final AtomicInteger callerTid = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private MountedTree tree;

    @BeforeEach
    void mount() throws IOException {
        SyntheticDirectory.Builder root = SyntheticDirectory.builder();
        root.file("greeting", (caller, out) -> out.appendAscii("hello\n"));
        root.file("caller", (caller, out) -> {
            callerTid.set(caller.callerTid());
            out.appendDecimal(caller.uid())
                    .appendAscii(" ")
                    .appendDecimal(caller.gid())
                    .newLine();
        });
        root.control(
                "knob",
                (caller, out) -> out.appendAscii(knob),
                (caller, data, offset) ->
                        knob = new String(data.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8));
        root.add(
                "refused",
                ControlFile.of((caller, out) -> {}, (caller, data, offset) -> {
                            refusals.incrementAndGet();
                            throw Errno.EPERM.exception();
                        })
                        .withMode(0666));
        root.add("grouped", GeneratedFile.ofText("ours\n").withMode(0040).withOwner(0, 7));
        root.add("owned", GeneratedFile.ofText("mine\n").withMode(0400).withOwner(5, 6));
        root.link("link", "greeting");
        root.directory("below").file("deep", (caller, out) -> out.appendAscii("deep\n"));
        for (int i = 0; i < 500; i++) {
            root.directory("many").file("entry-" + i, (caller, out) -> out.appendAscii("x\n"));
        }
        tree = MountedTree.of(SyntheticFileSystem.proc(root.build()), builder -> builder.idShift(0, 1000));
    }

    @AfterEach
    void unmount() throws IOException {
        tree.close();
    }

    @Test
    void catReadsGeneratedFiles() throws Exception {
        assertThat(tree.shell("cat greeting below/deep link")).isEqualTo("hello\ndeep\nhello\n");
    }

    @Test
    void lsListsDirectories() throws Exception {
        assertThat(tree.shell("ls")).isEqualTo("below\ncaller\ngreeting\ngrouped\nknob\nlink\nmany\nowned\nrefused\n");
        assertThat(tree.shell("ls -f many | sort | uniq | wc -l")).isEqualTo("502\n");
        assertThat(tree.shell("find . -type f | wc -l")).isEqualTo("507\n");
    }

    @Test
    void programsReadBySmallPieces() throws Exception {
        assertThat(tree.shell("dd if=greeting bs=1 2>/dev/null; tail -c 3 greeting; head -c 2 greeting"))
                .isEqualTo("hello\nlo\nhe");
    }

    @Test
    void writesReachAControlFile() throws Exception {
        assertThat(tree.shell("cat knob; echo 42 > knob; cat knob")).isEqualTo("7\n42\n");
    }

    @Test
    void theCallerIsKnown() throws Exception {
        assertThat(tree.shell("cat caller")).isEqualTo("0 0\n");
        assertThat(callerTid.get()).isPositive().isNotEqualTo((int)
                ProcessHandle.current().pid());
    }

    @Test
    void theKernelChecksPermissions() throws Exception {
        assertThat(tree.shell("setpriv --reuid=5 --regid=6 --clear-groups cat owned"))
                .isEqualTo("mine\n");
        assertThat(tree.shell("setpriv --reuid=7 --regid=6 --clear-groups cat owned"))
                .contains("Permission denied");
    }

    @Test
    void supplementaryGroupsCount() throws Exception {
        String as = "setpriv --reuid=5 --regid=6 --groups 8,7 ";
        assertThat(tree.shell(as + "cat grouped")).isEqualTo("ours\n");
        // also those of a program whose name is no text
        assertThat(tree.shell("d=$(mktemp -d) && p=$d/$(printf '\\377') && chmod 755 $d && cp /bin/cat $p && " + as
                        + "$p grouped; rm -r $d"))
                .isEqualTo("ours\n");
        assertThat(tree.shell("setpriv --reuid=5 --regid=6 --groups 8 cat grouped"))
                .contains("Permission denied");
    }

    @Test
    void aGroupThatTheTreeCannotShowIsNoMembership() throws Exception {
        SyntheticDirectory.Builder root = SyntheticDirectory.builder();
        root.add("grouped", GeneratedFile.ofText("theirs\n").withMode(0040).withOwner(0, 65534));
        try (MountedTree unchecked =
                MountedTree.of(SyntheticFileSystem.proc(root.build()), builder -> builder.idShift(0, 1000)
                        .defaultPermissions(false))) {
            assertThat(unchecked.shell("setpriv --reuid=5 --regid=6 --groups 5000 cat grouped"))
                    .contains("Permission denied");
        }
    }

    @Test
    void aWriteThatIsRefusedIsNotRepeated() throws Exception {
        assertThat(tree.shell("setpriv --reuid=5 --regid=6 --groups 7 dd if=/dev/zero of=refused bs=1 count=1"))
                .contains("Operation not permitted");
        assertThat(refusals.get()).isEqualTo(1);
    }

    @Test
    void whatATreeCannotDoFailsAsInProcfs() {
        assertThat(Errnos.of(() -> FileCalls.mkdirat(-100, tree.at("new"), 0755)))
                .isIn(Errno.EPERM, Errno.EACCES, Errno.ENOENT);
        assertThat(Errnos.of(() -> FileCalls.unlinkat(-100, tree.at("greeting"), 0)))
                .isEqualTo(Errno.EPERM);
        assertThat(Errnos.of(() -> FileCalls.openat(-100, tree.at("missing"), OpenFlags.O_RDONLY, 0)))
                .isEqualTo(Errno.ENOENT);
        assertThat(Errnos.of(() -> FileCalls.openat(-100, tree.at("greeting/x"), OpenFlags.O_RDONLY, 0)))
                .isEqualTo(Errno.ENOTDIR);
    }

    @Test
    void ioctlIsNotForTheseFiles() throws Exception {
        try (OwnedFd fd = FileCalls.open(tree.at("greeting"), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
            assertThat(Errnos.of(() -> FileCalls.ioctl(fd.number(), 0x5401, 0))).isEqualTo(Errno.ENOTTY);
        }
    }

    @Test
    void theKernelForgetsAndSoDoesTheServer() throws Exception {
        tree.shell("find . >/dev/null; cat many/*  >/dev/null");
        assertThat(tree.server.tree().nodes.size()).isGreaterThan(500);
        Deadline.await("the kernel forgets all but the root", () -> {
            // It passes over what is in use at the moment.
            Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "2");
            return tree.server.tree().nodes.size() == 1;
        });
        Deadline.await("no file is open", () -> tree.server.tree().handles.size() == 0);
    }

    @Test
    void theDeviceIsNotInherited() throws Exception {
        long device = FdLeakCheck.openDescriptors().values().stream()
                .filter("/dev/fuse"::equals)
                .count();
        assertThat(device).isEqualTo(1);
        assertThat(tree.shell("ls -l /proc/self/fd")).doesNotContain("/dev/fuse");
    }

    @Test
    void aReadPastTheEndIsEmpty() throws Exception {
        try (OwnedFd fd = FileCalls.open(tree.at("greeting"), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
                Arena arena = Arena.ofConfined()) {
            assertThat(FileCalls.pread(fd.number(), arena.allocate(100), 6)).isZero();
            assertThat(FileCalls.pread(fd.number(), arena.allocate(100), 1L << 60))
                    .isZero();
        }
    }
}
