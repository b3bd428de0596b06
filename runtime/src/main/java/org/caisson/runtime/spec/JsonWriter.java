package org.caisson.runtime.spec;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes JSON text (RFC 8259) with nothing but a buffer: no library is loaded for it, so that it is cheap at start-up. */
public final class JsonWriter {
    private static final String HEX = "0123456789abcdef";
    private final StringBuilder out = new StringBuilder(512);
    private boolean first = true;

    /** An empty text. */
    public JsonWriter() {}

    /** Starts an object, as a value or an array's element. */
    public JsonWriter beginObject() {
        separate();
        return open('{');
    }

    /** Starts an object as the value of a field. */
    public JsonWriter beginObject(String name) {
        return name(name).open('{');
    }

    public JsonWriter endObject() {
        return close('}');
    }

    /** Starts an array, as a value or an array's element. */
    public JsonWriter beginArray() {
        separate();
        return open('[');
    }

    /** Starts an array as the value of a field. */
    public JsonWriter beginArray(String name) {
        return name(name).open('[');
    }

    public JsonWriter endArray() {
        return close(']');
    }

    /** A field, unless the value is null. */
    public JsonWriter field(String name, @Nullable String value) {
        if (value != null) {
            name(name).text(value);
            first = false;
        }
        return this;
    }

    public JsonWriter field(String name, long value) {
        name(name);
        out.append(value);
        first = false;
        return this;
    }

    public JsonWriter field(String name, boolean value) {
        name(name);
        out.append(value);
        first = false;
        return this;
    }

    /** A number, unless it is null. */
    public JsonWriter field(String name, @Nullable Number value) {
        return value == null ? this : field(name, value.longValue());
    }

    /** A truth value, unless it is null. */
    public JsonWriter field(String name, @Nullable Boolean value) {
        return value == null ? this : field(name, value.booleanValue());
    }

    /** A number that is unsigned. */
    public JsonWriter fieldUnsigned(String name, long value) {
        name(name);
        out.append(Long.toUnsignedString(value));
        first = false;
        return this;
    }

    /** A list of texts, unless it is empty. */
    public JsonWriter fieldArray(String name, List<String> values) {
        if (!values.isEmpty()) {
            beginArray(name);
            for (String value : values) {
                value(value);
            }
            endArray();
        }
        return this;
    }

    /** An object of texts with sorted names, unless it is empty. */
    public JsonWriter fieldObject(String name, Map<String, String> values) {
        if (!values.isEmpty()) {
            beginObject(name);
            for (Map.Entry<String, String> entry : new TreeMap<>(values).entrySet()) {
                field(entry.getKey(), entry.getValue());
            }
            endObject();
        }
        return this;
    }

    /** An element of an array. */
    public JsonWriter value(String value) {
        separate();
        text(value);
        first = false;
        return this;
    }

    /** An element of an array. */
    public JsonWriter value(long value) {
        separate();
        out.append(value);
        first = false;
        return this;
    }

    private JsonWriter name(String name) {
        separate();
        text(name);
        out.append(':');
        first = true;
        return this;
    }

    private void separate() {
        if (!first) {
            out.append(',');
        }
    }

    private JsonWriter open(char bracket) {
        out.append(bracket);
        first = true;
        return this;
    }

    private JsonWriter close(char bracket) {
        out.append(bracket);
        first = false;
        return this;
    }

    private void text(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c < ' ' || c == 0x7f) {
                        out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /** The text so far. */
    @Override
    public String toString() {
        return out.toString();
    }
}
