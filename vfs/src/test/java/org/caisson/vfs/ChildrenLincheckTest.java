package org.caisson.vfs;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.caisson.linux.StatMode;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/** Whatever threads do to the children of a directory at once, each sees what it would if they did it one after the other. */
@Param(name = "name", gen = IntGen.class, conf = "0:4")
public class ChildrenLincheckTest {
    private static final int SCENARIOS = Integer.getInteger("caisson.lincheck.scenarios", 2);
    private static final int RUNS = Integer.getInteger("caisson.lincheck.runs", 60);

    /** The first three begin their search in one slot as long as the table is small. */
    private static final Name[] NAMES = names();

    private final MovableTree tree = new MovableTree();
    private final TreeDentry directory = tree.add(tree.root(), "directory");

    private static Name[] names() {
        List<Name> chosen = new ArrayList<>();
        List<Name> others = new ArrayList<>();
        for (int i = 0; chosen.size() < 3; i++) {
            Name name = Name.of("n" + i);
            (name.hash % 16 == 3 ? chosen : others).add(name);
        }
        chosen.addAll(others.subList(0, 2));
        return chosen.toArray(new Name[0]);
    }

    @Operation
    public boolean put(@Param(name = "name") int name) {
        TreeDentry made = tree.entry(directory, NAMES[name], StatMode.S_IFREG | 0644);
        return directory.attach(made) == made;
    }

    @Operation
    public boolean remove(@Param(name = "name") int name) {
        TreeDentry child = directory.child(NAMES[name]);
        return child != null && directory.detach(child);
    }

    /** As a walk looks. */
    @Operation
    public boolean isFound(@Param(name = "name") int name) {
        Name wanted = NAMES[name];
        TreeDentry found = ChildTable.find(
                directory.slots, directory, new PathOperation().walk, wanted.hash, wanted.word0(), wanted.word1());
        return found != null;
    }

    @Operation
    public boolean isThere(@Param(name = "name") int name) {
        return directory.child(NAMES[name]) != null;
    }

    @Operation
    public String list() {
        TreeSet<String> listed = new TreeSet<>();
        synchronized (directory) {
            directory.forEachChild(child -> listed.add(child.name().toString()));
        }
        return listed.toString();
    }

    /** What they do one after the other. */
    public static final class Sequential {
        private final TreeSet<String> present = new TreeSet<>();

        public boolean put(int name) {
            return present.add(NAMES[name].toString());
        }

        public boolean remove(int name) {
            return present.remove(NAMES[name].toString());
        }

        public boolean isFound(int name) {
            return isThere(name);
        }

        public boolean isThere(int name) {
            return present.contains(NAMES[name].toString());
        }

        public String list() {
            return present.toString();
        }
    }

    @Test
    void isLinearizableByAllInterleavings() {
        // It knows no arrays of bytes that are read by words; nobody writes to those.
        new ModelCheckingOptions()
                .addGuarantee(forClasses(Name.class.getName(), Pathname.class.getName())
                        .allMethods()
                        .ignore())
                .iterations(SCENARIOS)
                .invocationsPerIteration(RUNS)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(3)
                .sequentialSpecification(Sequential.class)
                .check(ChildrenLincheckTest.class);
    }

    @Test
    void isLinearizableUnderStress() {
        new StressOptions()
                .iterations(4 * SCENARIOS)
                .invocationsPerIteration(4 * RUNS)
                .threads(2)
                .actorsPerThread(4)
                .actorsBefore(4)
                .sequentialSpecification(Sequential.class)
                .check(ChildrenLincheckTest.class);
    }
}
