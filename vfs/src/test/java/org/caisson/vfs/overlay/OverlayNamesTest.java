package org.caisson.vfs.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.InotifyFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.notify.Inotify;
import org.caisson.vfs.notify.InotifyAccounts;
import org.caisson.vfs.notify.InotifyEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An overlay remembers few names, and nobody can tell: names that it forgot lead to what they led to. */
class OverlayNamesTest {
    private static final int LIMIT = 1000;

    private final MappedPageStore store = MappedPageStore.anonymous();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private CaissonSide layers;
    private OverlayFileSystem overlay;
    private CaissonSide merged;

    @AfterEach
    void close() {
        store.close();
    }

    @BeforeEach
    void makeLayers() throws ErrnoException {
        MemFileSystem memory = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
        layers = new CaissonSide(vfs, vfs.newMountNamespace(memory).root());
        for (String name : List.of("lower", "upper", "work")) {
            layers.mkdir(name, 0755);
        }
        mount(LIMIT);
    }

    private void mount(int names) throws ErrnoException {
        OverlayOptions options = OverlayOptions.builder()
                .lower(layers.in("lower").top())
                .upper(layers.in("upper").top(), layers.in("work").top())
                .redirects(OverlayOptions.Redirects.ON)
                .names(names)
                .build();
        overlay = new OverlayFileSystem(vfs, Credentials.root(), options);
        merged = new CaissonSide(vfs, vfs.newMountNamespace(overlay).root());
    }

    private int remembered() {
        int count = 0;
        ArrayDeque<TreeDentry> waiting = new ArrayDeque<>(List.of(overlay.root()));
        while (!waiting.isEmpty()) {
            count++;
            waiting.remove().forEachChild(waiting::add);
        }
        return count;
    }

    /** Something to do. */
    @FunctionalInterface
    private interface Act {
        void run() throws ErrnoException;
    }

