package org.caisson.vfs;

import static java.util.Objects.requireNonNull;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.ArrayDeque;
import java.util.Deque;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.jetbrains.lincheck.datastructures.BooleanGen;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * A walk over two mount points sees what it would if mounts had not changed while it was under way.
 *
 * <p>The changes are one thread's: each first walks and then takes the lock, here as in the kernel, so that two of them at once do more
 * than one after the other.
 */
@Param(name = "there", gen = BooleanGen.class)
@Param(name = "label", gen = IntGen.class, conf = "1:9")
public class MountsLincheckTest {
    private static final int SCENARIOS = Integer.getInteger("caisson.lincheck.scenarios", 1);
    private static final int RUNS = Integer.getInteger("caisson.lincheck.runs", 40);
    private static final String CHANGES = "changes";

    /** What a path on its way has from {@link Pathname}. */
    private static final String[] INHERITED = {
        "set",
        "slashes",
        "shortName",
        "endsInSlash",
        "isAbsolute",
        "splice",
        "isDone",
        "isLast",
        "advance",
        "componentLength",
        "isDots",
        "isDot",
        "isDotDot",
        "component",
        "hasNul",
        "last",
        "look",
        "restEquals",
        "skipSlashes",
        "isOneName"
    };

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials admin = Credentials.root();
    private final VirtualDentry root = vfs.newMountNamespace(
                    new PlainTree().directories("a", "b").files("a/f", "b/f"))
            .root();

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    private static String place(boolean there) {
        return there ? "/b" : "/a";
    }

    @FunctionalInterface
    private interface Call {
        void make() throws ErrnoException;
    }

    private static int outcome(Call call) {
        try {
            call.make();
            return 0;
        } catch (ErrnoException e) {
            return e.errno().number();
        }
    }

    @Operation(nonParallelGroup = CHANGES)
    public int mount(@Param(name = "there") boolean there, @Param(name = "label") int label) {
        PlainTree tree = new PlainTree().files("f");
        return outcome(() -> vfs.mounts().mount(admin, Name.of("m" + label), at(place(there)), tree, 0));
    }

    @Operation(nonParallelGroup = CHANGES)
    public int unmount(@Param(name = "there") boolean there) {
        return outcome(() -> vfs.unmount(admin, at(place(there)), 0));
    }

    @Operation(nonParallelGroup = CHANGES)
    public int detach(@Param(name = "there") boolean there) {
        return outcome(() -> vfs.unmount(admin, at(place(there)), MountFlags.MNT_DETACH));
    }

    @Operation(nonParallelGroup = CHANGES)
    public int move(@Param(name = "there") boolean there) {
        return outcome(() -> vfs.mounts().move(admin, at(place(there)), at(place(!there))));
    }

    /** The source of the mount whose file is found. */
    @Operation
    public String find(@Param(name = "there") boolean there) throws ErrnoException {
        return vfs.lookup(admin, at(place(there) + "/f")).mount().source().toString();
    }

    /** Into one mount and out of it again. */
    @Operation
    public String cross(@Param(name = "there") boolean there) throws ErrnoException {
        return vfs.lookup(admin, at(place(!there) + "/.." + place(there) + "/f"))
                .mount()
                .source()
                .toString();
    }

    /** What they do one after the other. */
    public static final class Sequential {
        private static final int EINVAL = Errno.EINVAL.number();

        private final Deque<String> here = new ArrayDeque<>();
        private final Deque<String> there = new ArrayDeque<>();

        private Deque<String> stack(boolean isThere) {
            return isThere ? there : here;
        }

        public int mount(boolean isThere, int label) {
            stack(isThere).push("m" + label);
            return 0;
        }

        public int unmount(boolean isThere) {
            return stack(isThere).poll() == null ? EINVAL : 0;
        }

        public int detach(boolean isThere) {
            return unmount(isThere);
        }

        public int move(boolean isThere) {
            String moved = stack(isThere).poll();
            if (moved == null) {
                return EINVAL;
            }
            stack(!isThere).push(moved);
            return 0;
        }

        public String find(boolean isThere) {
            Deque<String> stack = stack(isThere);
            return stack.isEmpty() ? "tmpfs" : requireNonNull(stack.peek());
        }

        public String cross(boolean isThere) {
            return find(isThere);
        }
    }

    /** Half a minute for each scenario: if asked for. */
    @Test
    @EnabledIfSystemProperty(named = "caisson.lincheck.scenarios", matches = ".+")
    void walksAreLinearizableByAllInterleavings() {
        // It knows no arrays of bytes that are read by words; nobody writes to those.
        new ModelCheckingOptions()
                .addGuarantee(forClasses(Name.class.getName(), Pathname.class.getName())
                        .allMethods()
                        .ignore())
                .addGuarantee(forClasses(ResolvingPath.class.getName())
                        .methods(INHERITED)
                        .ignore())
                .addGuarantee(
                        forClasses(TreeWalk.class.getName()).methods("stride").ignore())
                .iterations(SCENARIOS)
                .invocationsPerIteration(RUNS)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(2)
                .sequentialSpecification(Sequential.class)
                .check(MountsLincheckTest.class);
    }

    @Test
    void walksAreLinearizableUnderStress() {
        new StressOptions()
                .iterations(4 * SCENARIOS)
                .invocationsPerIteration(4 * RUNS)
                .threads(2)
                .actorsPerThread(4)
                .actorsBefore(2)
                .sequentialSpecification(Sequential.class)
                .check(MountsLincheckTest.class);
    }
}
