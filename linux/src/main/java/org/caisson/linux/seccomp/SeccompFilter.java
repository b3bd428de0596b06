package org.caisson.linux.seccomp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp filter for x86-64: its BPF program. The program finds the rules of a call by a balanced binary search over
 * call numbers. Calls through the doors of i386 and x32, whose numbers mean other things, get an action of their own.
 */
public final class SeccompFilter {
    // struct seccomp_data
    static final int DATA_NR = 0;
    static final int DATA_ARCH = 4;
    static final int DATA_ARGS = 16;

    /** {@code AUDIT_ARCH_X86_64} of {@code linux/audit.h}. */
    public static final int AUDIT_ARCH_X86_64 = 0xc000003e;

    /** The bit that marks the numbers of x32. */
    public static final int X32_SYSCALL_BIT = 0x40000000;

    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3;

    private final byte[] program;

    private SeccompFilter(byte[] program) {
        this.program = program;
    }

    /** A filter that answers {@code otherwise} for every call without a rule. */
    public static Builder builder(SeccompAction otherwise) {
        return new Builder(otherwise);
    }

    /** The program as an array of {@code struct sock_filter}. */
    public byte[] program() {
        return program.clone();
    }

    public int instructionCount() {
        return program.length / BpfAssembler.INSTRUCTION_SIZE;
    }

    /** Puts the filter, and no_new_privs, on the calling platform thread for good ({@code seccomp(2)}). */
    public void installOnThread() throws ErrnoException {
        install(0);
    }

    /** As {@link #installOnThread}, with a listener for the calls whose action is {@link SeccompAction#NOTIFY}. */
    public OwnedFd installOnThreadWithListener() throws ErrnoException {
        return OwnedFd.own((int) install(SECCOMP_FILTER_FLAG_NEW_LISTENER));
    }

    private long install(int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment fprog = scratch.allocate(16);
            fprog.set(ValueLayout.JAVA_SHORT, 0, (short) instructionCount());
            fprog.set(ValueLayout.JAVA_LONG, 8, scratch.bytes(program).address());
            Syscalls.check(Syscalls.call(SyscallNumbers.PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
            long result = Syscalls.call(SyscallNumbers.SECCOMP, SECCOMP_SET_MODE_FILTER, flags, fprog.address());
            return Syscalls.check(result, "seccomp");
        }
    }

    static int argumentLow(int argument) {
        return DATA_ARGS + 8 * argument;
    }

    static int argumentHigh(int argument) {
        return DATA_ARGS + 8 * argument + 4;
    }

    /** Collects rules. Those of one call are tried in the order in which they were added. */
    public static final class Builder {
        private record Rule(SeccompAction action, List<ArgumentTest> tests) {
            @Override
            public boolean equals(@Nullable Object other) {
                return other instanceof Rule rule && rule.action.equals(action) && rule.tests.equals(tests);
            }

            @Override
            public int hashCode() {
                return 31 * action.hashCode() + tests.hashCode();
            }
        }

        /** A run of call numbers from {@code first} on, up to the next run, that share their rules. */
        private record Run(int first, List<Rule> rules) {}

        private final SeccompAction otherwise;
        private final Map<Integer, List<Rule>> rules = new TreeMap<>();
        private SeccompAction foreign = SeccompAction.errno(Errno.ENOSYS);

        private Builder(SeccompAction otherwise) {
            this.otherwise = otherwise;
        }

        /** Adds a rule for a call: the action, if all tests hold. */
        public Builder on(int syscall, SeccompAction action, ArgumentTest... tests) {
            if (syscall < 0 || syscall >= X32_SYSCALL_BIT) {
                throw new IllegalArgumentException("no x86-64 system call has the number " + syscall);
            }
            rules.computeIfAbsent(syscall, number -> new ArrayList<>()).add(new Rule(action, List.of(tests)));
            return this;
        }

        /** Sets what calls through the doors of i386 and x32 get; ENOSYS unless set. */
        public Builder foreignCalls(SeccompAction action) {
            foreign = action;
            return this;
        }

        /**
         * Assembles the program.
         *
         * @throws IllegalStateException if it is longer than the kernel takes
         */
        public SeccompFilter build() {
            BpfAssembler assembler = new BpfAssembler();
            int native64 = assembler.newLabel();
            int shut = assembler.newLabel();
            int search = assembler.newLabel();
            int notNative = assembler.newLabel();
            int skipped = assembler.newLabel();
            assembler.load(DATA_ARCH).jumpIfEqual(AUDIT_ARCH_X86_64, native64, shut);
            assembler.place(native64).load(DATA_NR);
            assembler.jumpIfGreaterOrEqual(X32_SYSCALL_BIT, notNative, search);
            // A tracer makes the kernel skip a call by setting its number to -1: its answer must stand.
            assembler.place(notNative).jumpIfEqual(-1, skipped, shut);
            assembler.place(skipped).answer(SeccompAction.ALLOW.value());
            assembler.place(shut).answer(foreign.value());
            assembler.place(search);
            List<Run> runs = runs();
            search(assembler, runs, 0, runs.size());
            return new SeccompFilter(assembler.assemble());
        }

        /** Covers all numbers with runs, neighbours of equal rules in one. */
        private List<Run> runs() {
            List<Run> runs = new ArrayList<>();
            runs.add(new Run(0, List.of()));
            for (Map.Entry<Integer, List<Rule>> entry : rules.entrySet()) {
                int number = entry.getKey();
                List<Rule> here = effective(entry.getValue());
                Run last = runs.getLast();
                if (last.first() == number) {
                    runs.removeLast();
                }
                if (runs.isEmpty() || !runs.getLast().rules().equals(here)) {
                    runs.add(new Run(number, here));
                }
                runs.add(new Run(number + 1, List.of()));
            }
            return merge(runs);
        }

        /** Drops what can never be reached, or makes no difference at the end. */
        private List<Rule> effective(List<Rule> added) {
            List<Rule> effective = new ArrayList<>();
            for (Rule rule : added) {
                effective.add(rule);
                if (rule.tests().isEmpty()) {
                    break;
                }
            }
            while (!effective.isEmpty() && effective.getLast().action().equals(otherwise)) {
                effective.removeLast();
            }
            return effective;
        }

        private static List<Run> merge(List<Run> runs) {
            List<Run> merged = new ArrayList<>();
            for (Run run : runs) {
                if (merged.isEmpty() || !merged.getLast().rules().equals(run.rules())) {
                    merged.add(run);
                }
            }
            return merged;
        }

        private void search(BpfAssembler assembler, List<Run> runs, int from, int to) {
            if (to - from == 1) {
                answer(assembler, runs.get(from).rules());
                return;
            }
            int middle = (from + to) >>> 1;
            int above = assembler.newLabel();
            int below = assembler.newLabel();
            assembler.jumpIfGreaterOrEqual(runs.get(middle).first(), above, below);
            assembler.place(below);
            search(assembler, runs, from, middle);
            assembler.place(above);
            search(assembler, runs, middle, to);
        }

        private void answer(BpfAssembler assembler, List<Rule> candidates) {
            for (Rule rule : candidates) {
                if (rule.tests().isEmpty()) {
                    assembler.answer(rule.action().value());
                    return;
                }
                int next = assembler.newLabel();
                for (ArgumentTest test : rule.tests()) {
                    int pass = assembler.newLabel();
                    test.assemble(assembler, pass, next);
                    assembler.place(pass);
                }
                assembler.answer(rule.action().value());
                assembler.place(next);
            }
            assembler.answer(otherwise.value());
        }
    }
}