    /** 0 or a negated errno. */
    private static int outcome(Act act) {
        try {
            act.run();
            return 0;
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    private static void fill(CaissonSide side, int directories, int files) throws ErrnoException {
        for (int i = 0; i < directories; i++) {
            side.mkdir("d" + i, 0755);
            for (int j = 0; j < files; j++) {
                side.mknod("d" + i + "/f" + j, StatMode.S_IFREG | 0644, 0);
            }
        }
    }

    private static void walk(CaissonSide side, Map<String, String> seen) throws ErrnoException {
        for (TreeSide.Entry directory : side.list("")) {
            if (directory.name().startsWith(".")) {
                continue;
            }
            for (TreeSide.Entry entry : side.list(directory.name())) {
                String path = directory.name() + "/" + entry.name();
                if (!entry.name().startsWith(".")) {
                    TreeSide.Facts facts = side.stat(path);
                    assertThat(entry.inode()).as(path).isEqualTo(facts.inode());
                    seen.put(path, facts.toString());
                }
            }
        }
    }

    private static Map<String, String> walk(CaissonSide side) throws ErrnoException {
        Map<String, String> seen = new TreeMap<>();
        walk(side, seen);
        return seen;
    }

    @Test
    void twoHundredThousandNamesAreSeenAgainAsTheyWere() throws Exception {
        fill(layers.in("lower"), 400, 500);
        mount(LIMIT);
        Map<String, String> before = walk(merged);
        assertThat(before).hasSize(200_000);
        assertThat(remembered()).isLessThan(2 * LIMIT);
        for (int i = 0; i < 400; i += 40) {
            merged.chmod("d" + i + "/f7", 0600);
            merged.rename("d" + i + "/f8", "d" + i + "/new", 0);
            merged.rename("d" + (i + 1), "moved" + i, 0);
        }
        Map<String, String> changed = walk(merged);
        assertThat(remembered()).isLessThan(2 * LIMIT);
        assertThat(walk(merged)).isEqualTo(changed);
        mount(Integer.MAX_VALUE);
        assertThat(walk(merged)).isEqualTo(changed);
        assertThat(changed.get("d40/new")).isEqualTo(before.get("d40/f8"));
        assertThat(changed.get("moved40/f0")).isEqualTo(before.get("d41/f0"));
        assertThat(changed.get("d40/f7")).isNotEqualTo(before.get("d40/f7"));
    }

    @Test
    void whatIsMadeIsForgottenToo() throws Exception {
        fill(merged, 10, LIMIT);
        assertThat(remembered()).isLessThan(2 * LIMIT);
        assertThat(walk(merged)).hasSize(10 * LIMIT);
        assertThat(outcome(() -> merged.mkdir("d0/f0", 0755))).isEqualTo(-17);
        assertThat(outcome(() -> merged.rmdir("d0"))).isEqualTo(-39);
    }

    /** Looks at so many other names that all before are forgotten that nobody uses. */
    private void forgetAll() throws ErrnoException {
        for (int i = 0; i < 3 * LIMIT; i++) {
            String name = "missing" + i;
            assertThat(outcome(() -> merged.stat(name))).isEqualTo(-2);
        }
    }

    @Test
    void whatSomebodyUsesIsTheSameForWhoFindsItAnew() throws Exception {
        layers.in("lower").mkdir("d", 0755);
        layers.in("lower").write("d/f", OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0644, 0, text("low"));
        layers.in("lower").link("d/f", "d/g");
        mount(LIMIT);
        CaissonSide started = merged.in("d");
        merged.hold(0, "d/f", OpenFlags.O_RDONLY, 0);
        forgetAll();
        merged.write("d/g", OpenFlags.O_WRONLY, 0, 0, text("new"));
        assertThat(merged.readHeld(0, 0, 10)).isEqualTo(text("new"));
        assertThat(merged.statHeld(0).inode()).isEqualTo(merged.stat("d/g").inode());
        forgetAll();
        merged.rename("d", "e", 0);
        assertThat(started.read("f")).isEqualTo(text("new"));
        started.mkdir("made", 0755);
        assertThat(merged.stat("e/made").inode()).isEqualTo(started.stat("made").inode());
        merged.chmodHeld(0, 0600);
        forgetAll();
        assertThat(merged.stat("e/g").mode()).isEqualTo(StatMode.S_IFREG | 0600);
        merged.unlink("e/f");
        assertThat(merged.statHeld(0).links()).isEqualTo(1);
        merged.closeAll();
    }

    /** Copying it up goes by the name, though no table has that any more. */
    @Test
    void placeThatWasForgottenIsChangedByItsName() throws Exception {
        layers.in("lower").mkdir("a", 0755);
        layers.in("lower").mkdir("a/b", 0755);
        mount(LIMIT);
        CaissonSide started = merged.in("a/b");
        forgetAll();
        started.chmod("", 0700);
        assertThat(merged.stat("a/b").mode()).isEqualTo(StatMode.S_IFDIR | 0700);
        assertThat(layers.stat("upper/a/b").mode()).isEqualTo(StatMode.S_IFDIR | 0700);
    }

    @Test
    void watchesGoOn() throws Exception {
        layers.in("lower").mkdir("d", 0755);
        layers.in("lower").mknod("d/f", StatMode.S_IFREG | 0644, 0);
        mount(LIMIT);
        Inotify inotify = Inotify.open(new InotifyAccounts(vfs), Credentials.root(), InotifyFlags.IN_NONBLOCK);
        try {
            PathOperation path = new PathOperation().root(merged.top()).start(merged.top());
            int all = InotifyFlags.IN_ATTRIB | InotifyFlags.IN_CREATE | InotifyFlags.IN_DELETE_SELF;
            int directory = inotify.addWatch(vfs, Credentials.root(), path.path("d"), all);
            int file = inotify.addWatch(vfs, Credentials.root(), path.path("d/f"), all);
            forgetAll();
            System.gc();
            merged.chmod("d/f", 0600);
            forgetAll();
            merged.mknod("d/g", StatMode.S_IFREG | 0644, 0);
            forgetAll();
            merged.unlink("d/f");
            assertThat(events(inotify))
                    .containsExactly(
                            directory + " " + InotifyFlags.IN_ATTRIB + " f",
                            file + " " + InotifyFlags.IN_ATTRIB + " ",
                            directory + " " + InotifyFlags.IN_CREATE + " g",
                            file + " " + InotifyFlags.IN_ATTRIB + " ",
                            file + " " + InotifyFlags.IN_DELETE_SELF + " ",
                            file + " " + InotifyFlags.IN_IGNORED + " ");
        } finally {
            inotify.close();
        }
    }

    private static List<String> events(Inotify inotify) throws ErrnoException {
        MemorySegment buffer = MemorySegment.ofArray(new byte[4096]);
        List<String> events = new ArrayList<>();
        long count = inotify.read(buffer);
        for (long at = 0; at < count; ) {
            InotifyEvent event = InotifyEvent.readFrom(buffer, at);
            events.add(event.watch() + " " + event.mask() + " " + (event.name() == null ? "" : event.name()));
            at += event.size();
        }
        return events;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Many at once, with hardly room for the names that they use: each finds what it made. */
    @Test
    void threadsFindWhatTheyMadeThoughAllIsForgotten() throws Exception {
        fill(layers.in("lower"), 4, 50);
        mount(1);
        List<Future<?>> threads = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 4; i++) {
                String directory = "d" + i;
                CaissonSide side = new CaissonSide(vfs, merged.top());
                threads.add(executor.submit(() -> {
                    change(side, directory);
                    return null;
                }));
            }
            for (Future<?> thread : threads) {
                thread.get(2, TimeUnit.MINUTES);
            }
        }
        Map<String, String> seen = walk(merged);
        mount(Integer.MAX_VALUE);
        assertThat(walk(merged)).isEqualTo(seen).hasSize(4 * 51);
    }

    private static void change(CaissonSide side, String directory) throws ErrnoException {
        for (int round = 0; round < 20; round++) {
            for (int j = 0; j < 50; j++) {
                String path = directory + "/f" + j;
                long number = side.stat(path).inode();
                side.chmod(path, 0600 + round);
                side.rename(path, directory + "/moved", 0);
                assertThat(side.stat(directory + "/moved").inode()).isEqualTo(number);
                side.rename(directory + "/moved", path, 0);
                assertThat(side.stat(path).mode()).isEqualTo(StatMode.S_IFREG | (0600 + round));
            }
            side.mkdir(directory + "/sub", 0755);
            side.link(directory + "/f0", directory + "/sub/linked");
            side.rename(directory + "/sub/linked", directory + "/linked", 0);
            side.rmdir(directory + "/sub");
            if (round != 19) {
                side.unlink(directory + "/linked");
            }
        }
    }
}
