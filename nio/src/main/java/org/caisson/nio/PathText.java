package org.caisson.nio;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;

/**
 * Path bytes as text and back. They are UTF-8; a byte that is no part of it becomes a lone surrogate, U+DC80 to U+DCFF, as Python's
 * {@code surrogateescape} does. So every name survives the way through a String.
 */
final class PathText {
    private static final char ESCAPES = 0xDC00;
    private static final char FIRST_ESCAPE = 0xDC80;
    private static final char LAST_ESCAPE = 0xDCFF;
    private static final char REPLACEMENT = 0xFFFD;

    private PathText() {}

    static String decode(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.indexOf(REPLACEMENT) < 0 ? text : decodeEscaping(bytes);
    }

    private static String decodeEscaping(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer source = ByteBuffer.wrap(bytes);
        CharBuffer target = CharBuffer.allocate(bytes.length);
        while (true) {
            CoderResult result = decoder.decode(source, target, true);
            if (result.isUnderflow()) {
                return target.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                target.put((char) (ESCAPES | (source.get() & 0xFF)));
            }
            decoder.reset();
        }
    }

    /**
     * The bytes of a text.
     *
     * @throws InvalidPathException if there are none: it has a NUL, or a surrogate that is neither paired nor an escaped byte
     */
    static byte[] encode(String text) {
        boolean surrogates = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new InvalidPathException(text, "Nul character not allowed");
            }
            surrogates |= Character.isSurrogate(c);
        }
        return surrogates ? encodeEscaped(text) : text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] encodeEscaped(String text) {
        ByteBuffer target = ByteBuffer.allocate(3 * text.length());
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (c >= FIRST_ESCAPE && c <= LAST_ESCAPE) {
                target.put(text.substring(from, i).getBytes(StandardCharsets.UTF_8));
                target.put((byte) c);
                from = i + 1;
            } else if (Character.isSurrogate(c)) {
                throw new InvalidPathException(text, "Malformed input or input contains unmappable characters", i);
            }
        }
        target.put(text.substring(from).getBytes(StandardCharsets.UTF_8));
        byte[] bytes = new byte[target.position()];
        target.flip().get(bytes);
        return bytes;
    }
}
