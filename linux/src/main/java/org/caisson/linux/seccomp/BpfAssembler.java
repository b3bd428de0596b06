package org.caisson.linux.seccomp;

import java.util.Arrays;

/**
 * Assembles classic BPF ({@code linux/filter.h}) as far as seccomp admits it. Jumps go forward to labels. A conditional
 * jump reaches 255 instructions; one that must go farther is lengthened by unconditional ones.
 */
public final class BpfAssembler {
    /** Bytes of one {@code struct sock_filter}. */
    public static final int INSTRUCTION_SIZE = 8;

    /** The most instructions that the kernel takes (BPF_MAXINSNS). */
    public static final int MAX_INSTRUCTIONS = 4096;

    static final int LD_W_ABS = 0x20;
    static final int ALU_AND_K = 0x54;
    static final int JMP_JA = 0x05;
    static final int JMP_JEQ_K = 0x15;
    static final int JMP_JGT_K = 0x25;
    static final int JMP_JGE_K = 0x35;
    static final int JMP_JSET_K = 0x45;
    static final int RET_K = 0x06;

    private static final int SHORT_REACH = 255;
    private static final int UNPLACED = -1;

    // One entry an instruction: its code, its constant, and for jumps the labels to go to.
    private int[] codes = new int[64];
    private int[] constants = new int[64];
    private int[] whenTrue = new int[64];
    private int[] whenFalse = new int[64];
    private int count;

    // The instruction that each label stands before.
    private int[] labels = new int[64];
    private int labelCount;

    public BpfAssembler() {}

    /** A label yet to be placed. */
    public int newLabel() {
        if (labelCount == labels.length) {
            labels = Arrays.copyOf(labels, 2 * labelCount);
        }
        labels[labelCount] = UNPLACED;
        return labelCount++;
    }

    /** Puts a label before the next instruction. */
    public BpfAssembler place(int label) {
        if (labels[label] != UNPLACED) {
            throw new IllegalStateException("label " + label + " has a place already");
        }
        labels[label] = count;
        return this;
    }

    /** Loads the word at an offset of {@code struct seccomp_data} into the accumulator. */
    public BpfAssembler load(int offset) {
        return add(LD_W_ABS, offset, UNPLACED, UNPLACED);
    }

    /** Keeps those bits of the accumulator that the mask has. */
    public BpfAssembler and(int mask) {
        return add(ALU_AND_K, mask, UNPLACED, UNPLACED);
    }

    public BpfAssembler jump(int label) {
        return add(JMP_JA, 0, label, label);
    }

    public BpfAssembler jumpIfEqual(int constant, int yes, int no) {
        return add(JMP_JEQ_K, constant, yes, no);
    }

    /** Compares without signs. */
    public BpfAssembler jumpIfGreater(int constant, int yes, int no) {
        return add(JMP_JGT_K, constant, yes, no);
    }

    /** Compares without signs. */
    public BpfAssembler jumpIfGreaterOrEqual(int constant, int yes, int no) {
        return add(JMP_JGE_K, constant, yes, no);
    }

    public BpfAssembler jumpIfAnySet(int bits, int yes, int no) {
        return add(JMP_JSET_K, bits, yes, no);
    }

    /** Ends the program with a value. */
    public BpfAssembler answer(int value) {
        return add(RET_K, value, UNPLACED, UNPLACED);
    }

    /**
     * The program in the kernel's layout ({@code struct sock_filter}, little-endian).
     *
     * @throws IllegalStateException if a label is unplaced or before its jump, or the program is too long
     */
    public byte[] assemble() {
        boolean[] isLong = new boolean[count];
        int[] position = new int[count + 1];
        do {
            layOut(isLong, position);
        } while (lengthen(isLong, position));
        int length = position[count];
        if (length > MAX_INSTRUCTIONS) {
            throw new IllegalStateException("a filter of " + length + " instructions is too long for the kernel");
        }
        byte[] program = new byte[length * INSTRUCTION_SIZE];
        for (int i = 0; i < count; i++) {
            write(program, i, isLong[i], position);
        }
        return program;
    }

    private BpfAssembler add(int code, int constant, int yes, int no) {
        if (count == codes.length) {
            codes = Arrays.copyOf(codes, 2 * count);
            constants = Arrays.copyOf(constants, 2 * count);
            whenTrue = Arrays.copyOf(whenTrue, 2 * count);
            whenFalse = Arrays.copyOf(whenFalse, 2 * count);
        }
        codes[count] = code;
        constants[count] = constant;
        whenTrue[count] = yes;
        whenFalse[count] = no;
        count++;
        return this;
    }

    private void layOut(boolean[] isLong, int[] position) {
        for (int i = 0; i < count; i++) {
            position[i + 1] = position[i] + (isLong[i] ? 3 : 1);
        }
    }

    private boolean lengthen(boolean[] isLong, int[] position) {
        boolean changed = false;
        for (int i = 0; i < count; i++) {
            if (isConditional(codes[i]) && !isLong[i]) {
                int after = position[i] + 1;
                if (target(whenTrue[i], position) - after > SHORT_REACH
                        || target(whenFalse[i], position) - after > SHORT_REACH) {
                    isLong[i] = true;
                    changed = true;
                }
            }
        }
        return changed;
    }

    private void write(byte[] program, int index, boolean isLong, int[] position) {
        int at = position[index];
        int code = codes[index];
        if (code == JMP_JA) {
            put(program, at, JMP_JA, 0, 0, distance(whenTrue[index], position, at));
        } else if (!isConditional(code)) {
            put(program, at, code, 0, 0, constants[index]);
        } else if (isLong) {
            put(program, at, code, 0, 1, constants[index]);
            put(program, at + 1, JMP_JA, 0, 0, distance(whenTrue[index], position, at + 1));
            put(program, at + 2, JMP_JA, 0, 0, distance(whenFalse[index], position, at + 2));
        } else {
            int yes = distance(whenTrue[index], position, at);
            put(program, at, code, yes, distance(whenFalse[index], position, at), constants[index]);
        }
    }

    private int distance(int label, int[] position, int from) {
        int distance = target(label, position) - from - 1;
        if (distance < 0) {
            throw new IllegalStateException("a jump goes back to label " + label);
        }
        return distance;
    }

    private int target(int label, int[] position) {
        if (labels[label] == UNPLACED || labels[label] == count) {
            throw new IllegalStateException("label " + label + " stands before no instruction");
        }
        return position[labels[label]];
    }

    private static boolean isConditional(int code) {
        return code == JMP_JEQ_K || code == JMP_JGT_K || code == JMP_JGE_K || code == JMP_JSET_K;
    }

    private static void put(byte[] program, int index, int code, int yes, int no, int constant) {
        int at = index * INSTRUCTION_SIZE;
        program[at] = (byte) code;
        program[at + 1] = 0;
        program[at + 2] = (byte) yes;
        program[at + 3] = (byte) no;
        program[at + 4] = (byte) constant;
        program[at + 5] = (byte) (constant >> 8);
        program[at + 6] = (byte) (constant >> 16);
        program[at + 7] = (byte) (constant >> 24);
    }
}
