package org.caisson.vfs.lock;

import org.caisson.linux.ErrnoException;
import org.jetbrains.lincheck.datastructures.BooleanGen;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/** Locks of two processes on four bytes of a file: whatever is done at once, it is as if one thing came after the other. */
@Param(name = "who", gen = IntGen.class, conf = "0:1")
@Param(name = "byte", gen = IntGen.class, conf = "0:3")
@Param(name = "write", gen = BooleanGen.class)
public class LocksLincheckTest {
    private static final int SCENARIOS = Integer.getInteger("caisson.lincheck.scenarios", 1);
    private static final int RUNS = Integer.getInteger("caisson.lincheck.runs", 60);
    private static final int BYTES = 4;

    private final LockTable table = new LockTable();
    private final Object file = new Object();
    private final OpenFileLocks[] opened = {open(), open()};
    private final LockOwner[] owners = {LockOwner.process(1), LockOwner.process(2)};

    private OpenFileLocks open() {
        return new OpenFileLocks(table, file, "file", true, true, null);
    }

    private boolean set(int who, LockType type, int first, int last) {
        try {
            opened[who].set(owners[who], type, first, last);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    @Operation
    public boolean lock(
            @Param(name = "who") int who, @Param(name = "byte") int from, @Param(name = "write") boolean write) {
        return set(who, write ? LockType.WRITE : LockType.READ, from, BYTES - 1);
    }

    @Operation
    public boolean unlock(@Param(name = "who") int who, @Param(name = "byte") int which) {
        return set(who, LockType.NONE, which, which);
    }

    @Operation
    public boolean mayWrite(@Param(name = "who") int who, @Param(name = "byte") int which) {
        return opened[who].conflict(owners[who], LockType.WRITE, which, which) == null;
    }

    @Operation
    public void release(@Param(name = "who") int who) {
        table.release(file, owners[who]);
    }

    /** What they do one after the other. */
    public static final class Sequential {
        private static final int NONE = 0;
        private static final int READ = 1;
        private static final int WRITE = 2;

        private final int[][] held = new int[2][BYTES];

        public boolean lock(int who, int from, boolean write) {
            for (int i = from; i < BYTES; i++) {
                int other = held[1 - who][i];
                if (other == WRITE || (write && other != NONE)) {
                    return false;
                }
            }
            for (int i = from; i < BYTES; i++) {
                held[who][i] = write ? WRITE : READ;
            }
            return true;
        }

        public boolean unlock(int who, int which) {
            held[who][which] = NONE;
            return true;
        }

        public boolean mayWrite(int who, int which) {
            return held[1 - who][which] == NONE;
        }

        public void release(int who) {
            held[who] = new int[BYTES];
        }
    }

    @Test
    void isLinearizableUnderStress() {
        new StressOptions()
                .iterations(4 * SCENARIOS)
                .invocationsPerIteration(4 * RUNS)
                .threads(2)
                .actorsPerThread(4)
                .actorsBefore(2)
                .sequentialSpecification(Sequential.class)
                .check(LocksLincheckTest.class);
    }
}
