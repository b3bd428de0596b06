package org.caisson.runtime.spec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A forward reader of JSON that knows where it is, so that what is wrong can be named. Size and depth are bounded. A JSON
 * {@code null} counts as not given. The cursor always stands on the first token of the value that is read next.
 */
public final class JsonCursor implements AutoCloseable {
    /** The longest document that is read. */
    static final int LONGEST = 16 << 20;

    private static final int DEEPEST = 100;
    /** {@code PATH_MAX} of {@code linux/limits.h}, without the NUL. */
    private static final int LONGEST_PATH = 4095;

    private static final BigInteger UNSIGNED_LIMIT = BigInteger.ONE.shiftLeft(64);

    private final JsonParser parser;
    /** Field names ({@code String}) and array indexes ({@code Integer}) from the outside in. */
    private final List<Object> path = new ArrayList<>();

    /** A cursor on the first token of a document. */
    public JsonCursor(byte[] text) throws SpecException {
        if (text.length > LONGEST) {
            throw new SpecException("the document is longer than " + LONGEST + " bytes");
        }
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEEPEST)
                        .maxStringLength(1 << 20)
                        .maxNameLength(1 << 16)
                        .maxNumberLength(100)
                        .build())
                .build();
        try {
            parser = factory.createParser(text);
        } catch (IOException e) {
            throw new SpecException("is not JSON: " + e.getMessage());
        }
        next();
    }

    /** Reads one value of some type. */
    public interface Reader<T> {
        T read() throws SpecException;
    }

    /** Takes the fields of an object, one call each, the cursor standing on the value. */
    public interface FieldReader {
        /** Returns false if the field is not known; its value is then skipped. */
        boolean read(String name) throws SpecException;
    }

    /** Reads an object; nothing happens if the value is null. */
    public void object(FieldReader fields) throws SpecException {
        if (isNull()) {
            return;
        }
        expect(JsonToken.START_OBJECT, "an object");
        while (next() == JsonToken.FIELD_NAME) {
            String name = currentName();
            path.add(name);
            next();
            if (!fields.read(name)) {
                skip();
            }
            path.removeLast();
        }
        if (parser.currentToken() != JsonToken.END_OBJECT) {
            throw wrong("is cut off");
        }
    }

    /** Reads an array; null is an empty one. */
    public <T> List<T> list(Reader<T> element) throws SpecException {
        List<T> list = new ArrayList<>();
        if (isNull()) {
            return list;
        }
        expect(JsonToken.START_ARRAY, "an array");
        int index = 0;
        while (next() != JsonToken.END_ARRAY) {
            path.add(index++);
            if (isNull()) {
                throw wrong("must not be null");
            }
            list.add(element.read());
            path.removeLast();
        }
        return list;
    }

    /** Reads an object as a map; null is an empty one. */
    public <T> Map<String, T> map(Reader<T> value) throws SpecException {
        Map<String, T> map = new HashMap<>();
        object(name -> {
            if (isNull()) {
                throw wrong("must not be null");
            }
            map.put(name, value.read());
            return true;
        });
        return map;
    }

    /** An array of texts. */
    public List<String> strings() throws SpecException {
        return list(this::requiredString);
    }

    /** A text, or null. */
    public @Nullable String string() throws SpecException {
        return isNull() ? null : requiredString();
    }

    /** A text; null is an error. */
    public String requiredString() throws SpecException {
        expect(JsonToken.VALUE_STRING, "a string");
        String text;
        try {
            text = parser.getText();
        } catch (IOException e) {
            throw broken(e);
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw wrong("must not hold a NUL character");
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw wrong("must not hold half of a character");
            }
        }
        return text;
    }

    /** A path that the kernel takes, or null. */
    @Nullable
    String path() throws SpecException {
        return isNull() ? null : requiredPath();
    }

    /** A path that the kernel takes; null is an error. */
    String requiredPath() throws SpecException {
        String text = requiredString();
        if (text.length() > LONGEST_PATH || text.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            throw wrong("is longer than a path can be: " + LONGEST_PATH + " bytes");
        }
        return text;
    }

    /** An absolute path; null is an error. */
    String absolutePath() throws SpecException {
        String text = requiredPath();
        if (!text.startsWith("/")) {
            throw wrong("must be an absolute path");
        }
        return text;
    }

    /** A truth value; null is false. */
    public boolean bool() throws SpecException {
        Boolean value = optionalBool();
        return value != null && value;
    }

    @SuppressWarnings("NullAway")
    @Nullable
    Boolean optionalBool() throws SpecException {
        if (isNull()) {
            return null;
        }
        JsonToken token = parser.currentToken();
        if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
            throw wrong("must be true or false, not " + describe(token));
        }
        return token == JsonToken.VALUE_TRUE;
    }

    /** A whole number between the bounds, or null. */
    public @Nullable Long number(long least, long most) throws SpecException {
        if (isNull()) {
            return null;
        }
        BigInteger value = whole();
        if (least >= 0 && value.signum() < 0) {
            throw wrong("must not be negative");
        }
        if (value.compareTo(BigInteger.valueOf(least)) < 0) {
            throw wrong(least == -1 ? "must not be negative, except -1 for no limit" : "must be at least " + least);
        }
        if (value.compareTo(BigInteger.valueOf(most)) > 0) {
            throw wrong("must be at most " + most);
        }
        return value.longValue();
    }

    /** A whole number between the bounds; null is an error. */
    public long requiredNumber(long least, long most) throws SpecException {
        Long value = number(least, most);
        if (value == null) {
            throw wrong("must be a number");
        }
        return value;
    }

    /** An unsigned number of 64 bits. */
    long unsigned() throws SpecException {
        BigInteger value = whole();
        if (value.signum() < 0) {
            throw wrong("must not be negative");
        }
        if (value.compareTo(UNSIGNED_LIMIT) >= 0) {
            throw wrong("must be below 2^64");
        }
        return value.longValue();
    }

    /** An {@code int} between the bounds, or null. */
    @Nullable
    Integer integer(int least, int most) throws SpecException {
        Long value = number(least, most);
        return value == null ? null : Integer.valueOf(Math.toIntExact(value));
    }

    boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    /** Nothing may follow the value that was read. */
    public void end() throws SpecException {
        if (next() != null) {
            throw wrong("has something after its end");
        }
    }

    /** An error about the value at hand. */
    SpecException wrong(String problem) {
        return new SpecException(here(), problem);
    }

    /** An error about a field of the object at hand. */
    SpecException wrongField(String field, String problem) {
        String here = here();
        return new SpecException(here.isEmpty() ? field : here + "." + field, problem);
    }

    private BigInteger whole() throws SpecException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            throw wrong("must be a whole number");
        }
        expect(JsonToken.VALUE_NUMBER_INT, "a whole number");
        try {
            return parser.getBigIntegerValue();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private String here() {
        StringBuilder text = new StringBuilder();
        for (Object part : path) {
            if (part instanceof Integer index) {
                text.append('[').append(index.intValue()).append(']');
            } else {
                if (text.length() > 0) {
                    text.append('.');
                }
                String name = part.toString();
                text.append(name.length() > 64 ? name.substring(0, 64) + "…" : name);
            }
        }
        return text.toString();
    }

    private void expect(JsonToken wanted, String words) throws SpecException {
        JsonToken token = parser.currentToken();
        if (token != wanted) {
            throw wrong("must be " + words + ", not " + describe(token));
        }
    }

    private static String describe(@Nullable JsonToken token) {
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a truth value";
            case VALUE_NULL -> "null";
            default -> "nothing";
        };
    }

    private String currentName() throws SpecException {
        try {
            return parser.currentName();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private void skip() throws SpecException {
        try {
            parser.skipChildren();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private @Nullable JsonToken next() throws SpecException {
        try {
            return parser.nextToken();
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private SpecException broken(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return wrong("is nested too deep, or a text or number in it is too long");
        }
        if (e instanceof JsonParseException parse) {
            return wrong("is not JSON at line " + parse.getLocation().getLineNr() + ", column "
                    + parse.getLocation().getColumnNr());
        }
        return wrong("is not JSON: " + e.getMessage());
    }

    @Override
    public void close() {
        try {
            parser.close();
        } catch (IOException e) {
            throw new IllegalStateException("a parser over an array cannot fail to close", e);
        }
    }
}
