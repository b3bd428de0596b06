package org.caisson.fuse;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.caisson.fuse.protocol.FuseDirent;
import org.caisson.fuse.protocol.FuseEntryOut;
import org.caisson.fuse.protocol.Opcode;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Operations that a kernel of today seldom or never asks for, asked for by hand. */
@ExtendWith(FdLeakCheck.class)
class OperationsTest {
    private static final int ARGUMENT = FakeKernel.HEADER;
    private static final int PAYLOAD = 16;
    private static final int ROOT = 1;

    private FakeKernel kernel;
    private long file;
    private long handle;

    @BeforeEach
    void start() throws ErrnoException {
        kernel = new FakeKernel(new MemoryFileSystem());
        assertThat(kernel.init(7, 45)).isZero();
        kernel.begin(Opcode.CREATE, ROOT)
                .set32(ARGUMENT, OpenFlags.O_CREAT | OpenFlags.O_RDWR)
                .set32(ARGUMENT + 4, StatMode.S_IFREG | 0640);
        assertThat(kernel.exchange(kernel.text(ARGUMENT + 16, "file"))).isZero();
        file = kernel.int64(PAYLOAD);
        handle = kernel.int64(PAYLOAD + FuseEntryOut.SIZE);
        write("0123456789");
    }

    @AfterEach
    void end() {
        kernel.close();
    }

    private void write(String text) throws ErrnoException {
        kernel.begin(Opcode.WRITE, file).set64(ARGUMENT, handle).set32(ARGUMENT + 16, text.length());
        kernel.text(ARGUMENT + 40, text);
        assertThat(kernel.exchange(ARGUMENT + 40 + text.length())).isZero();
        assertThat(kernel.int32(PAYLOAD)).isEqualTo(text.length());
    }

