package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.InotifyFlags;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same calls on the kernel's tmpfs and overlayfs and on ours end alike and give the same events. */
@ExtendWith(FdLeakCheck.class)
class InotifyAgainstKernelTest {
    private static final int ALL = InotifyFlags.IN_ALL_EVENTS;
    private static final int STEPS = Integer.getInteger("caisson.notify.steps", 6000);

    /** Calls on one side; what it returns is compared. */
    @FunctionalInterface
    private interface Scenario {
        List<String> play(WatchedTree tree) throws Exception;
    }

    /** Plays on both sides, on tmpfs and on an overlay. */
    private static List<String> same(Scenario scenario) throws Exception {
        same(WatchedTree.Ground.OVERLAY, scenario);
        return same(WatchedTree.Ground.MEMORY, scenario);
    }

    /** Plays on both sides, in a thread with mounts of its own, and compares. */
    private static List<String> same(WatchedTree.Ground ground, Scenario scenario) throws Exception {
        Path directory = KernelTree.temporaryDirectory();
        KernelTree.loadClasses();
        FutureTask<List<String>> kernel = new FutureTask<>(() -> {
            KernelTree.enterOwnMounts();
            KernelTree.mountTmpfs(directory);
            try (KernelTree root = new KernelTree();
                    WatchedTree tree = new KernelWatchedTree()) {
                root.enterRoot(ground == WatchedTree.Ground.MEMORY ? directory : mountOverlay(directory, ground));
                FileCalls.fchmodat(AtFlags.AT_FDCWD, ".", 0755, 0);
                return scenario.play(tree);
            }
        });
        try {
            Thread thread = new Thread(kernel);
            thread.start();
            List<String> theirs = kernel.get(2, TimeUnit.MINUTES);
            try (WatchedTree tree = new VirtualWatchedTree(Credentials.root(), ground)) {
                List<String> ours = scenario.play(tree);
                assertThat(excerpt(ours, theirs)).isEqualTo(excerpt(theirs, ours));
            }
            return theirs;
        } finally {
            Files.delete(directory);
        }
    }

    private static Path mountOverlay(Path directory, WatchedTree.Ground ground) throws Exception {
        for (String name : List.of("lower", "upper", "work", "merged")) {
            Files.createDirectory(directory.resolve(name));
        }
        if (ground == WatchedTree.Ground.LAYERS) {
            Files.createDirectory(directory.resolve("lower/d"));
            Files.writeString(directory.resolve("lower/d/u"), "0123456789");
            Files.writeString(directory.resolve("lower/f"), "0123456789");
        }
        String at = directory + "/";
        String options = "lowerdir=" + at + "lower,upperdir=" + at + "upper,workdir=" + at + "work";
        MountCalls.mount("overlay", at + "merged", "overlay", 0, options);
        return directory.resolve("merged");
    }

    /** What leads to the first difference and a little more. */
    private static String excerpt(List<String> lines, List<String> others) {
        int at = 0;
        while (at < lines.size() && at < others.size() && lines.get(at).equals(others.get(at))) {
            at++;
        }
        boolean same = at == lines.size() && at == others.size();
        return same ? "" : String.join("\n", lines.subList(Math.max(0, at - 20), Math.min(lines.size(), at + 5)));
    }

    /** Notes each outcome and the events that came of it. */
    private static final class Notes {
        final List<String> lines = new ArrayList<>();
        private final WatchedTree tree;

        Notes(WatchedTree tree) {
            this.tree = tree;
        }

        void note(String what, int outcome) {
            lines.add(what + ": " + (outcome < 0 ? Errno.of(-outcome).name() : "" + outcome));
            lines.addAll(tree.events());
        }
    }

    private static void touch(WatchedTree tree, String path) {
        tree.open(0, path, OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0644);
        tree.closeFile(0);
    }

