package org.caisson.runtime.stage;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/** A container of a {@link BusyboxRoot} with pipes as its standard input and output. */
final class TestBox implements AutoCloseable {
    /** All capabilities that Linux has; the stage leaves out what there is not. */
    static final long ALL = -1;

    static final Namespace[] ALL_NAMESPACES = {
        Namespace.USER,
        Namespace.MOUNT,
        Namespace.PID,
        Namespace.UTS,
        Namespace.IPC,
        Namespace.NETWORK,
        Namespace.CGROUP
    };
    /** A directory of the host that the box covers while it is built. */
    static final String KERNEL = "/mnt";

    private static final long DEADLINE_MILLIS = 30_000;
    private static final String DONE = "---done ";

    record Result(int status, String output) {}

    final ContainerProcess process;
    private final OwnedFd input;
    private final OwnedFd output;
    private final StringBuilder pending = new StringBuilder();

    private TestBox(ContainerProcess process, OwnedFd input, OwnedFd output) {
        this.process = process;
        this.input = input;
        this.output = output;
    }

    static Plan plan(BusyboxRoot root, String... command) {
        return new Plan(root, command);
    }

    static Result run(BusyboxRoot root, String script) throws IOException {
        return plan(root, "sh", "-c", script).run();
    }

    /** How to build the box; the hooks see what is about to be sent. */
    static final class Plan {
        private final BusyboxRoot root;
        private final ProcessOrders program;
        private NamespaceOrders namespaces = new NamespaceOrders()
                .create(ALL_NAMESPACES)
                .orphanGraceMillis(100)
                .idMaps(List.of(new IdMap(0, BusyboxRoot.BASE, 65536)), List.of(new IdMap(0, BusyboxRoot.BASE, 65536)));
        private Consumer<StageOrders> inRoot = orders -> {};
        private Consumer<StageOrders> pivoted = orders -> {};
        private @Nullable Consumer<StageOrders> kernelTree;
        private boolean bare;

        Plan(BusyboxRoot root, String... command) {
            this.root = root;
            program = new ProcessOrders(List.of(command))
                    .environment(List.of("PATH=/bin"))
                    .capabilities(ALL, ALL, ALL, 0, 0);
        }

        Plan namespaces(NamespaceOrders orders) {
            namespaces = orders.orphanGraceMillis(100);
            return this;
        }

        Plan hostOrders(StageOrders orders) {
            namespaces.hostOrders(orders);
            return this;
        }

        Plan inRoot(Consumer<StageOrders> hook) {
            inRoot = hook;
            return this;
        }

        /** Has the procfs made with parts over it, in {@link #KERNEL}{@code /proc}, and locked. */
        Plan lockedProc(Consumer<StageOrders> parts) {
            kernelTree = parts;
            return this;
        }

        Plan pivoted(Consumer<StageOrders> hook) {
            pivoted = hook;
            return this;
        }

        Plan program(Consumer<ProcessOrders> hook) {
            hook.accept(program);
            return this;
        }

        /** No file tree of its own: for joining a container. */
        Plan bare() {
            bare = true;
            return this;
        }

        StageOrders orders() {
            StageOrders orders = new StageOrders();
            if (!bare) {
                String path = root.path.toString();
                orders.setAttributes("/", true, 0, 0, Propagation.SLAVE)
                        .bind(path, path, true, 0, 0, Propagation.PRIVATE, MountPoint.MUST_EXIST);
                if (kernelTree != null) {
                    orders.mount("tmpfs", KERNEL, "tmpfs", 0, "mode=755", MountPoint.MUST_EXIST)
                            .mount("proc", KERNEL + "/proc", "proc", 0, "", MountPoint.MAKE_DIRECTORY);
                    kernelTree.accept(orders);
                    orders.lock(KERNEL, List.of(KernelFileSystem.PROC))
                            .root(path)
                            .attachLocked(KernelFileSystem.PROC, "/proc", 0);
                } else {
                    orders.root(path).mount("proc", "/proc", "proc", 14, "", MountPoint.MAKE_DIRECTORY);
                }
                orders.bind("/dev/null", "/dev/null", false, 0, 0, Propagation.PRIVATE, MountPoint.MAKE_LIKE_SOURCE)
                        .rawProc();
                inRoot.accept(orders);
                orders.pivot().hostname("box");
            }
            pivoted.accept(orders);
            return orders.process(program);
        }

        TestBox build() throws IOException {
            FileCalls.Pipe in = FileCalls.pipe2(0);
            FileCalls.Pipe out = FileCalls.pipe2(0);
            boolean built = false;
            try (Stage stage =
                    Stage.spawn(binary(), in.reader().number(), out.writer().number(), 2)) {
                stage.unshare(namespaces);
                TestBox box = new TestBox(stage.build(orders(), CgroupHook.NONE), in.writer(), out.reader());
                built = true;
                return box;
            } finally {
                in.reader().close();
                out.writer().close();
                if (!built) {
                    in.writer().close();
                    out.reader().close();
                }
            }
        }

        TestBox start() throws IOException {
            TestBox box = build();
            try {
                box.process.start();
                return box;
            } catch (StageException e) {
                box.close();
                throw e;
            }
        }

        Result run() throws IOException {
            try (TestBox box = start()) {
                box.input.close();
                String output = box.readToEnd();
                return new Result(box.process.awaitExit(), output);
            }
        }
    }

    static String binary() {
        return requireNonNull(System.getProperty("caisson.stage"), "system property caisson.stage");
    }

    /** Has the box's shell run a command; the result is its output and status. */
    Result command(String line) throws IOException {
        FileCalls.writeFully(
                input.number(), (line + "\necho; echo '" + DONE + "'$?\n").getBytes(StandardCharsets.UTF_8));
        String text = readUntil(DONE);
        String status = readUntil("\n");
        return new Result(
                Integer.parseInt(status.strip()),
                text.substring(0, text.length() - DONE.length()).strip());
    }

    void endInput() {
        input.close();
    }

    /** All that comes up to and including a marker. */
    String readUntil(String marker) throws IOException {
        while (true) {
            int at = pending.indexOf(marker);
            if (at >= 0) {
                String text = pending.substring(0, at + marker.length());
                pending.delete(0, at + marker.length());
                return text;
            }
            byte[] more = readSome(output);
            if (more == null) {
                throw new AssertionError("no \"" + marker + "\" in: " + pending);
            }
            pending.append(new String(more, StandardCharsets.UTF_8));
        }
    }

    String readToEnd() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] more = readSome(output);
        while (more != null) {
            all.writeBytes(more);
            more = readSome(output);
        }
        return pending + all.toString(StandardCharsets.UTF_8);
    }

    /** Null at the end. */
    static byte @Nullable [] readSome(OwnedFd descriptor) throws IOException {
        awaitReadable(descriptor);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(4096);
            long length = FileCalls.read(descriptor.number(), buffer);
            return length <= 0 ? null : buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** A pidfd becomes readable when its process has ended. */
    static void awaitReadable(OwnedFd descriptor) throws IOException {
        if (FileCalls.poll(descriptor.number(), FileCalls.POLLIN, DEADLINE_MILLIS) == 0) {
            throw new AssertionError("nothing came within " + DEADLINE_MILLIS + " ms");
        }
    }

    @Override
    public void close() {
        process.close();
        input.close();
        output.close();
    }
}
