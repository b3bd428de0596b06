package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.caisson.fuse.protocol.Opcode;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MemFd;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The frequent operations allocate nothing, so that a busy server needs no garbage collector. */
class AllocationTest {
    private static final int ARGUMENT = Exchange.ARGUMENT;
    private static final int TIMES = 20_000;
    private static final int ROUNDS = 10;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private ServedTree tree;
    private Dispatcher dispatcher;
    private Exchange exchange;
    private Connection connection;

    @BeforeEach
    void serve() throws ErrnoException {
        VirtualFileSystem vfs = new VirtualFileSystem();
        SyntheticDirectory.Builder root = SyntheticDirectory.builder().cachePolicy(CachePolicy.NONE);
        root.add(
                "file",
                GeneratedFile.of((caller, out) -> out.appendAscii("some text")).withCachePolicy(CachePolicy.NONE));
        for (int i = 0; i < 20; i++) {
            root.file("entry-" + i, (caller, out) -> out.newLine());
        }
        tree = new ServedTree(
                vfs,
                vfs.newMountNamespace(SyntheticFileSystem.proc(root.build())).root(),
                IdShift.NONE,
                100,
                null,
                false,
                false,
                false,
                false,
                null);
        connection = new Connection(MemFd.create("device"));
        dispatcher = new Dispatcher(
                tree, new Handshake(65536, tree, null, null), new Interrupts(), new PromptMessages(connection));
        exchange = new Exchange(tree, 65536);
        begin(Opcode.INIT, 0);
        set32(ARGUMENT, 7);
        set32(ARGUMENT + 4, 45);
        set32(ARGUMENT + 12, -1);
        dispatch(ARGUMENT + 64);
    }

    @AfterEach
    void end() {
        exchange.close();
        connection.close();
    }

    @Test
    void getattrAllocatesNothing() {
        begin(Opcode.GETATTR, lookup("file"));
        assertNoAllocation(ARGUMENT + 16);
    }

    @Test
    void lookupAndForgetAllocateNothing() {
        long node = lookup("file");
        assertThat(allocatedBy(() -> {
                    lookup("file");
                    begin(Opcode.FORGET, node);
                    exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, ARGUMENT, 1);
                    set32(0, ARGUMENT + 8);
                    dispatcher.dispatch(exchange, ARGUMENT + 8);
                }))
                .isZero();
        assertThat(tree.nodes.get(node)).isNotNull();
    }

    @Test
    void aLookupOfWhatIsMissingAllocatesNothing() {
        begin(Opcode.LOOKUP, 1);
        int length = text("missing");
        set32(0, length);
        assertThat(allocatedBy(() -> dispatcher.dispatch(exchange, length))).isZero();
    }

    @Test
    void readAllocatesNothing() {
        long node = lookup("file");
        long handle = open(Opcode.OPEN, node);
        begin(Opcode.READ, node);
        exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, ARGUMENT, handle);
        set32(ARGUMENT + 16, 4096);
        assertNoAllocation(ARGUMENT + 40);
    }

    @Test
    void readdirAllocatesNothingOnceTheDirectoryIsListed() {
        long handle = open(Opcode.OPENDIR, 1);
        begin(Opcode.READDIR, 1);
        exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, ARGUMENT, handle);
        set32(ARGUMENT + 16, 4096);
        dispatch(ARGUMENT + 40);
        // From the second entry on: the first makes the listing, which belongs to the tree.
        exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, ARGUMENT + 8, 1);
        assertNoAllocation(ARGUMENT + 40);
    }

    @Test
    void getattrOfADirectoryAllocatesNothing() {
        begin(Opcode.GETATTR, 1);
        assertNoAllocation(ARGUMENT + 16);
    }

    @Test
    void statfsAllocatesNothing() {
        begin(Opcode.STATFS, 1);
        assertNoAllocation(ARGUMENT);
    }

    @Test
    void readdirplusAllocatesNothingOnceTheDirectoryIsListed() {
        long handle = open(Opcode.OPENDIR, 1);
        begin(Opcode.READDIRPLUS, 1);
        exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, ARGUMENT, handle);
        set32(ARGUMENT + 16, 4096);
        dispatch(ARGUMENT + 40);
        exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, ARGUMENT + 8, 1);
        assertNoAllocation(ARGUMENT + 40);
    }

    @Test
    void openAllocatesOnlyItsDescription() {
        long node = lookup("file");
        long bytes = allocatedBy(() -> {
            long handle = open(Opcode.OPEN, node);
            begin(Opcode.RELEASE, node);
            exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, ARGUMENT, handle);
            dispatch(ARGUMENT + 24);
        });
        assertThat(bytes).isLessThan(400);
        assertThat(tree.handles.size()).isZero();
    }

    private long open(int opcode, long node) {
        begin(opcode, node);
        exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, ARGUMENT, 0);
        dispatch(ARGUMENT + 8);
        return exchange.out.get(ValueLayout.JAVA_LONG_UNALIGNED, Exchange.PAYLOAD);
    }

    private long lookup(String name) {
        begin(Opcode.LOOKUP, 1);
        dispatch(text(name));
        return exchange.out.get(ValueLayout.JAVA_LONG_UNALIGNED, Exchange.PAYLOAD);
    }

    private void begin(int opcode, long node) {
        for (int at = 0; at < ARGUMENT + 64; at += Long.BYTES) {
            exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, at, 0);
        }
        set32(4, opcode);
        exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, 2);
        exchange.in.set(ValueLayout.JAVA_LONG_UNALIGNED, 16, node);
    }

    private void set32(int at, int value) {
        exchange.in.set(ValueLayout.JAVA_INT_UNALIGNED, at, value);
    }

    private int text(String name) {
        for (int i = 0; i < name.length(); i++) {
            exchange.in.set(ValueLayout.JAVA_BYTE, ARGUMENT + i, (byte) name.charAt(i));
        }
        exchange.in.set(ValueLayout.JAVA_BYTE, ARGUMENT + name.length(), (byte) 0);
        return ARGUMENT + name.length() + 1;
    }

    private void dispatch(int length) {
        set32(0, length);
        int result = dispatcher.dispatch(exchange, length);
        if (result < 0) {
            throw new AssertionError("the operation failed: " + result);
        }
    }

    private void assertNoAllocation(int length) {
        assertThat(allocatedBy(() -> dispatch(length))).isZero();
    }

    /**
     * Bytes that one run takes on average, once the compilers have seen it; less than one counts as none. Compilers take their time: the
     * best of some rounds counts, for an operation that must allocate does so in each.
     */
    private static long allocatedBy(Runnable operation) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > 0; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < TIMES; i++) {
                operation.run();
            }
            least = Math.min(least, (THREADS.getCurrentThreadAllocatedBytes() - before) / TIMES);
        }
        return least;
    }
}
