package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.caisson.fuse.protocol.InitFlag;
import org.caisson.fuse.protocol.Opcode;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.caisson.vfs.synthetic.SyntheticNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server as a kernel sees it that may also talk nonsense. */
@ExtendWith(FdLeakCheck.class)
class ProtocolTest {
    private static final int HEADER = FakeKernel.HEADER;
    private static final int ROOT = 1;
    private static final int NODE = 16;
    private static final int HANDLE = 16;

    private final CountDownLatch reading = new CountDownLatch(1);
    private FakeKernel kernel;

    @BeforeEach
    void start() throws ErrnoException {
        SyntheticDirectory.Builder root = SyntheticDirectory.builder();
        root.file("file", (caller, out) -> out.appendAscii("content"));
        root.link("link", "file");
        root.add("dynamic", DynamicDirectory.of(new BrokenEntries()));
        root.file("broken", (caller, out) -> {
            throw new IllegalStateException("made to fail");
        });
        root.file("slow", (caller, out) -> {
            reading.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw Errno.EINTR.exception();
            }
        });
        kernel = new FakeKernel(SyntheticFileSystem.proc(root.build()));
    }

    /** Lists "good" and "broken", of which only the first can be looked up. */
    private static final class BrokenEntries implements DynamicDirectory.Entries {
        @Override
        public SyntheticNode<?> lookup(Credentials credentials, Name name) {
            if (name.equals(Name.of("broken"))) {
                throw new IllegalStateException("made to fail");
            }
            return GeneratedFile.ofText("good");
        }

        @Override
        public void list(Credentials credentials, DynamicDirectory.EntrySink sink) {
            sink.entry(Name.of("good"), 8);
            sink.entry(Name.of("broken"), 8);
        }
    }

    @AfterEach
    void end() {
        kernel.close();
    }

    private void initialize() throws ErrnoException {
        assertThat(kernel.init(7, 45)).isZero();
    }

    private long nodeOf(String name) throws ErrnoException {
        assertThat(kernel.lookup(ROOT, name)).isZero();
        return kernel.int64(NODE);
    }

    private long open(long node) throws ErrnoException {
        assertThat(kernel.begin(Opcode.OPEN, node).exchange(HEADER + 8)).isZero();
        return kernel.int64(HANDLE);
    }

    @ParameterizedTest
    @CsvSource({"31,31", "38,38", "45,45", "46,45", "99,45"})
    void initAgreesOnTheOlderVersion(int offered, int agreed) throws ErrnoException {
        assertThat(kernel.init(7, offered)).isZero();
        assertThat(kernel.int32(16)).isEqualTo(7);
        assertThat(kernel.int32(20)).isEqualTo(agreed);
        assertThat(kernel.int32(28) & (int) InitFlag.MAX_PAGES).isNotZero();
        assertThat(kernel.int32(36)).as("max_write").isEqualTo(65536);
    }

    @Test
    void initRefusesAKernelThatIsTooOld() throws ErrnoException {
        assertThat(kernel.init(7, 30)).isEqualTo(-Errno.EPROTO.number());
        assertThat(kernel.init(6, 45)).isEqualTo(-Errno.EPROTO.number());
    }

    @Test
    void initAsksANewerMajorVersionToTryOurs() throws ErrnoException {
        assertThat(kernel.init(8, 1)).isZero();
        assertThat(kernel.int32(16)).isEqualTo(7);
        assertThat(kernel.lookup(ROOT, "file")).as("not initialized yet").isEqualTo(-Errno.EIO.number());
        initialize();
        assertThat(kernel.lookup(ROOT, "file")).isZero();
    }

    @Test
    void forgettingTheLastLookupForgetsTheNode() throws Exception {
        initialize();
        long node = nodeOf("file");
        assertThat(nodeOf("file")).isEqualTo(node);
        forget(node, 1);
        assertThat(kernel.begin(Opcode.GETATTR, node).exchange(HEADER + 16)).isZero();
        forget(node, 1);
        assertThat(kernel.begin(Opcode.GETATTR, node).exchange(HEADER + 16)).isEqualTo(-Errno.ESTALE.number());
        assertThat(nodeOf("file")).as("a number is not used twice").isNotEqualTo(node);
    }

    /** A forget has no answer, and another thread may serve what follows: waits until it is done. */
    private void forget(long node, long count) throws Exception {
        long before = lookupsOf(node);
        kernel.begin(Opcode.FORGET, node).set64(HEADER, count).send(HEADER + 8);
        Deadline.await("it is forgotten", () -> lookupsOf(node) == before - count);
    }

    private long lookupsOf(long id) {
        Node node = kernel.server.tree().nodes.get(id);
        return node == null ? 0 : node.lookups();
    }

    @Test
    void batchForgetForgetsAll() throws Exception {
        initialize();
        long first = nodeOf("file");
        long second = nodeOf("slow");
        kernel.begin(Opcode.BATCH_FORGET, 0)
                .set32(HEADER, 1000)
                .set64(HEADER + 8, first)
                .set64(HEADER + 16, 1);
        kernel.set64(HEADER + 24, second).set64(HEADER + 32, 99).send(HEADER + 40);
        Deadline.await("both are forgotten", () -> kernel.server.tree().nodes.size() == 1);
    }

    @Test
    void anUnknownOperationIsNotImplemented() throws ErrnoException {
        initialize();
        for (int opcode : new int[] {7, 19, 37, 48, 49, 50, 54, 999, -1, Integer.MIN_VALUE, 4096}) {
            assertThat(kernel.begin(opcode, ROOT).exchange(HEADER + 100)).isEqualTo(-Errno.ENOSYS.number());
        }
    }

    @Test
    void aRequestThatLiesAboutItsLengthIsInvalid() throws ErrnoException {
        initialize();
        kernel.begin(Opcode.GETATTR, ROOT).set32(0, 1 << 30).sendRaw(HEADER + 16);
        kernel.receive();
        assertThat(kernel.int32(4)).isEqualTo(-Errno.EINVAL.number());
        assertThat(kernel.begin(Opcode.GETATTR, ROOT).exchange(HEADER + 15)).isEqualTo(-Errno.EINVAL.number());
        assertThat(kernel.begin(Opcode.LOOKUP, ROOT).exchange(HEADER)).isEqualTo(-Errno.EINVAL.number());
        assertThat(kernel.begin(Opcode.GETATTR, ROOT).exchange(HEADER + 16)).isZero();
    }

    @Test
    void aBadNameIsInvalid() throws ErrnoException {
        initialize();
        int afterName = kernel.begin(Opcode.LOOKUP, ROOT).text(HEADER, "file");
        assertThat(kernel.exchange(afterName - 1)).as("no NUL").isEqualTo(-Errno.EINVAL.number());
        assertThat(kernel.lookup(ROOT, "")).isEqualTo(-Errno.EINVAL.number());
        assertThat(kernel.lookup(ROOT, "a/b")).isEqualTo(-Errno.EINVAL.number());
        assertThat(kernel.lookup(ROOT, "x".repeat(256))).isEqualTo(-Errno.ENAMETOOLONG.number());
        assertThat(kernel.lookup(ROOT, "x".repeat(255))).isEqualTo(-Errno.ENOENT.number());
    }

    @Test
    void unknownNodesAndHandlesAreRefused() throws ErrnoException {
        initialize();
        for (long node : new long[] {0, 2, -1, Long.MIN_VALUE, 1L << 32, (1L << 32) + 1}) {
            assertThat(kernel.begin(Opcode.GETATTR, node).exchange(HEADER + 16)).isEqualTo(-Errno.ESTALE.number());
        }
        long file = nodeOf("file");
        for (long handle : new long[] {0, 1, -1, 1L << 40}) {
            kernel.begin(Opcode.READ, file).set64(HEADER, handle).set32(HEADER + 16, 4096);
            assertThat(kernel.exchange(HEADER + 40)).isEqualTo(-Errno.EBADF.number());
        }
    }

    @Test
    void aReadIsBoundedWhateverItAsksFor() throws ErrnoException {
        initialize();
        long file = nodeOf("file");
        long handle = open(file);
        kernel.begin(Opcode.READ, file).set64(HEADER, handle).set32(HEADER + 16, -1);
        assertThat(kernel.exchange(HEADER + 40)).isZero();
        assertThat(kernel.int32(0)).isEqualTo(16 + "content".length());
        kernel.begin(Opcode.READ, file)
                .set64(HEADER, handle)
                .set64(HEADER + 8, -5)
                .set32(HEADER + 16, 10);
        assertThat(kernel.exchange(HEADER + 40)).isEqualTo(-Errno.EINVAL.number());
        kernel.begin(Opcode.WRITE, file).set64(HEADER, handle).set32(HEADER + 16, -1);
        assertThat(kernel.exchange(HEADER + 50)).isEqualTo(-Errno.EINVAL.number());
    }

    @Test
    void anUnexpectedFailureEndsOnlyItsRequest() throws ErrnoException {
        initialize();
        long broken = nodeOf("broken");
        kernel.begin(Opcode.OPEN, broken);
        int opened = kernel.exchange(HEADER + 8);
        if (opened == 0) {
            kernel.begin(Opcode.READ, broken)
                    .set64(HEADER, kernel.int64(HANDLE))
                    .set32(HEADER + 16, 4096);
            opened = kernel.exchange(HEADER + 40);
        }
        assertThat(opened).isEqualTo(-Errno.EIO.number());
        assertThat(kernel.lookup(ROOT, "file")).isZero();
    }

    /** The kernel never learns of the nodes that a failed listing found, and will not forget them. */
    @Test
    void aListingThatFailsLeavesNoNodes() throws ErrnoException {
        initialize();
        long directory = nodeOf("dynamic");
        assertThat(kernel.begin(Opcode.OPENDIR, directory).exchange(HEADER + 8)).isZero();
        kernel.begin(Opcode.READDIRPLUS, directory)
                .set64(HEADER, kernel.int64(HANDLE))
                .set32(HEADER + 16, 4096);
        assertThat(kernel.exchange(HEADER + 40)).isEqualTo(-Errno.EIO.number());
        assertThat(kernel.server.tree().nodes.size()).isEqualTo(2);
    }

    /** The kernel has seen no link there, so it is one that came since. */
    @Test
    void createDoesNotFollowALink() throws ErrnoException {
        initialize();
        kernel.begin(Opcode.CREATE, ROOT).set32(HEADER, OpenFlags.O_CREAT);
        assertThat(kernel.exchange(kernel.text(HEADER + 16, "link"))).isEqualTo(-Errno.ELOOP.number());
    }

    @Test
    void anInterruptEndsARequestThatWaits() throws Exception {
        initialize();
        long slow = nodeOf("slow");
        long handle = open(slow);
        kernel.begin(Opcode.READ, slow)
                .set64(HEADER, handle)
                .set32(HEADER + 16, 4096)
                .send(HEADER + 40);
        long waiting = kernel.unique();
        assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
        kernel.begin(Opcode.INTERRUPT, 0)
                .set64(8, waiting | 1)
                .set64(HEADER, waiting)
                .send(HEADER + 8);
        kernel.receive();
        assertThat(kernel.int64(8)).isEqualTo(waiting);
        assertThat(kernel.int32(4)).isEqualTo(-Errno.EINTR.number());
        assertThat(kernel.lookup(ROOT, "file")).isZero();
    }

    @Test
    void anInterruptOfWhatIsNotServedIsToBeSentAgain() throws ErrnoException {
        initialize();
        kernel.begin(Opcode.INTERRUPT, 0).set64(HEADER, 4711);
        assertThat(kernel.exchange(HEADER + 8)).isEqualTo(-Errno.EAGAIN.number());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void garbageNeverEndsTheServer(long seed) throws ErrnoException {
        initialize();
        Random random = new Random(seed);
        long[] nodes = {ROOT, nodeOf("file"), 0, -1, 77};
        long handle = open(nodes[1]);
        for (int i = 0; i < 20_000; i++) {
            int length = garbage(random, nodes, handle);
            kernel.sendRaw(length);
            // What is asked next is answered, whatever was answered to the garbage.
            kernel.begin(Opcode.GETATTR, ROOT).send(HEADER + 16);
            assertThat(awaitAnswer()).isZero();
        }
        kernel.begin(Opcode.LOOKUP, ROOT);
        kernel.send(kernel.text(HEADER, "file"));
        assertThat(awaitAnswer()).isZero();
    }

    /** A random request of which some parts make sense. Numbers and the operations that wait or answer nothing are left out. */
    private int garbage(Random random, long[] nodes, long handle) {
        int length = random.nextInt(10) == 0 ? 1 + random.nextInt(HEADER) : HEADER + random.nextInt(200);
        for (int i = 0; i < length; i++) {
            byte value = (byte) (random.nextInt(3) == 0 ? random.nextInt() : 0);
            kernel.request.set(ValueLayout.JAVA_BYTE, i, value);
        }
        kernel.set32(0, random.nextInt(8) == 0 ? random.nextInt() : length);
        int opcode = random.nextInt(60);
        boolean releases = opcode == Opcode.RELEASE || opcode == Opcode.RELEASEDIR || opcode == Opcode.INIT;
        kernel.set32(4, releases ? Opcode.GETATTR : opcode);
        kernel.set64(8, 0x7000_0000_0000L + random.nextInt(1000) * 2L);
        kernel.set64(16, nodes[random.nextInt(nodes.length)]);
        kernel.set32(36, random.nextInt(8) == 0 ? random.nextInt() : 0);
        if (random.nextBoolean()) {
            kernel.set64(HEADER, handle);
        }
        return length;
    }

    /** The error in the answer to what was sent last: answers to garbage may come before it or, from the other thread, after it. */
    private int awaitAnswer() throws ErrnoException {
        do {
            assertThat(kernel.receive()).isGreaterThanOrEqualTo(16);
        } while (kernel.int64(8) != kernel.unique());
        return kernel.int32(4);
    }
}
