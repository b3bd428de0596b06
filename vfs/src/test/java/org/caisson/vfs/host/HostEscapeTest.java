package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the host does to the directory, nothing outside is reached, and no file in place of another. */
@ExtendWith(FdLeakCheck.class)
class HostEscapeTest {
    private static final int CLONE_NEWNS = 0x20000;
    private static final HostOptions EXCLUSIVE = HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE);

    @TempDir
    Path top;

    private Path inside = Path.of("unset");
    private Path outside = Path.of("unset");

    @BeforeEach
    void makeDirectories() throws Exception {
        inside = Files.createDirectory(top.resolve("inside"));
        outside = Files.createDirectory(top.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "outside");
        Files.writeString(top.resolve("secret"), "outside");
    }

    @Test
    void linksAreWalkedHere() throws Exception {
        Files.createSymbolicLink(inside.resolve("absolute"), outside.resolve("secret"));
        Files.createSymbolicLink(inside.resolve("relative"), Path.of("../outside/secret"));
        Files.createSymbolicLink(inside.resolve("up"), Path.of("../../../../.."));
        Files.writeString(inside.resolve("file"), "inside");
        try (HostFileSystem fileSystem = HostFileSystem.open(inside.toString(), HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(outcome(tree, "absolute")).isEqualTo("ENOENT");
            assertThat(outcome(tree, "relative")).isEqualTo("ENOENT");
            assertThat(outcome(tree, "../outside/secret")).isEqualTo("ENOENT");
            assertThat(outcome(tree, "up/file")).isEqualTo("inside");
            assertThat(outcome(tree, "up/../../file")).isEqualTo("inside");
        }
    }

    @Test
    void magicLinksOfTheHostAreOrdinaryLinks() throws Exception {
        try (HostFileSystem fileSystem = HostFileSystem.open("/proc/self", HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(outcome(tree, "root/etc/passwd")).isEqualTo("ENOENT");
            assertThat(outcome(tree, "root/comm")).isEqualTo(outcome(tree, "comm"));
            assertThat(outcome(tree, "exe")).isEqualTo("ENOENT");
        }
    }

    private static String outcome(HostTree tree, String path) {
        try {
            return tree.read(path);
        } catch (ErrnoException e) {
            return e.errno().toString();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void directoryExchangedForALinkDuringWalksLeadsNowhere(boolean exclusive) throws Exception {
        Files.createDirectory(inside.resolve("d"));
        Files.writeString(inside.resolve("d/secret"), "inside");
        Files.createSymbolicLink(inside.resolve("link"), outside);
        Map<String, Integer> outcomes = whileMoving(
                exclusive,
                "d/secret",
                () -> FileCalls.renameat2(-100, "" + inside.resolve("d"), -100, "" + inside.resolve("link"), 2));
        assertThat(outcomes.keySet()).isSubsetOf("inside", "ENOENT", "ESTALE", "ENOTDIR");
        assertThat(outcomes).containsKey("inside");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void directoryMovedOutDuringWalksHidesWhatIsAround(boolean exclusive) throws Exception {
        Files.createDirectories(inside.resolve("d/e"));
        Files.writeString(inside.resolve("secret"), "inside");
        boolean[] out = {false};
        Map<String, Integer> outcomes = whileMoving(exclusive, "d/e/../../secret", () -> {
            Path from = out[0] ? outside.resolve("d") : inside.resolve("d");
            Path to = out[0] ? inside.resolve("d") : outside.resolve("d");
            FileCalls.renameat2(-100, from.toString(), -100, to.toString(), 0);
            out[0] = !out[0];
        });
        assertThat(outcomes.keySet()).isSubsetOf("inside", "ENOENT", "ESTALE");
        assertThat(outcomes).containsKey("inside");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fileExchangedForAnotherIsNeverReadAsIfItWereTheOne(boolean exclusive) throws Exception {
        Files.createDirectory(inside.resolve("d"));
        Files.writeString(inside.resolve("d/secret"), "inside");
        Files.writeString(outside.resolve("other"), "inside");
        FileCalls.mknodat(-100, outside.resolve("pipe").toString(), 0010644, 0);
        Map<String, Integer> outcomes = whileMoving(exclusive, "d/secret", () -> {
            FileCalls.renameat2(-100, "" + inside.resolve("d/secret"), -100, "" + outside.resolve("pipe"), 2);
        });
        assertThat(outcomes.keySet()).isSubsetOf("inside", "ENOENT", "ESTALE", "ESPIPE");
        assertThat(outcomes).containsKey("inside");
    }

    @FunctionalInterface
    private interface Move {
        void run() throws ErrnoException;
    }

    private Map<String, Integer> whileMoving(boolean exclusive, String path, Move move) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        FutureTask<Integer> mover = new FutureTask<>(() -> {
            int count = 0;
            while (!stop.get() || count % 2 != 0) {
                move.run();
                count++;
            }
            return count;
        });
        Map<String, Integer> outcomes = new TreeMap<>();
        try (HostFileSystem fileSystem =
                HostFileSystem.open(inside.toString(), exclusive ? EXCLUSIVE : HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            outcomes.merge(outcome(tree, path), 1, Integer::sum);
            Thread.ofPlatform().start(mover);
            for (int i = 0; i < 20_000; i++) {
                outcomes.merge(outcome(tree, path), 1, Integer::sum);
            }
            stop.set(true);
            assertThat(mover.get(1, TimeUnit.MINUTES)).isPositive();
        } finally {
            stop.set(true);
        }
        return outcomes;
    }

    @Test
    void fileThatTookAnothersNameIsNotOpenedForIt() throws Exception {
        Files.writeString(inside.resolve("file"), "first");
        Files.writeString(inside.resolve("other"), "second");
        try (HostFileSystem fileSystem = HostFileSystem.open(inside.toString(), EXCLUSIVE)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(tree.stat("file").size).isEqualTo(5);
            FileCalls.renameat2(-100, "" + inside.resolve("other"), -100, "" + inside.resolve("file"), 0);
            assertThat(outcome(tree, "file")).isEqualTo("ESTALE");
        }
    }

    @Test
    void fileThatGotTheNumberOfARemovedOneIsAnother() throws Exception {
        Files.writeString(inside.resolve("file"), "first");
        try (HostFileSystem fileSystem = HostFileSystem.open(inside.toString(), HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            try (FileDescription first = tree.open("file", OpenFlags.O_RDONLY)) {
                Files.delete(inside.resolve("file"));
                Files.writeString(inside.resolve("file"), "second");
                assertThat(HostTree.read(first)).isEqualTo("first");
                assertThat(tree.read("file")).isEqualTo("second");
                first.stat(tree.stat);
                assertThat(tree.stat.links).isZero();
            }
        }
    }

    @Test
    void devicesOfTheHostAreNotOpened() throws Exception {
        FileCalls.mknodat(-100, inside.resolve("kmsg").toString(), 0020666, FileCalls.deviceNumber(1, 11));
        FileCalls.mknodat(-100, inside.resolve("null").toString(), 0020666, FileCalls.deviceNumber(1, 3));
        try (HostFileSystem fileSystem = HostFileSystem.open(inside.toString(), HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(outcome(tree, "kmsg")).isEqualTo("ENXIO");
            assertThat(outcome(tree, "null")).isEmpty();
        }
    }

    @Test
    void mountsOfTheHostAreCrossedOnlyIfAsked() throws Exception {
        Files.createDirectory(inside.resolve("sub"));
        Files.createDirectory(inside.resolve("late"));
        Files.writeString(inside.resolve("sub/file"), "beneath");
        FutureTask<String> inOwnNamespace = new FutureTask<>(() -> {
            NamespaceCalls.unshare(CLONE_NEWNS);
            MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            MountCalls.mount("none", inside.resolve("sub").toString(), "tmpfs", 0, "");
            try (HostFileSystem bound = HostFileSystem.open(inside.toString(), HostOptions.DEFAULT);
                    HostFileSystem crossing =
                            HostFileSystem.open(inside.toString(), HostOptions.DEFAULT.withMounts())) {
                MountCalls.mount("none", inside.resolve("late").toString(), "tmpfs", 0, "");
                HostTree through = new HostTree(crossing);
                through.write("sub/file", "mounted");
                through.write("late/file", "mounted");
                HostTree beneath = new HostTree(bound);
                assertThat(through.stat("sub/file").device).isNotEqualTo(through.stat("late/file").device);
                assertThat(through.stat("sub").device).isEqualTo(through.stat("sub/file").device);
                assertThat(through.stat("sub").device).isNotEqualTo(through.stat(".").device);
                return outcome(beneath, "sub/file") + " " + beneath.list("late") + " " + outcome(through, "sub/file")
                        + " " + through.list("late");
            }
        });
        Thread.ofPlatform().start(inOwnNamespace);
        assertThat(inOwnNamespace.get(1, TimeUnit.MINUTES)).isEqualTo("beneath [] mounted [file]");
    }
}
