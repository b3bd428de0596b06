package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.caisson.linux.AtFlags;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.Name;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.synthetic.ControlFile;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.caisson.vfs.synthetic.SyntheticNode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Servers that are killed, of which the next goes on with the connection: who uses the mount only ever waits. */
@ExtendWith(FdLeakCheck.class)
class ResumeTest {
    private static final int KILLS = Integer.getInteger("caisson.kills", 12);
    private static final int NAMES = 100;
    private static final int LONGEST_LIFE_MILLIS = 60;

    private Path directory;
    private Path point;
    private Process server;
    private OwnedFd device;
    private OwnedFd mount;

    /** The server as a program. What is written to "control" it keeps in a file, as a kernel would. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            VirtualFileSystem vfs = new VirtualFileSystem();
            var namespace = vfs.newMountNamespace(SyntheticFileSystem.proc(tree(directory.resolve("kept"))));
            FuseServer.Builder builder =
                    FuseServer.builder(vfs, namespace.root()).passthrough(false);
            Path log = directory.resolve("log");
            if (arguments.length == 1) {
                FuseServer first = builder.log(log).build();
                OwnedFd made = first.mountDetached();
                first.start();
                System.out.println(first.device().number());
                System.out.println(made.number());
            } else {
                FuseServer next = builder.resume(log).build();
                try (OwnedFd holder = ProcessCalls.pidfdOpen(Integer.parseInt(arguments[1]))) {
                    next.resume(
                            ProcessCalls.pidfdGetfd(holder.number(), Integer.parseInt(arguments[2])),
                            ProcessCalls.pidfdGetfd(holder.number(), Integer.parseInt(arguments[3])));
                }
                next.start();
                System.out.println("ready");
            }
            Thread.currentThread().join();
        }

        private static SyntheticDirectory tree(Path kept) {
            SyntheticDirectory.Builder root = SyntheticDirectory.builder();
            root.file("file", (caller, out) -> out.appendAscii("text"));
            root.add("numbers", DynamicDirectory.of(new Numbers(true)));
            root.add("control", ControlFile.of((caller, out) -> out.appendBytes(read(kept)), (caller, data, offset) -> {
                try {
                    Files.write(kept, data.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
            return root.build();
        }

        private static byte[] read(Path kept) {
            try {
                return Files.exists(kept) ? Files.readAllBytes(kept) : new byte[0];
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Files that are made when they are looked up, each with its name in it; in a directory of them there is one more such directory. */
    private record Numbers(boolean nested) implements DynamicDirectory.Entries {
        @Override
        public @Nullable SyntheticNode<?> lookup(Credentials credentials, Name name) {
            String text = name.toString();
            if (nested && text.equals("below")) {
                return DynamicDirectory.of(new Numbers(false));
            }
            return text.startsWith("n")
                    ? GeneratedFile.of((caller, out) -> out.appendAscii((nested ? "" : "below/") + text))
                    : null;
        }

        @Override
        public void list(Credentials credentials, DynamicDirectory.EntrySink sink) {
            for (int i = 0; i < NAMES; i++) {
                sink.entry(Name.of("n" + i), DirectorySink.typeOf(StatMode.S_IFREG));
            }
        }
    }

    @BeforeEach
    void start() throws IOException {
        directory = Files.createTempDirectory("caisson-fuse-");
        point = Files.createDirectory(directory.resolve("point"));
        server = launch(directory.toString());
        BufferedReader numbers = server.inputReader();
        try (OwnedFd process = ProcessCalls.pidfdOpen((int) server.pid())) {
            device = ProcessCalls.pidfdGetfd(process.number(), Integer.parseInt(numbers.readLine()));
            mount = ProcessCalls.pidfdGetfd(process.number(), Integer.parseInt(numbers.readLine()));
        }
        MountCalls.attach(mount.number(), point.toString());
    }