    @Test
    void whatMakesAndRemovesNamesIsToldToTheDirectoryAndTheFile() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            notes.note("watch", tree.watch(".", ALL));
            notes.note("mkdir", tree.makeDirectory("d"));
            notes.note("watch d", tree.watch("d", ALL));
            notes.note("fifo", tree.makeNode("d/p", StatMode.S_IFIFO | 0600));
            notes.note("symlink", tree.symlink("d/s"));
            notes.note("unlink symlink", tree.unlink("d/s"));
            notes.note("unlink fifo", tree.unlink("d/p"));
            notes.note("rmdir", tree.removeDirectory("d"));
            notes.note("rm watch again", tree.unwatch(2));
            return notes.lines;
        });
        assertThat(lines).contains("1 CREATE DIRECTORY d", "2 DELETE_SELF", "2 IGNORED", "1 DELETE DIRECTORY d");
    }

    @Test
    void aFileGoesWithItsLastNameAndDescription() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            touch(tree, "a");
            tree.watch(".", ALL);
            tree.watch("a", ALL);
            notes.note("open", tree.open(1, "a", OpenFlags.O_RDWR, 0));
            notes.note("link", tree.link("a", "b"));
            notes.note("unlink a", tree.unlink("a"));
            notes.note("write", tree.write(1, 10));
            notes.note("open b", tree.open(2, "b", OpenFlags.O_RDONLY, 0));
            notes.note("unlink b", tree.unlink("b"));
            notes.note("read", tree.read(2, 5));
            notes.note("close a", tree.closeFile(1));
            notes.note("close b", tree.closeFile(2));
            return notes.lines;
        });
        assertThat(lines).contains("2 DELETE_SELF").doesNotContain("2 DELETE");
    }

    /** The kernel tells it when a dentry goes, which here is while another one is still in use. */
    @Test
    void theLastNameOfAFileIsGoneThoughSomebodyCameByAnother() throws Exception {
        same(tree -> {
            Notes notes = new Notes(tree);
            touch(tree, "a");
            tree.watch("a", ALL);
            notes.note("open a", tree.open(1, "a", OpenFlags.O_RDWR, 0));
            notes.note("link", tree.link("a", "b"));
            notes.note("open a again", tree.open(2, "a", OpenFlags.O_PATH, 0));
            notes.note("unlink a", tree.unlink("a"));
            notes.note("unlink b", tree.unlink("b"));
            notes.note("close", tree.closeFile(1));
            return notes.lines;
        });
    }

    @Test
    void aFileMadeWithoutANameIsToldByItsNumber() throws Exception {
        same(tree -> {
            Notes notes = new Notes(tree);
            tree.makeDirectory("d");
            tree.watch("d", ALL);
            notes.note("make", tree.open(1, "d", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR, 0600));
            notes.note("write", tree.write(1, 10));
            notes.note("close", tree.closeFile(1));
            return notes.lines;
        });
    }

    @Test
    void renamesPairTheirEventsByCookies() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            for (String name : List.of("d", "e", "d/sub", "f")) {
                tree.makeDirectory(name);
            }
            for (String name : List.of("d/a", "d/b", "e/c")) {
                touch(tree, name);
            }
            for (String name : List.of(".", "d", "e", "d/a", "d/b", "e/c", "d/sub", "f")) {
                tree.watch(name, ALL);
            }
            notes.note("within", tree.rename("d/a", "d/x", 0));
            notes.note("across", tree.rename("d/x", "e/y", 0));
            notes.note("over", tree.rename("e/y", "d/b", 0));
            notes.note("directory", tree.rename("d/sub", "e/sub", 0));
            notes.note("directory over", tree.rename("e/sub", "f", 0));
            notes.note("exchange", tree.rename("d/b", "f", 2));
            notes.note("exchange far", tree.rename("f", "e/c", 2));
            notes.note("same file", tree.link("e/c", "e/l"));
            notes.note("onto itself", tree.rename("e/c", "e/l", 0));
            notes.note("no replace", tree.rename("e/c", "e/n", 1));
            notes.note("whiteout", tree.rename("e/n", "d/w", 4));
            notes.note("refused", tree.rename("e/none", "d/w", 0));
            return notes.lines;
        });
        assertThat(lines).contains("2 MOVED_FROM a cookie A", "2 MOVED_TO x cookie A", "4 MOVE_SELF");
    }

    @Test
    void whatIsDoneWithDescriptionsIsToldInOrder() throws Exception {
        same(tree -> {
            Notes notes = new Notes(tree);
            tree.watch(".", ALL);
            notes.note("create", tree.open(1, "f", OpenFlags.O_CREAT | OpenFlags.O_TRUNC | OpenFlags.O_RDWR, 0644));
            tree.watch("f", ALL);
            notes.note("read nothing", tree.read(1, 10));
            notes.note("read no bytes", tree.read(1, 0));
            notes.note("readv nothing", tree.readVector(1, 10));
            notes.note("readv no bytes", tree.readVector(1, 0));
            notes.note("write", tree.write(1, 100));
            notes.note("write no bytes", tree.write(1, 0));
            notes.note("writev", tree.writeVector(1, 100));
            notes.note("writev no bytes", tree.writeVector(1, 0));
            notes.note("truncate", tree.truncateOpened(1, 50));
            notes.note("truncate to the same", tree.truncateOpened(1, 50));
            notes.note("allocate", tree.allocate(1, 0, 0, 1000));
            notes.note("punch", tree.allocate(1, 3, 0, 10));
            notes.note("chmod", tree.changeModeOpened(1, 06755));
            notes.note("truncate by name", tree.truncate("f", 7));
            notes.note("open again", tree.open(2, "f", OpenFlags.O_RDONLY, 0));
            notes.note("read", tree.read(2, 100));
            notes.note("readv", tree.readVector(2, 100));
            notes.note("close reader", tree.closeFile(2));
            notes.note("open and cut", tree.open(2, "f", OpenFlags.O_WRONLY | OpenFlags.O_TRUNC, 0));
            notes.note("refused", tree.read(2, 1));
            notes.note("place only", tree.open(3, "f", OpenFlags.O_PATH, 0));
            notes.note("close place", tree.closeFile(3));
            notes.note("open directory", tree.open(4, ".", OpenFlags.O_RDONLY, 0));
            notes.note("list", tree.list(4));
            notes.note("list the end", tree.list(4));
            notes.note("close directory", tree.closeFile(4));
            notes.note("close", tree.closeFile(1));
            notes.note("close writer", tree.closeFile(2));
            return notes.lines;
        });
    }

    @Test
    void whatIsCopiedAndAllocatedIsTold() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            tree.watch(".", ALL);
            notes.note("from", tree.open(1, "from", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0644));
            notes.note("write", tree.write(1, 1000));
            notes.note("to", tree.open(2, "to", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0644));
            tree.watch("to", ALL);
            notes.note("set-id", tree.changeModeOpened(2, 06755));
            notes.note("from the beginning", tree.open(3, "from", OpenFlags.O_RDONLY, 0));
            notes.note("copy nothing", tree.copyRange(3, 2, 0));
            notes.note("copy", tree.copyRange(3, 2, 500));
            notes.note("refused", tree.copyRange(2, 3, 500));
            notes.note("allocate", tree.allocate(2, 0, 0, 5000));
            notes.note("allocate beyond", tree.allocate(2, 1, 5000, 100));
            notes.note("punch", tree.allocate(2, 3, 0, 100));
            notes.note("allocate nothing", tree.allocate(2, 0, 0, 0));
            return notes.lines;
        });
        assertThat(lines).containsSequence("copy: 500", "1 ACCESS from");
    }

    @Test
    void extendedAttributesOfOpenFilesAreTold() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            tree.makeDirectory("d");
            touch(tree, "f");
            tree.makeDevice("null", 1, 3);
            tree.watch(".", ALL);
            tree.watch("d", ALL);
            notes.note("file", tree.open(1, "f", OpenFlags.O_RDWR, 0));
            notes.note("directory", tree.open(2, "d", OpenFlags.O_RDONLY, 0));
            notes.note("device", tree.open(3, "null", OpenFlags.O_RDONLY, 0));
            for (int slot = 1; slot <= 3; slot++) {
                notes.note("set", tree.setXattrOpened(slot));
                notes.note("remove", tree.removeXattrOpened(slot));
                notes.note("remove again", tree.removeXattrOpened(slot));
            }
            return notes.lines;
        });
        assertThat(lines).containsSequence("set: 0", "1 ATTRIB f");
    }

    @Test
    void devicesTellOfWhatIsReadAndWritten() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            tree.makeDevice("null", 1, 3);
            tree.makeDevice("zero", 1, 5);
            tree.makeDevice("full", 1, 7);
            tree.makeDevice("urandom", 1, 9);
            tree.watch(".", ALL);
            tree.watch("zero", ALL);
            for (String name : List.of("null", "zero", "full", "urandom")) {
                notes.note("open " + name, tree.open(1, name, OpenFlags.O_RDWR, 0));
                notes.note("read", tree.read(1, 10));
                notes.note("read nothing", tree.read(1, 0));
                notes.note("readv", tree.readVector(1, 10));
                notes.note("write", tree.write(1, 10));
                notes.note("write nothing", tree.write(1, 0));
                notes.note("writev", tree.writeVector(1, 10));
                notes.note("chmod", tree.changeModeOpened(1, 0600));
                notes.note("close", tree.closeFile(1));
            }
            return notes.lines;
        });
        assertThat(lines).containsSequence("read: 10", "2 ACCESS").doesNotContain("1 ACCESS zero");
    }

    @Test
    void filesOfLowerLayersKeepTheirWatchesWhenTheyAreCopiedUp() throws Exception {
        List<String> lines = same(WatchedTree.Ground.LAYERS, tree -> {
            Notes notes = new Notes(tree);
            for (String path : List.of(".", "f", "d", "d/u")) {
                notes.note("watch " + path, tree.watch(path, ALL));
            }
            notes.note("list", tree.open(0, "d", OpenFlags.O_RDONLY, 0));
            notes.note("list", tree.list(0));
            notes.note("open", tree.open(1, "f", OpenFlags.O_RDONLY, 0));
            notes.note("read", tree.read(1, 5));
            notes.note("chmod", tree.changeMode("f", 06755));
            notes.note("open to write", tree.open(2, "f", OpenFlags.O_WRONLY, 0));
            notes.note("write", tree.write(2, 5));
            notes.note("read on", tree.read(1, 5));
            notes.note("link", tree.link("f", "g"));
            notes.note("rename", tree.rename("d/u", "x", 0));
            notes.note("rename directory", tree.rename("d", "e", 0));
            notes.note("cut", tree.truncate("x", 3));
            notes.note("unlink", tree.unlink("f"));
            notes.note("unlink link", tree.unlink("g"));
            notes.note("close", tree.closeFile(2));
            notes.note("close reader", tree.closeFile(1));
            notes.note("rmdir", tree.removeDirectory("d"));
            notes.note("over a whiteout", tree.makeDirectory("d"));
            return notes.lines;
        });
        assertThat(lines).contains("2 MODIFY", "4 MOVE_SELF");
    }

    @Test
    void watchesEndWithTheirMount() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            tree.makeDirectory("m");
            tree.watch("m", ALL);
            notes.note("mount", tree.mountMemory("m"));
            touch(tree, "m/f");
            notes.note("watch root", tree.watch("m", ALL));
            notes.note("watch file", tree.watch("m/f", InotifyFlags.IN_OPEN));
            notes.note("open", tree.open(1, "m/f", OpenFlags.O_RDONLY, 0));
            notes.note("busy", tree.unmount("m", 0));
            notes.note("lazily", tree.unmount("m", MountFlags.MNT_DETACH));
            notes.note("close", tree.closeFile(1));
            notes.note("end", tree.unwatch(2));
            notes.note("the one beneath", tree.unwatch(1));
            return notes.lines;
        });
        assertThat(lines).contains("2 UNMOUNT DIRECTORY", "2 IGNORED", "3 UNMOUNT");
    }

    @Test
    void attributesAreToldByWhatChanges() throws Exception {
        same(tree -> {
            Notes notes = new Notes(tree);
            touch(tree, "f");
            tree.makeDirectory("d");
            tree.watch(".", ALL);
            tree.watch("f", ALL);
            tree.watch("d", ALL);
            for (String path : List.of("f", "d")) {
                notes.note("chmod", tree.changeMode(path, 06777));
                notes.note("chown to nobody else", tree.changeOwner(path, -1, -1));
                notes.note("chown again", tree.changeOwner(path, -1, -1));
                notes.note("chown", tree.changeOwner(path, 0, -1));
                notes.note("chgrp", tree.changeOwner(path, -1, 7));
                notes.note("both times", tree.setTimes(path, true, true));
                notes.note("access time", tree.setTimes(path, true, false));
                notes.note("modify time", tree.setTimes(path, false, true));
                notes.note("no time", tree.setTimes(path, false, false));
            }
            return notes.lines;
        });
    }

    @Test
    void equalEventsThatFollowEachOtherAreOne() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            tree.open(1, "f", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0644);
            tree.makeDirectory("d");
            touch(tree, "d/x");
            tree.watch("f", ALL);
            for (int i = 0; i < 5; i++) {
                tree.write(1, 10);
            }
            tree.changeModeOpened(1, 0600);
            tree.write(1, 10);
            notes.note("written", 0);
            tree.watch("d", InotifyFlags.IN_MOVED_FROM);
            for (int i = 0; i < 3; i++) {
                tree.rename("d/x", "x", 0);
                tree.rename("x", "d/x", 0);
            }
            notes.note("moved", 0);
            return notes.lines;
        });
        assertThat(lines).filteredOn(line -> line.endsWith("MODIFY")).hasSize(2);
        assertThat(lines).filteredOn(line -> line.contains("MOVED_FROM")).hasSize(1);
    }

    @Test
    void flagsOfWatchesMeanWhatTheyMeanInTheKernel() throws Exception {
        same(tree -> {
            Notes notes = new Notes(tree);
            touch(tree, "f");
            tree.makeDirectory("d");
            touch(tree, "d/u");
            tree.symlink("s");
            notes.note("missing", tree.watch("none", ALL));
            notes.note("nothing", tree.watch("f", 0));
            notes.note("unknown", tree.watch("f", 0x10000));
            notes.note("both", tree.watch("f", InotifyFlags.IN_MASK_ADD | InotifyFlags.IN_MASK_CREATE | 1));
            notes.note("only directories", tree.watch("f", InotifyFlags.IN_ONLYDIR | ALL));
            notes.note("a directory", tree.watch("d", InotifyFlags.IN_ONLYDIR | InotifyFlags.IN_EXCL_UNLINK | ALL));
            notes.note("dangling", tree.watch("s", ALL));
            notes.note("the link", tree.watch("s", InotifyFlags.IN_DONT_FOLLOW | ALL));
            notes.note("chown link", tree.changeOwner("s", 1, 1));
            notes.note("new", tree.watch("f", InotifyFlags.IN_MASK_CREATE | InotifyFlags.IN_ATTRIB));
            notes.note("not new", tree.watch("f", InotifyFlags.IN_MASK_CREATE | InotifyFlags.IN_ATTRIB));
            notes.note("more", tree.watch("f", InotifyFlags.IN_MASK_ADD | InotifyFlags.IN_OPEN));
            notes.note("chmod", tree.changeMode("f", 0600));
            notes.note("open", tree.open(1, "f", 0, 0));
            notes.note("instead", tree.watch("f", InotifyFlags.IN_OPEN));
            notes.note("chmod", tree.changeMode("f", 0600));
            notes.note("once", tree.watch("f", InotifyFlags.IN_ONESHOT | InotifyFlags.IN_ATTRIB));
            notes.note("chmod", tree.changeMode("f", 0600));
            notes.note("chmod", tree.changeMode("f", 0600));
            notes.note("again", tree.watch("f", InotifyFlags.IN_ONESHOT));
            notes.note("chmod", tree.changeMode("f", 0600));
            notes.note("end", tree.unwatch(4));
            notes.note("ended", tree.unwatch(4));
            notes.note("open u", tree.open(2, "d/u", OpenFlags.O_RDWR, 0));
            notes.note("unlink u", tree.unlink("d/u"));
            notes.note("write u", tree.write(2, 10));
            notes.note("chmod u", tree.changeModeOpened(2, 0600));
            notes.note("close u", tree.closeFile(2));
            return notes.lines;
        });
    }

    @Test
    @Tag("long")
    void aFullQueueLosesEventsAndSaysSo() throws Exception {
        List<String> lines = same(tree -> {
            Notes notes = new Notes(tree);
            tree.open(1, "f", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0644);
            tree.write(1, 100);
            tree.watch("f", InotifyFlags.IN_ATTRIB | InotifyFlags.IN_ACCESS | InotifyFlags.IN_OPEN);
            for (int i = 0; i < 16384; i++) {
                outcomeOf(i % 2 == 0 ? tree.changeMode("f", 0600) : tree.setTimes("f", true, false));
            }
            // The queue is full, and a repetition is not looked for any more.
            tree.setTimes("f", true, false);
            tree.changeMode("f", 0600);
            List<String> some = new ArrayList<>();
            tree.readEvents(16 * 3).forEach(event -> some.add(event.toString()));
            notes.lines.addAll(some);
            tree.changeMode("f", 0600);
            tree.setTimes("f", true, false);
            tree.changeMode("f", 0600);
            tree.unwatch(1);
            List<String> rest = tree.events();
            notes.lines.add("" + rest.size());
            notes.lines.addAll(rest.subList(rest.size() - 6, rest.size()));
            return notes.lines;
        });
        assertThat(lines).contains("-1 OVERFLOW");
    }

    private static void outcomeOf(int outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }

    @Test
    void readsGiveWholeEventsOnly() throws Exception {
        same(tree -> {
            Notes notes = new Notes(tree);
            tree.watch(".", InotifyFlags.IN_CREATE);
            for (int length : new int[] {1, 14, 15, 16, 17, 31, 32, 255}) {
                tree.makeDirectory("n".repeat(length));
                notes.lines.add("" + tree.available());
            }
            for (int room : new int[] {0, 15, 16, 31, 32, 63, 64, 100, 10000}) {
                try {
                    notes.lines.add(tree.readEvents(room).toString());
                } catch (ErrnoException e) {
                    notes.lines.add(e.errno().name());
                }
            }
            try {
                tree.readEvents(100);
            } catch (ErrnoException e) {
                notes.lines.add(e.errno().name());
            }
            return notes.lines;
        });
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void randomCallsGiveTheSameEvents(long seed) throws Exception {
        long chosen = Long.getLong("caisson.notify.seed", seed);
        List<String> lines = same(WatchedTree.Ground.MEMORY, tree -> new RandomCalls(chosen, tree).play(STEPS));
        same(WatchedTree.Ground.OVERLAY, tree -> new RandomCalls(chosen, tree).play(STEPS / 4));
        assertThat(lines).hasSizeGreaterThan(STEPS);
    }
}
