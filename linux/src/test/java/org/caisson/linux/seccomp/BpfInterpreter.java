package org.caisson.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a seccomp program as the kernel does, for tests; refuses what the kernel would refuse. */
final class BpfInterpreter {
    private BpfInterpreter() {}

    /** What the program answers, and how many instructions it took. */
    record Outcome(int answer, int steps) {}

    static int run(byte[] program, int architecture, int number, long... arguments) {
        return trace(program, architecture, number, arguments).answer();
    }

    static Outcome trace(byte[] program, int architecture, int number, long... arguments) {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putInt(0, number).putInt(4, architecture);
        for (int i = 0; i < arguments.length; i++) {
            data.putLong(16 + 8 * i, arguments[i]);
        }
        ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
        int accumulator = 0;
        int at = 0;
        for (int steps = 1; ; steps++) {
            int opcode = code.getShort(8 * at);
            int yes = code.get(8 * at + 2) & 0xff;
            int no = code.get(8 * at + 3) & 0xff;
            int constant = code.getInt(8 * at + 4);
            at++;
            switch (opcode) {
                case 0x20 -> accumulator = data.getInt(constant);
                case 0x54 -> accumulator &= constant;
                case 0x05 -> at += constant;
                case 0x15 -> at += accumulator == constant ? yes : no;
                case 0x25 -> at += Integer.compareUnsigned(accumulator, constant) > 0 ? yes : no;
                case 0x35 -> at += Integer.compareUnsigned(accumulator, constant) >= 0 ? yes : no;
                case 0x45 -> at += (accumulator & constant) != 0 ? yes : no;
                case 0x06 -> {
                    return new Outcome(constant, steps);
                }
                default -> throw new IllegalStateException("seccomp has no instruction " + opcode);
            }
        }
    }
}
