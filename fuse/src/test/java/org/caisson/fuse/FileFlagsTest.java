package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.caisson.fuse.protocol.Opcode;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileFlags;
import org.caisson.linux.Fsxattr;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** chattr(1), lsattr(1) and what else programs ask of flags of files, on a served tree as on the kernel's tmpfs. */
@ExtendWith(FdLeakCheck.class)
class FileFlagsTest {
    private static final int HEADER = FakeKernel.HEADER;
    private static final int ROOT = 1;
    private static final int HANDLE = 16;
    private static final int ARGUMENT = 32;

    private static final String SCRIPT = """
            exec 2>&1
            try() { echo "$*"; "$@"; echo "= $?"; }
            echo one > f; mkdir d; ln -s f l; mkfifo p
            try lsattr -d . f d
            try chattr +i f; lsattr f
            try sh -c 'echo two > f'; try rm f; try mv f g; try ln f g; try touch f; try chmod 600 f
            try chattr -i f
            try chattr +a f; lsattr f
            try sh -c 'echo three > f'; try sh -c 'echo four >> f'; try rm f; cat f
            try chattr -a f
            try chattr +dA f d; lsattr -d f d; mkdir d/sub; touch d/new; try lsattr d
            try chattr +i d; try touch d/other; try rm d/new; try chattr -i d
            try chattr +c f; try chattr +s f; try chattr +S f; try chattr -p 7 f; lsattr f
            try lsattr l; try lsattr p
            try setpriv --reuid 1234 --regid 1234 --clear-groups chattr +d d/new
            chown 1234 d/new; chattr -A d/new
            try setpriv --reuid 1234 --regid 1234 --clear-groups chattr -d d/new; lsattr d/new
            try setpriv --reuid 1234 --regid 1234 --clear-groups chattr +i d/new; lsattr d/new
            python3 -c '
            import fcntl, os, struct
            GET, SET = 0x801C581F, 0x401C5820
            def attempt(path, command, *fields):
                f = os.open(path, os.O_RDONLY)
                try:
                    print(path, fields, struct.unpack("7I", fcntl.ioctl(f, command, struct.pack("7I", *fields, *([0] * (7 - len(fields)))))))
                except OSError as e:
                    print(path, fields, e.strerror)
                os.close(f)
            for path in ("f", "d", "."):
                attempt(path, GET)
                for flags in (0x8, 0x90, 0x20, 0x200, 0x800, 0x1000, 0x8000, 0x10000, 0x80000000, 0x40, 0):
                    attempt(path, SET, flags)
                    attempt(path, GET)
                attempt(path, SET, 0, 4096); attempt(path, SET, 0, 0, 0, 1); attempt(path, SET, 0, 0, 0, 0, 4096)
            '
            """;

    @TempDir
    Path scratch = Path.of("");

    private final MappedPageStore store = MappedPageStore.anonymous();

    @AfterEach
    void close() {
        store.close();
    }

    private MemFileSystem memory() {
        return new MemFileSystem(MemOptions.DEFAULT, store);
    }

    @Test
    void flagsAreSetAndForbidAsOnTmpfs() throws Exception {
        String ours;
        try (MountedTree tree = MountedTree.of(memory())) {
            ours = tree.shell(SCRIPT);
        }
        Process tmpfs = new ProcessBuilder(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs none \"$1\" && cd \"$1\" && exec sh -c \"$2\"",
                        "sh",
                        scratch.toString(),
                        SCRIPT)
                .redirectErrorStream(true)
                .start();
        tmpfs.getOutputStream().close();
        String theirs = new String(tmpfs.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(tmpfs.waitFor()).isZero();
        assertThat(ours).isEqualTo(theirs).contains("----i");
    }

    /** Nobody asks us whether a file may be opened for writing there: what cannot be kept is not promised. */
    @Test
    void whereTheKernelOpensFilesUnaskedNothingIsForbidden() throws IOException, InterruptedException {
        try (MountedTree tree =
                MountedTree.of(memory(), builder -> builder.onlyDoor(true).plainFiles(true))) {
            String told = tree.shell("""
                    exec 2>&1
                    echo > f; mkdir d
                    chattr +i f; chattr +a d; chattr +dA f; chattr +d d
                    lsattr f; lsattr -d d
                    """);
            assertThat(told)
                    .contains("chattr: Operation not supported while setting flags on f")
                    .contains("chattr: Operation not supported while setting flags on d")
                    .contains("------dA-")
                    .doesNotContain("----i");
        }
    }

    @Test
    void requestsOfAnotherSizeOrForMoreMemoryAreRefused() throws ErrnoException {
        try (FakeKernel kernel = new FakeKernel(memory())) {
            assertThat(kernel.init(7, 45)).isZero();
            assertThat(kernel.begin(Opcode.OPENDIR, ROOT).exchange(HEADER + 8)).isZero();
            long handle = kernel.int64(HANDLE);
            int directory = 1 << 4;
            assertThat(ioctl(kernel, handle, directory, FileFlags.FS_IOC_GETFLAGS, 0, 4))
                    .isZero();
            assertThat(kernel.int32(32)).isZero();
            int invalid = -Errno.EINVAL.number();
            for (int size : new int[] {0, 3, 5, 1 << 20, -1}) {
                assertThat(ioctl(kernel, handle, directory, FileFlags.FS_IOC_GETFLAGS, 0, size))
                        .isEqualTo(invalid);
                assertThat(ioctl(kernel, handle, directory, Fsxattr.FS_IOC_FSGETXATTR, 0, size))
                        .isEqualTo(invalid);
            }
            assertThat(ioctl(kernel, handle, directory, FileFlags.FS_IOC_SETFLAGS, 8, 0))
                    .isEqualTo(invalid);
            assertThat(ioctl(kernel, handle, directory, FileFlags.FS_IOC_SETFLAGS, -1, 0))
                    .isEqualTo(invalid);
            int other = -Errno.ENOTTY.number();
            assertThat(ioctl(kernel, handle, directory, 0x5401, 0, 4)).isEqualTo(other);
            for (int flags : new int[] {1, 2, 8, 32, -1}) {
                assertThat(ioctl(kernel, handle, flags, FileFlags.FS_IOC_GETFLAGS, 0, 4))
                        .as("flags %s", flags)
                        .isEqualTo(other);
            }
            assertThat(ioctl(kernel, handle + 99, directory, FileFlags.FS_IOC_GETFLAGS, 0, 4))
                    .isEqualTo(-Errno.EBADF.number());
        }
    }

    /** With four bytes of argument, whatever it says. */
    private static int ioctl(FakeKernel kernel, long handle, int flags, int command, int inSize, int outSize)
            throws ErrnoException {
        return kernel.begin(Opcode.IOCTL, ROOT)
                .set64(HEADER, handle)
                .set32(HEADER + 8, flags)
                .set32(HEADER + 12, command)
                .set32(HEADER + 24, inSize)
                .set32(HEADER + 28, outSize)
                .exchange(HEADER + ARGUMENT + 4);
    }
}
