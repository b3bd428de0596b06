package org.caisson.emulation.agent;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;

/**
 * Writes system calls in the flat little-endian form that {@code orders.c} carries out. A descriptor is spoken of by the
 * slot that it lies in: {@link #into}, {@link #forgive} and {@link #skip} say what becomes of the next call's result.
 */
public final class CallWriter {
    /** As a descriptor: the working directory. As a result's place: nowhere. */
    public static final int NOWHERE = -1;
    /** The first of the descriptors that come with the orders. */
    public static final int PASSED = 200;

    /** Where {@link #newMount} keeps its file system. */
    private static final int FILE_SYSTEM = 9;

    /** OPEN_TREE_CLONE and OPEN_TREE_CLOEXEC. */
    private static final int CLONE_TREE = MountFlags.OPEN_TREE_CLONE | OpenFlags.O_CLOEXEC;

    private static final int FSCONFIG_SET_FLAG = 0;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_CMD_CREATE = 6;
    private static final int MOVE_MOUNT_EMPTY_PATHS =
            MountFlags.MOVE_MOUNT_F_EMPTY_PATH | MountFlags.MOVE_MOUNT_T_EMPTY_PATH;

    private static final byte[] EMPTY = {};

    private byte[] bytes = new byte[1024];
    private int length;
    private int recordStart = -1;
    private int step;
    private byte[] about = EMPTY;
    private int into = NOWHERE;
    private long forgiven;
    private int skipIfDone;
    private int skipIfForgiven;
    private int count;

    /** No calls yet. */
    public CallWriter() {}

