package org.caisson.cli;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.jspecify.annotations.Nullable;

/**
 * A command that came over the daemon's socket, as {@code struct call} of {@code call.c} and what follows it.
 *
 * @param program the file of the client's program
 * @param descriptors 0, 1, 2 and the working directory of the client, then those that are to be preserved
 */
record Call(
        List<String> arguments, Map<String, String> variables, int umask, Program program, List<OwnedFd> descriptors)
        implements AutoCloseable {
    static final int LONGEST = 128 * 1024;
    static final int MOST_DESCRIPTORS = 104;

    /** Answers to the client; the first two come once, before anything is done. */
    static final int TAKEN = 1;

    static final int LEFT = 2;
    static final int ENDED = 3;
    static final int HANDS_ON_SIGNALS = 1;

    private static final int MAGIC = 0x63736961;
    private static final int VERSION = 1;
    private static final int ARGUMENTS = 8;
    private static final int VARIABLES = 12;
    private static final int PRESERVED = 16;
    private static final int UMASK = 20;
    private static final int DEVICE = 24;
    private static final int INODE = 32;
    private static final int SECONDS = 40;
    private static final int NANOS = 48;
    private static final int HEADER = 56;
    private static final int OTHERS = 4;
    private static final int STREAMS = 3;
    private static final int S_IFMT = 0170000;
    private static final int S_IFDIR = 0040000;

    /** Which file a program is, and which state of it. */
    record Program(long device, long inode, long seconds, long nanos) {
        static Program of(String path) throws ErrnoException {
            try (Scratch scratch = Scratch.open()) {
                MemorySegment struct = scratch.allocate(Statx.SIZE);
                Statx stat = Statx.wrap(struct);
                FileCalls.statx(AtFlags.AT_FDCWD, path, 0, Statx.STATX_BASIC_STATS, stat);
                long device = FileCalls.deviceNumber(
                        struct.get(ValueLayout.JAVA_INT, Statx.STX_DEV_MAJOR),
                        struct.get(ValueLayout.JAVA_INT, Statx.STX_DEV_MINOR));
                return new Program(
                        device,
                        stat.inode(),
                        struct.get(ValueLayout.JAVA_LONG, Statx.STX_MTIME),
                        struct.get(ValueLayout.JAVA_INT, Statx.STX_MTIME + 8L));
            }
        }
    }

    /** The command of a message, whose descriptors it owns then; null if it makes no sense. */
    static @Nullable Call of(MemorySegment buffer, ReceivedMessage message) {
        long length = message.length();
        List<OwnedFd> descriptors = message.descriptors();
        if (length < HEADER
                || buffer.get(ValueLayout.JAVA_INT, 0) != MAGIC
                || buffer.get(ValueLayout.JAVA_INT, 4) != VERSION
                || buffer.get(ValueLayout.JAVA_INT, PRESERVED) < 0
                || descriptors.size() != OTHERS + (long) buffer.get(ValueLayout.JAVA_INT, PRESERVED)) {
            return null;
        }
        List<String> words = words(buffer.asSlice(HEADER, length - HEADER).toArray(ValueLayout.JAVA_BYTE));
        int arguments = buffer.get(ValueLayout.JAVA_INT, ARGUMENTS);
        int variables = buffer.get(ValueLayout.JAVA_INT, VARIABLES);
        if (words == null || arguments < 0 || variables < 0 || words.size() != (long) arguments + variables) {
            return null;
        }
        Map<String, String> environment = new HashMap<>();
        for (String variable : words.subList(arguments, words.size())) {
            int equals = variable.indexOf('=');
            if (equals > 0) {
                environment.putIfAbsent(variable.substring(0, equals), variable.substring(equals + 1));
            }
        }
        return new Call(
                List.copyOf(words.subList(0, arguments)),
                environment,
                buffer.get(ValueLayout.JAVA_INT, UMASK) & 0777,
                new Program(
                        buffer.get(ValueLayout.JAVA_LONG, DEVICE),
                        buffer.get(ValueLayout.JAVA_LONG, INODE),
                        buffer.get(ValueLayout.JAVA_LONG, SECONDS),
                        buffer.get(ValueLayout.JAVA_LONG, NANOS)),
                List.copyOf(descriptors));
    }

    /** Each ends with a 0; null if the last does not, or one is no UTF-8. */
    private static @Nullable List<String> words(byte[] bytes) {
        List<String> words = new ArrayList<>();
        int from = 0;
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                try {
                    words.add(decoder.decode(java.nio.ByteBuffer.wrap(bytes, from, i - from))
                            .toString());
                } catch (CharacterCodingException e) {
                    return null;
                }
                from = i + 1;
            }
        }
        return from == bytes.length ? words : null;
    }

    /** Whether 0, 1 and 2 give no way to other files: as a directory does, from which a container could walk the host. */
    boolean hasPlainStreams() throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            for (OwnedFd stream : descriptors.subList(0, STREAMS)) {
                int flags = FileCalls.fcntl(stream.number(), FileCalls.F_GETFL, 0);
                FileCalls.statx(
                        stream.number(),
                        "",
                        AtFlags.AT_EMPTY_PATH | AtFlags.AT_STATX_DONT_SYNC,
                        Statx.STATX_BASIC_STATS,
                        stat);
                if ((flags & OpenFlags.O_PATH) != 0 || (stat.mode() & S_IFMT) == S_IFDIR) {
                    return false;
                }
            }
            return true;
        }
    }

    OwnedFd directory() {
        return descriptors.get(3);
    }

    List<OwnedFd> preserved() {
        return descriptors.subList(OTHERS, descriptors.size());
    }

    @Override
    public void close() {
        for (OwnedFd descriptor : descriptors) {
            descriptor.close();
        }
    }
}