    private String read(long node, long fh) throws ErrnoException {
        kernel.begin(Opcode.READ, node).set64(ARGUMENT, fh).set32(ARGUMENT + 16, 4096);
        assertThat(kernel.exchange(ARGUMENT + 40)).isZero();
        byte[] bytes = new byte[kernel.int32(0) - PAYLOAD];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = kernel.reply.get(java.lang.foreign.ValueLayout.JAVA_BYTE, PAYLOAD + i);
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private long openDirectory() throws ErrnoException {
        assertThat(kernel.begin(Opcode.OPENDIR, ROOT).exchange(ARGUMENT + 8)).isZero();
        return kernel.int64(PAYLOAD);
    }

    @Test
    void statxTellsWhatGetattrTells() throws ErrnoException {
        assertThat(kernel.begin(Opcode.STATX, file).exchange(ARGUMENT + 24)).isZero();
        int stat = PAYLOAD + 32;
        assertThat(kernel.int32(stat) & 0x7ff).as("mask").isEqualTo(0x7ff);
        assertThat(kernel.int32(stat + 16)).as("links").isEqualTo(1);
        assertThat(kernel.int32(stat + 28) & 0xffff).as("mode").isEqualTo(StatMode.S_IFREG | 0640);
        assertThat(kernel.int64(stat + 40)).as("size").isEqualTo(10);
        kernel.begin(Opcode.STATX, file).set32(ARGUMENT, 1).set64(ARGUMENT + 8, handle);
        assertThat(kernel.exchange(ARGUMENT + 24)).isZero();
        assertThat(kernel.int64(stat + 40)).as("size").isEqualTo(10);
        kernel.begin(Opcode.STATX, file).set32(ARGUMENT, 1).set64(ARGUMENT + 8, 99);
        assertThat(kernel.exchange(ARGUMENT + 24)).isEqualTo(-Errno.EBADF.number());
    }

    @Test
    void bothFormsOfCopyFileRangeCopy() throws ErrnoException {
        for (int opcode : new int[] {Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64}) {
            write("0123456789");
            kernel.begin(opcode, file)
                    .set64(ARGUMENT, handle)
                    .set64(ARGUMENT + 8, 2)
                    .set64(ARGUMENT + 16, file)
                    .set64(ARGUMENT + 24, handle);
            kernel.set64(ARGUMENT + 32, 6).set64(ARGUMENT + 40, 3);
            assertThat(kernel.exchange(ARGUMENT + 56)).isZero();
            long copied = opcode == Opcode.COPY_FILE_RANGE ? kernel.int32(PAYLOAD) : kernel.int64(PAYLOAD);
            assertThat(copied).isEqualTo(3);
            assertThat(read(file, handle)).isEqualTo("0123452349");
            kernel.begin(opcode, file)
                    .set64(ARGUMENT, handle)
                    .set64(ARGUMENT + 8, -1)
                    .set64(ARGUMENT + 24, handle);
            assertThat(kernel.exchange(ARGUMENT + 56)).isEqualTo(-Errno.EINVAL.number());
        }
    }

    @Test
    void aTemporaryFileHasNoName() throws ErrnoException {
        kernel.begin(Opcode.TMPFILE, ROOT)
                .set32(ARGUMENT, OpenFlags.O_TMPFILE | OpenFlags.O_RDWR)
                .set32(ARGUMENT + 4, StatMode.S_IFREG | 0600);
        assertThat(kernel.exchange(kernel.text(ARGUMENT + 16, "/"))).isZero();
        long node = kernel.int64(PAYLOAD);
        assertThat(node).isNotEqualTo(file);
        assertThat(kernel.int32(PAYLOAD + FuseEntryOut.ATTR + 64)).as("links").isZero();
        assertThat(read(node, kernel.int64(PAYLOAD + FuseEntryOut.SIZE))).isEmpty();
    }

    @Test
    void lseekFindsDataAndHoles() throws ErrnoException {
        assertThat(seek(3, 3)).isZero();
        assertThat(kernel.int64(PAYLOAD)).isEqualTo(3);
        assertThat(seek(3, 4)).isZero();
        assertThat(kernel.int64(PAYLOAD)).isEqualTo(10);
        assertThat(seek(10, 3)).isEqualTo(-Errno.ENXIO.number());
    }

    private int seek(long offset, int whence) throws ErrnoException {
        kernel.begin(Opcode.LSEEK, file)
                .set64(ARGUMENT, handle)
                .set64(ARGUMENT + 8, offset)
                .set32(ARGUMENT + 16, whence);
        return kernel.exchange(ARGUMENT + 24);
    }

    @Test
    void readdirplusCountsALookupOfEachEntryButTheDots() throws ErrnoException {
        long directory = openDirectory();
        kernel.begin(Opcode.READDIRPLUS, ROOT).set64(ARGUMENT, directory).set32(ARGUMENT + 16, 4096);
        assertThat(kernel.exchange(ARGUMENT + 40)).isZero();
        int at = PAYLOAD;
        int[] expectedLengths = {1, 2, 4};
        for (int length : expectedLengths) {
            assertThat(kernel.int32(at + FuseEntryOut.SIZE + 16))
                    .as("length of the name")
                    .isEqualTo(length);
            assertThat(kernel.int64(at)).as("node").isEqualTo(length == 4 ? file : 0);
            at += FuseEntryOut.SIZE + (FuseDirent.SIZE + length + 7 & -8);
        }
        assertThat(at).isEqualTo(kernel.int32(0));
        Node node = requireNonNull(kernel.server.tree().nodes.get(file));
        assertThat(node.lookups()).isEqualTo(2);
    }

    @Test
    void accessAndTheSyncsAnswer() throws ErrnoException {
        assertThat(kernel.begin(Opcode.ACCESS, file).set32(ARGUMENT, 4).exchange(ARGUMENT + 8))
                .isZero();
        assertThat(kernel.begin(Opcode.ACCESS, 77).set32(ARGUMENT, 4).exchange(ARGUMENT + 8))
                .isEqualTo(-Errno.ESTALE.number());
        long directory = openDirectory();
        assertThat(kernel.begin(Opcode.FSYNCDIR, ROOT)
                        .set64(ARGUMENT, directory)
                        .exchange(ARGUMENT + 16))
                .isZero();
        assertThat(kernel.begin(Opcode.FSYNC, file).set64(ARGUMENT, handle).exchange(ARGUMENT + 16))
                .isZero();
        assertThat(kernel.begin(Opcode.FSYNCDIR, ROOT).set64(ARGUMENT, 99).exchange(ARGUMENT + 16))
                .isEqualTo(-Errno.EBADF.number());
    }

    /** As of kernels before 7.33, which know no FUSE_SETXATTR_EXT: the argument ends before the extension. */
    @Test
    void theShortFormOfSetxattrIsUnderstood() throws ErrnoException {
        try (FakeKernel old = new FakeKernel(new MemoryFileSystem())) {
            old.begin(Opcode.INIT, 0).set32(ARGUMENT, 7).set32(ARGUMENT + 4, 32);
            assertThat(old.exchange(ARGUMENT + 16)).isZero();
            old.begin(Opcode.SETXATTR, ROOT).set32(ARGUMENT, 5);
            int value = old.text(ARGUMENT + 8, "user.name");
            old.text(value, "value");
            assertThat(old.exchange(value + 5)).isZero();
            old.begin(Opcode.GETXATTR, ROOT).set32(ARGUMENT, 100);
            assertThat(old.exchange(old.text(ARGUMENT + 8, "user.name"))).isZero();
            assertThat(old.int32(0)).isEqualTo(PAYLOAD + 5);
        }
    }
}