    private static Process launch(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    @AfterEach
    void clean() throws Exception {
        device.close();
        kill();
        MountCalls.umount2(point.toString(), MountFlags.MNT_DETACH);
        mount.close();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    private void kill() throws Exception {
        server.destroyForcibly().waitFor();
        server.getInputStream().close();
        server.getOutputStream().close();
    }

    private void goOn() throws IOException {
        server = launch(
                directory.toString(),
                Long.toString(ProcessHandle.current().pid()),
                Integer.toString(device.number()),
                Integer.toString(mount.number()));
        BufferedReader output = server.inputReader();
        assertThat(output.readLine()).isEqualTo("ready");
    }

    @Test
    void whatIsOpenStaysOpen() throws Exception {
        try (OwnedFd below = open("numbers/below", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
                OwnedFd file = open("numbers/n7", OpenFlags.O_RDONLY);
                OwnedFd control = open("control", OpenFlags.O_RDWR)) {
            FileCalls.writeFully(control.number(), "before".getBytes(StandardCharsets.US_ASCII));
            long inode = (long) Files.getAttribute(point.resolve("numbers/n7"), "unix:ino");
            for (int i = 0; i < 3; i++) {
                kill();
                goOn();
                assertThat(FileCalls.readAll(file.number())).asString().isEqualTo(i == 0 ? "n7" : "");
                try (OwnedFd inside = FileCalls.openat(below.number(), "n1", OpenFlags.O_RDONLY, 0)) {
                    assertThat(FileCalls.readAll(inside.number())).asString().isEqualTo("below/n1");
                }
                assertThat(point.resolve("control")).hasContent(i == 0 ? "before" : "after" + (i - 1));
                FileCalls.writeFile(
                        point.resolve("control").toString(), ("after" + i).getBytes(StandardCharsets.US_ASCII));
                assertThat(point.resolve("control")).hasContent("after" + i);
            }
            assertThat((long) Files.getAttribute(point.resolve("numbers/n7"), "unix:ino"))
                    .isEqualTo(inode);
        }
    }

    @Test
    void whoWorksWhileServersAreKilledOnlyWaits() throws Exception {
        Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
        List<AtomicLong> rounds = new ArrayList<>();
        List<Thread> workers = new ArrayList<>();
        var ending = new java.util.concurrent.atomic.AtomicBoolean();
        List<Work> works = List.of(this::readAFile, this::list, this::look, this::write);
        for (int i = 0; i < works.size(); i++) {
            Work work = works.get(i);
            AtomicLong count = new AtomicLong();
            Random random = new Random(i);
            rounds.add(count);
            workers.add(Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (!ending.get()) {
                        work.once(random);
                        count.incrementAndGet();
                    }
                } catch (Throwable fault) {
                    faults.add(fault);
                }
            }));
        }
        Random random = new Random(17);
        for (int i = 0; i < KILLS; i++) {
            Thread.sleep(random.nextInt(LONGEST_LIFE_MILLIS));
            kill();
            long[] before = rounds.stream().mapToLong(AtomicLong::get).toArray();
            goOn();
            Deadline.await(
                    "all go on",
                    () -> !faults.isEmpty()
                            || IntStream.range(0, before.length)
                                    .allMatch(n -> rounds.get(n).get() > before[n] + 1));
            assertThat(faults).isEmpty();
        }
        ending.set(true);
        for (Thread worker : workers) {
            worker.join(10_000);
            assertThat(worker.isAlive()).isFalse();
        }
        assertThat(faults).isEmpty();
    }

    /** What a worker does again and again. */
    private interface Work {
        void once(Random random) throws Exception;
    }

    private void readAFile(Random random) throws IOException {
        String name = "n" + random.nextInt(NAMES);
        assertThat(point.resolve("numbers/" + name)).hasContent(name);
        assertThat(point.resolve("numbers/below/" + name)).hasContent("below/" + name);
    }

    private void list(Random random) throws IOException {
        try (Stream<Path> names = Files.list(point.resolve("numbers"))) {
            assertThat(names).hasSize(NAMES);
        }
    }

    private void look(Random random) {
        assertThat(point.resolve("numbers/x" + random.nextInt(1000))).doesNotExist();
        assertThat(point.resolve("file")).hasContent("text");
    }

    private void write(Random random) throws IOException {
        String text = "v" + random.nextInt(1000);
        Files.writeString(point.resolve("control"), text, StandardOpenOption.WRITE);
        assertThat(point.resolve("control")).hasContent(text);
    }

    private OwnedFd open(String name, int flags) throws IOException {
        return FileCalls.openat(AtFlags.AT_FDCWD, point.resolve(name).toString(), flags | OpenFlags.O_CLOEXEC, 0);
    }
}
