package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Files and directories go from place to place while others look for them: at each moment each is at one place, neither lost nor doubled.
 *
 * <p>Who moves a thing moves it through a list of places that all know, and counts before and after. Who looked knows by the counts
 * where it may have been meanwhile, and where it must have been.
 */
@ExtendWith(FdLeakCheck.class)
class RenameWalkRaceTest {
    private static final int MOVES = Integer.getInteger("caisson.rename.moves", 100_000) / 4;
    private static final long SEED = Long.getLong("caisson.rename.seed", 1);

    private final MappedPageStore store = MappedPageStore.anonymous();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials admin = Credentials.root();
    private VirtualDentry root;

    @BeforeEach
    void mount() throws ErrnoException {
        root = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                .root();
        for (String directory : new String[] {"a", "b", "c", "c/deep", "c/deep/er"}) {
            vfs.mkdir(admin, at(directory), 0755);
        }
    }

    @AfterEach
    void close() {
        store.close();
    }

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    private void create(String path) throws ErrnoException {
        vfs.mknod(admin, at(path), StatMode.S_IFREG | 0644, 0);
    }

    private long number(String path) throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(admin, at(path), stat);
        return stat.inode;
    }

    /** 0 or the errno. */
    private static int outcome(Race.Act act) throws Exception {
        try {
            act.run();
            return 0;
        } catch (ErrnoException e) {
            return e.errno().number();
        }
    }

    /** Something that is at one of its places, in their order, the first after the last. */
    private static final class Traveller {
        final String[] places;
        long number;
        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();

        Traveller(String... places) {
            this.places = places;
        }

        String place(int step) {
            return places[step % places.length];
        }

        String here() {
            return place(ended.get());
        }

        String next() {
            return place(ended.get() + 1);
        }

        void depart() {
            begun.incrementAndGet();
        }

        void arrive() {
            ended.incrementAndGet();
        }

        /** To be asked before one looks. */
        int before() {
            return ended.get();
        }

        /** Whether it may have been at a place at a moment between {@link #before} and now. */
        boolean mayBeAt(String place, int before) {
            int after = begun.get();
            for (int step = before; step <= after && step < before + places.length; step++) {
                if (place(step).equals(place)) {
                    return true;
                }
            }
            return false;
        }

        /** Whether it was at a place, and nowhere else, from {@link #before} until now. */
        boolean stayedAt(String place, int before) {
            return begun.get() == before && place(before).equals(place);
        }
    }

    private void settle(Traveller traveller) throws ErrnoException {
        traveller.number = number(traveller.here());
    }

    private void step(Traveller traveller) throws ErrnoException {
        traveller.depart();
        vfs.rename(admin, at(traveller.here()), at(traveller.next()), 0);
        traveller.arrive();
    }

    /** Two change places. */
    private void exchange(Traveller one, Traveller other) throws ErrnoException {
        one.depart();
        other.depart();
        vfs.rename(admin, at(one.here()), at(other.here()), TreeRename.EXCHANGE);
        one.arrive();
        other.arrive();
    }

    /** Looks at one place for all who come by there. */
    private void look(PathOperation operation, Stat stat, String place, Traveller... travellers) throws ErrnoException {
        int[] before = new int[travellers.length];
        for (int i = 0; i < before.length; i++) {
            before[i] = travellers[i].before();
        }
        int outcome = vfs.tryStat(admin, operation.path(place), stat);
        assertThat(-outcome).as(place).isIn(0, Errno.ENOENT.number());
        for (int i = 0; i < before.length; i++) {
            Traveller traveller = travellers[i];
            if (outcome == 0 && stat.inode == traveller.number) {
                assertThat(traveller.mayBeAt(place, before[i])).as(place).isTrue();
            } else {
                assertThat(traveller.stayedAt(place, before[i])).as(place).isFalse();
            }
        }
    }

    /** Lists a directory: who stayed is there once, who was never there is not, and no name is there for somebody else. */
    private void list(FileDescription directory, String path, Traveller... travellers) throws ErrnoException {
        int[] before = new int[travellers.length];
        for (int i = 0; i < before.length; i++) {
            before[i] = travellers[i].before();
        }
        Map<Long, List<String>> listed = new HashMap<>();
        directory.readDirectory(0, (name, inode, type, cookie) -> {
            listed.computeIfAbsent(inode, key -> new ArrayList<>()).add(path + "/" + name);
            return true;
        });
        for (int i = 0; i < before.length; i++) {
            Traveller traveller = travellers[i];
            List<String> places = listed.getOrDefault(traveller.number, List.of());
            for (String place : places) {
                assertThat(traveller.mayBeAt(place, before[i])).as(place).isTrue();
            }
            for (String place : traveller.places) {
                if (traveller.stayedAt(place, before[i])) {
                    int wanted = place.startsWith(path + "/") && place.indexOf('/', path.length() + 1) < 0 ? 1 : 0;
                    assertThat(places).as(place).hasSize(wanted);
                }
            }
        }
    }

    private FileDescription open(String directory) throws ErrnoException {
        return vfs.open(admin, at(directory), new OpenOptions(OpenFlags.O_DIRECTORY, 0));
    }

    @Test
    void eachFileIsAtOneOfItsPlaces() throws Exception {
        Traveller one = new Traveller("a/one", "b/one", "b/a-longer-name-for-one", "c/deep/er/one", "a/x");
        Traveller two = new Traveller("c/deep/two", "a/two", "a/the-second-of-two-long-names", "c/two");
        // These two swap, one behind the other.
        Traveller left = new Traveller("a/left", "b/right");
        Traveller right = new Traveller("b/right", "a/left");
        Traveller[] all = {one, two, left, right};
        for (Traveller traveller : all) {
            create(traveller.here());
            settle(traveller);
        }
        try (FileDescription a = open("a");
                FileDescription b = open("b");
                FileDescription deep = open("c/deep")) {
            Race race = new Race()
                    .mover(MOVES, () -> step(one))
                    .mover(MOVES, () -> step(two))
                    .mover(MOVES, () -> exchange(left, right));
            for (int i = 0; i < 2; i++) {
                PathOperation operation = at("");
                Stat stat = new Stat();
                Random random = new Random(SEED + i);
                race.watcher(() -> {
                    String[] places = all[random.nextInt(all.length)].places;
                    look(operation, stat, places[random.nextInt(places.length)], all);
                });
            }
            race.watcher(() -> {
                list(a, "a", all);
                list(b, "b", all);
                list(deep, "c/deep", all);
            });
            race.run();
        }
        for (Traveller traveller : all) {
            assertThat(number(traveller.here())).isEqualTo(traveller.number);
        }
        assertThat(entries("a") + entries("b") + entries("c") + entries("c/deep") + entries("c/deep/er"))
                .isEqualTo(all.length + 2);
    }

    private int entries(String directory) throws ErrnoException {
        AtomicInteger count = new AtomicInteger();
        try (FileDescription opened = open(directory)) {
            opened.readDirectory(2, (name, inode, type, cookie) -> count.incrementAndGet() > 0);
        }
        return count.get();
    }

    /** What is below a directory that moves goes with it, by the way down and by the way up. */
    @Test
    void whatIsBelowADirectoryThatMovesGoesWithIt() throws Exception {
        Traveller directory = new Traveller("a/dir", "b/dir", "c/deep/er/renamed-to-a-long-name", "b/dir2");
        vfs.mkdir(admin, at("a/dir"), 0755);
        settle(directory);
        Traveller inside = new Traveller("leaf", "leaf-by-another-name");
        create("a/dir/leaf");
        inside.number = number("a/dir/leaf");
        VirtualDentry moving = vfs.lookup(admin, at("a/dir"));
        Race race = new Race().mover(MOVES, () -> step(directory)).mover(MOVES, () -> {
            inside.depart();
            vfs.rename(admin, at(inside.here()).start(moving), at(inside.next()).start(moving), 0);
            inside.arrive();
        });
        for (int i = 0; i < 2; i++) {
            PathOperation operation = at("");
            Stat stat = new Stat();
            Random random = new Random(SEED + i);
            race.watcher(() -> {
                String place = directory.places[random.nextInt(directory.places.length)];
                String leaf = inside.places[random.nextInt(2)];
                int outer = directory.before();
                int inner = inside.before();
                int outcome = vfs.tryStat(admin, operation.path(place + "/" + leaf), stat);
                if (outcome == 0) {
                    assertThat(stat.inode).isEqualTo(inside.number);
                    assertThat(directory.mayBeAt(place, outer) && inside.mayBeAt(leaf, inner))
                            .isTrue();
                } else {
                    assertThat(-outcome).isEqualTo(Errno.ENOENT.number());
                    assertThat(directory.stayedAt(place, outer) && inside.stayedAt(leaf, inner))
                            .isFalse();
                }
            });
        }
        PathOperation up = at("");
        Stat above = new Stat();
        race.watcher(() -> {
            int outer = directory.before();
            vfs.stat(admin, up.start(moving).path(".."), above);
            boolean mayBe = false;
            for (String place : directory.places) {
                String parent = place.substring(0, place.lastIndexOf('/'));
                mayBe |= directory.mayBeAt(place, outer) && above.inode == number(parent);
            }
            assertThat(mayBe).isTrue();
        });
        race.run();
        assertThat(number(directory.here() + "/" + inside.here())).isEqualTo(inside.number);
    }

    /** A relative link means what is beside it where it was found, even if it is elsewhere by the time it is read. */
    @Test
    void aLinkThatMovesLeadsToWhatIsBesideIt() throws Exception {
        create("a/target");
        create("b/target");
        vfs.symlink(admin, at("a/link"), MemorySegment.ofArray(Sprout.bytes("target")));
        long inA = number("a/target");
        long inB = number("b/target");
        Traveller link = new Traveller("a/link", "b/link");
        Race race = new Race().mover(2 * MOVES, () -> step(link));
        for (int i = 0; i < 2; i++) {
            PathOperation operation = at("");
            Stat stat = new Stat();
            race.watcher(() -> {
                for (String place : link.places) {
                    int outcome = vfs.tryStat(admin, operation.path(place).followFinal(true), stat);
                    if (outcome == 0) {
                        assertThat(stat.inode).isEqualTo(place.startsWith("a") ? inA : inB);
                    }
                }
            });
        }
        race.run();
    }

    /** By a name that always leads to something, whatever takes its place, nothing is ever missing. */
    @Test
    void whatIsReplacedIsNeverMissing() throws Exception {
        create("a/stays");
        create("a/taken");
        Race race = new Race().mover(MOVES, () -> {
            create("a/new");
            vfs.rename(admin, at("a/new"), at("a/stays"), 0);
        });
        race.watcher(() -> {
            assertThat(outcome(() -> vfs.rename(admin, at("a/stays"), at("a/taken"), TreeRename.NOREPLACE)))
                    .isEqualTo(Errno.EEXIST.number());
            assertThat(outcome(() -> vfs.rmdir(admin, at("a/stays")))).isEqualTo(Errno.ENOTDIR.number());
            assertThat(outcome(() -> vfs.unlink(admin, at("a/stays/")))).isEqualTo(Errno.ENOTDIR.number());
        });
        race.watcher(() -> {
            assertThat(outcome(() -> vfs.mkdir(admin, at("a/stays"), 0755))).isEqualTo(Errno.EEXIST.number());
            vfs.open(admin, at("a/stays"), new OpenOptions(OpenFlags.O_CREAT, 0644))
                    .close();
        });
        race.run();
    }
}
