package org.caisson.vfs.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Values of extended attributes, made from the numbers of a step. */
final class XattrValues {
    private static final int[] ORDER = {0x01, 0x02, 0x02, 0x04, 0x08, 0x08, 0x10, 0x20};

    private XattrValues() {}

    static byte[] of(Step step) {
        if (step.text().startsWith("system.posix_acl")) {
            return acl(step.mode());
        }
        if (step.text().equals("security.capability")) {
            return capability(step.mode());
        }
        byte[] value = new byte[(int) step.length()];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) (step.mode() + i);
        }
        return value;
    }

    /** A list that is well formed most of the time. */
    static byte[] acl(int number) {
        if (number % 31 == 0) {
            return new byte[number % 5];
        }
        ByteBuffer out = ByteBuffer.allocate(4 + ORDER.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(number % 29 == 0 ? 1 : 2);
        int named = 0;
        for (int i = 0; i < ORDER.length; i++) {
            int tag = ORDER[i];
            boolean optional = tag == 0x02 || tag == 0x08;
            if (optional && (number >> i & 1) == 0) {
                continue;
            }
            named += optional ? 1 : 0;
            if (tag == 0x10 && (named == 0) == (number % 23 != 0)) {
                continue;
            }
            out.putShort((short) tag);
            out.putShort((short) (number >>> (i * 3) & 7));
            out.putInt(tag == 0x02 ? 1000 + i % 2 : tag == 0x08 ? 1000 + i % 2 : -1);
        }
        byte[] value = new byte[out.position()];
        out.flip().get(value);
        return value;
    }

    /** Mostly of the version and size that go together. */
    static byte[] capability(int number) {
        int size = number % 3 == 0 ? 24 : 20;
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(number % 7 == 0 ? 0x01000000 : size == 24 ? 0x03000001 : 0x02000000);
        out.putInt(1 << number % 32);
        return out.array();
    }
}
