package org.caisson.linux.seccomp;

/** A test of one argument of a system call, all 64 bits of it, without sign. */
public record ArgumentTest(int argument, Comparison comparison, long value, long mask) {
    /** How the argument is compared to the value. */
    public enum Comparison {
        EQUAL,
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL,
        /** Those bits that the mask has are equal. */
        MASKED_EQUAL
    }

    public ArgumentTest {
        if (argument < 0 || argument > 5) {
            throw new IllegalArgumentException("a system call has no argument " + argument);
        }
    }

    /** A test without a mask. */
    public static ArgumentTest of(int argument, Comparison comparison, long value) {
        return new ArgumentTest(argument, comparison, value, -1);
    }

    public static ArgumentTest equal(int argument, long value) {
        return of(argument, Comparison.EQUAL, value);
    }

    public static ArgumentTest notEqual(int argument, long value) {
        return of(argument, Comparison.NOT_EQUAL, value);
    }

    /** {@code (argument & mask) == (value & mask)}. */
    public static ArgumentTest masked(int argument, long mask, long value) {
        return new ArgumentTest(argument, Comparison.MASKED_EQUAL, value, mask);
    }

    /** Emits the test: it goes on at {@code pass} or {@code fail}, which may be far. */
    void assemble(BpfAssembler assembler, int pass, int fail) {
        switch (comparison) {
            case EQUAL, MASKED_EQUAL -> assembleEqual(assembler, pass, fail);
            case NOT_EQUAL -> assembleEqual(assembler, fail, pass);
            case GREATER -> assembleGreater(assembler, false, pass, fail);
            case GREATER_OR_EQUAL -> assembleGreater(assembler, true, pass, fail);
            case LESS -> assembleGreater(assembler, true, fail, pass);
            case LESS_OR_EQUAL -> assembleGreater(assembler, false, fail, pass);
        }
    }

    /** Whether the test holds for an argument, by plain arithmetic. */
    public boolean holds(long actual) {
        int order = Long.compareUnsigned(actual, value);
        return switch (comparison) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case LESS_OR_EQUAL -> order <= 0;
            case GREATER -> order > 0;
            case GREATER_OR_EQUAL -> order >= 0;
            case MASKED_EQUAL -> (actual & mask) == (value & mask);
        };
    }

    private void assembleEqual(BpfAssembler assembler, int yes, int no) {
        long bits = comparison == Comparison.MASKED_EQUAL ? mask : -1;
        int low = assembler.newLabel();
        loadMasked(assembler, SeccompFilter.argumentHigh(argument), (int) (bits >>> 32));
        assembler.jumpIfEqual((int) ((value & bits) >>> 32), low, no);
        assembler.place(low);
        loadMasked(assembler, SeccompFilter.argumentLow(argument), (int) bits);
        assembler.jumpIfEqual((int) (value & bits), yes, no);
    }

    private void assembleGreater(BpfAssembler assembler, boolean orEqual, int yes, int no) {
        int highNotGreater = assembler.newLabel();
        int low = assembler.newLabel();
        assembler.load(SeccompFilter.argumentHigh(argument));
        assembler.jumpIfGreater((int) (value >>> 32), yes, highNotGreater);
        assembler.place(highNotGreater);
        assembler.jumpIfEqual((int) (value >>> 32), low, no);
        assembler.place(low);
        assembler.load(SeccompFilter.argumentLow(argument));
        if (orEqual) {
            assembler.jumpIfGreaterOrEqual((int) value, yes, no);
        } else {
            assembler.jumpIfGreater((int) value, yes, no);
        }
    }

    private static void loadMasked(BpfAssembler assembler, int offset, int bits) {
        assembler.load(offset);
        if (bits != -1) {
            assembler.and(bits);
        }
    }
}
