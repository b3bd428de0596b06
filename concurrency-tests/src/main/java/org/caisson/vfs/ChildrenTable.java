package org.caisson.vfs;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Children tables: published as a whole, and never without what stays. */
public class ChildrenTable {
    private ChildrenTable() {}

    private static final StressTree TREE = new StressTree();

    private static TreeDentry newDirectory() {
        return StressTree.entry(TREE.root(), Name.of("directory"), StatMode.S_IFDIR | 0755);
    }

    private static TreeDentry newFile(TreeDentry parent, String name) {
        return StressTree.entry(parent, Name.of(name), StatMode.S_IFREG | 0644);
    }

    /** As a walk looks. */
    private static @Nullable TreeDentry walk(TreeDentry directory, Name name) {
        return ChildTable.find(
                directory.slots, directory, new PathOperation().walk, name.hash, name.word0(), name.word1());
    }

    /** A child that is found is whole. */
    @JCStressTest
    @State
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "not yet")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "found")
    @Outcome(expect = FORBIDDEN, desc = "found in part")
    public static class Publication {
        private final TreeDentry directory = newDirectory();
        private final Name name = Name.of("child");

        @Actor
        public void attach() {
            directory.attach(newFile(directory, "child"));
        }

        @Actor
        public void look(I_Result result) {
            TreeDentry found = walk(directory, name);
            if (found != null) {
                boolean whole = found.inode() != null
                        && found.inode().isRegular()
                        && found.name().equals(name);
                result.r1 = whole && found.parent() == directory ? 1 : 2;
            }
        }
    }

    /** A third child makes the table grow, and a second one goes: the first is found by either way. */
    @JCStressTest
    @State
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "found")
    @Outcome(expect = FORBIDDEN, desc = "lost")
    public static class Growth {
        private final TreeDentry directory = newDirectory();
        private final TreeDentry goes = directory.attach(newFile(directory, "goes"));
        private final TreeDentry stays = directory.attach(newFile(directory, "stays"));

        @Actor
        public void change() {
            directory.detach(goes);
            directory.attach(newFile(directory, "third"));
            directory.attach(newFile(directory, "fourth"));
        }

        @Actor
        public void walk(II_Result result) {
            result.r1 = ChildrenTable.walk(directory, stays.name()) == stays ? 1 : 0;
            result.r2 = directory.child(stays.name()) == stays ? 1 : 0;
        }
    }

    /** Names enough that the next one parts the table, or splits a part of it. */
    private static final class Many {
        /** Children of a table that is full, and not parted yet. */
        private static final int FULL = 2048;

        static final TreeDentry[] UNTIL_PARTED = entries(FULL + 1);
        static final TreeDentry[] UNTIL_SPLIT = untilSplit();

        private static TreeDentry[] entries(int count) {
            TreeDentry[] entries = new TreeDentry[count];
            for (int i = 0; i < count; i++) {
                entries[i] = newFile(TREE.root(), "n" + i);
            }
            return entries;
        }

        /** One half of the table gets as many as its slots allow, and one more. */
        private static TreeDentry[] untilSplit() {
            List<TreeDentry> chosen = new ArrayList<>();
            int[] halves = new int[2];
            for (int i = 0; halves[0] <= FULL && halves[1] <= FULL; i++) {
                TreeDentry entry = newFile(TREE.root(), "n" + i);
                halves[(entry.hash() * 0x9E3779B9) >>> (Integer.SIZE - 1)]++;
                chosen.add(entry);
            }
            return chosen.toArray(new TreeDentry[0]);
        }

        static ChildTable filled(TreeDentry[] entries) {
            ChildTable table = new ChildTable();
            for (int i = 0; i < entries.length - 1; i++) {
                table.insert(entries[i]);
            }
            return table;
        }
    }

    private static int found(ChildTable table, TreeDentry wanted) {
        return table.find(wanted.name()) == wanted ? 1 : 0;
    }

    /** How many of the children before the last are visited, less their number; the last may be visited or not. */
    private static int missed(ChildTable table, TreeDentry[] entries) {
        int[] visited = new int[1];
        table.forEach(child -> {
            if (child != entries[entries.length - 1]) {
                visited[0]++;
            }
        });
        return visited[0] - (entries.length - 1);
    }

    /** The table is parted. */
    @JCStressTest
    @State
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "all there once")
    @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
    public static class Parting {
        private final ChildTable table = Many.filled(Many.UNTIL_PARTED);

        @Actor
        public synchronized void insert() {
            table.insert(Many.UNTIL_PARTED[Many.UNTIL_PARTED.length - 1]);
        }

        @Actor
        public void look(II_Result result) {
            result.r1 = found(table, Many.UNTIL_PARTED[7]);
            result.r2 = missed(table, Many.UNTIL_PARTED);
        }
    }

    /** A part of the table is split. */
    @JCStressTest
    @State
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "all there once")
    @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
    public static class Splitting {
        private final ChildTable table = Many.filled(Many.UNTIL_SPLIT);

        @Actor
        public synchronized void insert() {
            table.insert(Many.UNTIL_SPLIT[Many.UNTIL_SPLIT.length - 1]);
        }

        @Actor
        public void look(II_Result result) {
            result.r1 = found(table, Many.UNTIL_SPLIT[7]);
            result.r2 = missed(table, Many.UNTIL_SPLIT);
        }
    }
}
