package org.caisson.vfs.differential;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.MountCalls;
import org.caisson.vfs.LinkProtection;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;

/** A tmpfs of the kernel's and a memory file system of ours, to which the same is done call by call. */
final class SideBySide {
    private static final int UMASK = 022;

    private final Subject theirs;
    private final Subject ours;
    private final List<String> differences = new ArrayList<>();

    private SideBySide(Subject theirs, Subject ours) {
        this.theirs = theirs;
        this.ours = ours;
    }

    /** What is done to the two. */
    @FunctionalInterface
    interface Script {
        void play(SideBySide both);
    }

    /** One call. */
    @FunctionalInterface
    interface Call {
        Object make(Subject subject);
    }

    /** Plays a script on two new trees; where they differ. */
    static List<String> play(Script script) throws Exception {
        return play(MemOptions.DEFAULT, "mode=1777", script);
    }

    /** The same on trees that have so much room. */
    static List<String> playWithin(int pages, int inodes, Script script) throws Exception {
        MemOptions limits = MemOptions.DEFAULT.withSize(pages * 4096L).withInodes(inodes);
        return play(limits, "mode=1777,size=" + pages * 4096 + ",nr_inodes=" + inodes, script);
    }

    private static List<String> play(MemOptions limits, String options, Script script) throws Exception {
        Differential.loadClasses();
        Path directory = Files.createTempDirectory("caisson-sides");
        MappedPageStore store = MappedPageStore.anonymous();
        LinkProtection protection = KernelSubject.protection();
        FutureTask<List<String>> comparison = new FutureTask<>(() -> {
            VirtualFileSystem vfs = new VirtualFileSystem();
            vfs.protection(protection);
            VirtualDentry root =
                    vfs.newMountNamespace(new MemFileSystem(limits, store)).root();
            try (Subject theirs = new KernelSubject(
                            directory.toString(), UMASK, at -> MountCalls.mount("none", at, "tmpfs", 0, options));
                    Subject ours = new VfsSubject(vfs, root, UMASK)) {
                SideBySide both = new SideBySide(theirs, ours);
                script.play(both);
                return both.differences;
            }
        });
        try {
            new Thread(comparison, "sides").start();
            return comparison.get(1, TimeUnit.MINUTES);
        } finally {
            Files.delete(directory);
            store.close();
        }
    }

    /** Makes a call of both and compares what it gives. */
    void compare(String what, Call call) {
        Object expected = call.make(theirs);
        Object actual;
        try {
            actual = call.make(ours);
        } catch (RuntimeException e) {
            actual = e;
        }
        if (!expected.equals(actual)) {
            differences.add(what + ": kernel " + expected + ", ours " + actual);
        }
    }

    /** Has somebody make the calls that follow. */
    void actAs(Subject.Who who) {
        theirs.actAs(who);
        ours.actAs(who);
    }

    boolean differ() {
        return !differences.isEmpty();
    }

    /** Compares type, permissions, owner and size. */
    void compareAttributes(String path) {
        compare("attributes of " + path, subject -> {
            Seen seen = new Seen();
            long outcome = subject.stat(path, false, seen);
            return outcome + " " + Integer.toOctalString(seen.mode) + " " + seen.uid + " " + seen.gid + " "
                    + seen.links;
        });
    }
}