    /** What failures of the calls from here on are reported as. */
    public CallWriter step(int code, String path) {
        step = code;
        about = path.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    /** The slot for the next call's result; -1 if it fails and is forgiven. What was there is closed. */
    public CallWriter into(int slot) {
        into = slot;
        return this;
    }

    /** The next call may fail so. */
    public CallWriter forgive(Errno... errors) {
        for (Errno error : errors) {
            forgiven |= 1L << error.number();
        }
        return this;
    }

    /** The next call may fail. */
    public CallWriter forgiveAll() {
        forgiven = -1;
        return this;
    }

    /** How many of the calls after the next one are left out if it is done, and if it fails and is forgiven. */
    public CallWriter skip(int ifDone, int ifForgiven) {
        skipIfDone = ifDone;
        skipIfForgiven = ifForgiven;
        return this;
    }

    /** Begins a call; its arguments follow, then {@link #end}. */
    @SuppressWarnings("EnumOrdinal") // the order is the protocol's
    public CallWriter call(Call call) {
        u32(step);
        recordStart = length;
        u32(0).blob(about)
                .u32(call.ordinal())
                .u32(into)
                .u32(skipIfDone)
                .u32(skipIfForgiven)
                .number(forgiven);
        into = NOWHERE;
        forgiven = 0;
        skipIfDone = 0;
        skipIfForgiven = 0;
        count++;
        return this;
    }

    public void end() {
        put(recordStart, length - recordStart - 4);
    }

    /** A call that takes numbers only. */
    public void run(Call call, long... numbers) {
        call(call);
        for (long number : numbers) {
            number(number);
        }
        end();
    }

    /** A call about a descriptor, with numbers after it. */
    public void runOn(int slot, Call call, long... numbers) {
        call(call).slot(slot);
        for (long number : numbers) {
            number(number);
        }
        end();
    }

    public CallWriter slot(int slot) {
        return u32(slot);
    }

    public CallWriter number(long value) {
        grow(8);
        put(length, (int) value);
        put(length + 4, (int) (value >>> 32));
        length += 8;
        return this;
    }

    public CallWriter string(String value) {
        byte[] encoded = value.isEmpty() ? EMPTY : value.getBytes(StandardCharsets.UTF_8);
        for (byte one : encoded) {
            if (one == 0) {
                throw new IllegalArgumentException("a string with a NUL: " + value.replace('\0', '?'));
            }
        }
        return blob(encoded);
    }

    /** A length, the bytes, a NUL that the length does not count. */
    public CallWriter blob(byte[] value) {
        u32(value.length);
        grow(value.length + 1);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        bytes[length++] = 0;
        return this;
    }

    /** A structure of the kernel's that consists of 32-bit words. */
    public CallWriter words(int... values) {
        u32(4 * values.length);
        for (int value : values) {
            u32(value);
        }
        grow(1);
        bytes[length++] = 0;
        return this;
    }

    /** A structure of the kernel's that consists of 64-bit words. */
    public CallWriter longs(long... values) {
        u32(8 * values.length);
        for (long value : values) {
            number(value);
        }
        grow(1);
        bytes[length++] = 0;
        return this;
    }

    public CallWriter strings(List<String> values) {
        u32(values.size());
        for (String value : values) {
            string(value);
        }
        return this;
    }

    /** openat2(2). */
    public void open(int directory, String path, int flags, long resolve) {
        call(Call.OPENAT2)
                .slot(directory)
                .string(path)
                .longs(flags | OpenFlags.O_CLOEXEC, 0, resolve)
                .end();
    }

    /** open_tree(2): a detached copy. */
    public void cloneTree(int directory, String path, int flags) {
        int all = CLONE_TREE | flags | (path.isEmpty() ? AtFlags.AT_EMPTY_PATH : 0);
        call(Call.OPEN_TREE).slot(directory).string(path).number(all).end();
    }

    /** move_mount(2) of a mount to where a descriptor is. */
    public void attach(int mount, int target) {
        call(Call.MOVE_MOUNT)
                .slot(mount)
                .string("")
                .slot(target)
                .string("")
                .number(MOVE_MOUNT_EMPTY_PATHS)
                .end();
    }

    /**
     * Makes calls in a copy of the mount namespace, with the working directory's counterpart there. What they clone is
     * locked: nobody in this user namespace can take mounts of such a tree apart (mount_namespaces(7)). What they leave in
     * {@code count} slots (1 to 4) from {@code first} on comes back.
     */
    public void inCopy(int first, int count, CallWriter inner) {
        call(Call.IN_COPY).number(first).number(count).blob(inner.toByteArray()).end();
    }

    /** mount_setattr(2). */
    public void setAttributes(int mount, String path, boolean recursive, long set, long clear, long propagation) {
        int flags = (recursive ? AtFlags.AT_RECURSIVE : 0) | (path.isEmpty() ? AtFlags.AT_EMPTY_PATH : 0);
        call(Call.MOUNT_SETATTR)
                .slot(mount)
                .string(path)
                .number(flags)
                .longs(set, clear, propagation, 0)
                .end();
    }

    /** A new, detached mount; options as in fstab(5). */
    public void newMount(int slot, String type, String source, String options, long attributes) {
        configure(type, source, options);
        into(slot).runOn(FILE_SYSTEM, Call.FSMOUNT, 1, attributes);
    }

    /** The same, with other attributes where these are more than the user namespace may have (EPERM). */
    public void newMount(int slot, String type, String source, String options, long attributes, long otherwise) {
        configure(type, source, options);
        into(slot).forgive(Errno.EPERM).skip(1, 0).runOn(FILE_SYSTEM, Call.FSMOUNT, 1, attributes);
        into(slot).runOn(FILE_SYSTEM, Call.FSMOUNT, 1, otherwise);
    }

    private void configure(String type, String source, String options) {
        into(FILE_SYSTEM).call(Call.FSOPEN).string(type).number(1).end();
        if (!source.isEmpty()) {
            configure("source", source);
        }
        for (String option : options.split(",", -1)) {
            int value = option.indexOf('=');
            if (value >= 0) {
                configure(option.substring(0, value), option.substring(value + 1));
            } else if (!option.isEmpty()) {
                call(Call.FSCONFIG_FLAG)
                        .slot(FILE_SYSTEM)
                        .number(FSCONFIG_SET_FLAG)
                        .string(option)
                        .number(0)
                        .end();
            }
        }
        runOn(FILE_SYSTEM, Call.FSCONFIG_COMMAND, FSCONFIG_CMD_CREATE, 0);
    }

    /** An empty one whose calls are about the same. */
    public CallWriter sibling() {
        CallWriter sibling = new CallWriter();
        sibling.step = step;
        sibling.about = about;
        return sibling;
    }

    /** How many calls there are, for {@link #skip}. */
    public int count() {
        return count;
    }

    /** Takes over another's calls. */
    public CallWriter append(CallWriter other) {
        grow(other.length);
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
        count += other.count;
        return this;
    }

    /** A number that stands before the calls or in them. */
    public CallWriter u32(int value) {
        grow(4);
        put(length, value);
        length += 4;
        return this;
    }

    /** Without a loop: most of this runs before the JVM has compiled anything. */
    private void put(int at, int value) {
        byte[] into = bytes;
        into[at] = (byte) value;
        into[at + 1] = (byte) (value >>> 8);
        into[at + 2] = (byte) (value >>> 16);
        into[at + 3] = (byte) (value >>> 24);
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    private void configure(String key, String value) {
        call(Call.FSCONFIG_STRING)
                .slot(FILE_SYSTEM)
                .number(FSCONFIG_SET_STRING)
                .string(key)
                .string(value)
                .number(0)
                .end();
    }

    private void grow(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
