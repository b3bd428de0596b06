package org.caisson.image.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON text as maps, lists, strings, longs and booleans, and back. What it reads is limited in size, depth and number of values. */
final class JsonText {
    private static final int MOST_VALUES = 200_000;
    private static final int MOST_DEPTH = 64;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MOST_DEPTH)
                    .maxNumberLength(64)
                    .build())
            .build();

    private JsonText() {}

    /** Reads one value and nothing after it; {@code what} names it in messages. */
    static @Nullable Object parse(byte[] text, String what) throws ImageFormatException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            Object value = new Reader(parser, what).value(parser.nextToken());
            if (parser.nextToken() != null) {
                throw new ImageFormatException(what + ": there is more after the end of the JSON text");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new ImageFormatException(
                    what + " is no JSON that can be read: " + Shown.of(e.getOriginalMessage()), e);
        } catch (ImageFormatException e) {
            throw e;
        } catch (IOException e) {
            throw new ImageFormatException(what + " is no JSON that can be read", e);
        }
    }

    /** Depth is limited by the parser, so recursion is. */
    private static final class Reader {
        private final JsonParser parser;
        private final String what;
        private int values;

        Reader(JsonParser parser, String what) {
            this.parser = parser;
            this.what = what;
        }

        @Nullable
        Object value(@Nullable JsonToken token) throws IOException {
            if (++values > MOST_VALUES) {
                throw new ImageFormatException(what + " has more than " + MOST_VALUES + " values");
            }
            if (token == null) {
                throw new ImageFormatException(what + " is empty");
            }
            return switch (token) {
                case START_OBJECT -> object();
                case START_ARRAY -> array();
                case VALUE_STRING -> parser.getText();
                case VALUE_NUMBER_INT -> integer();
                case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
                case VALUE_TRUE -> true;
                case VALUE_FALSE -> false;
                case VALUE_NULL -> null;
                default -> throw new ImageFormatException(what + " is cut off");
            };
        }

        private Object integer() throws IOException {
            BigInteger number = parser.getBigIntegerValue();
            return number.bitLength() < Long.SIZE ? (Object) number.longValue() : (Object) number;
        }

        private Map<String, @Nullable Object> object() throws IOException {
            Map<String, @Nullable Object> members = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                members.put(name, value(parser.nextToken()));
            }
            return members;
        }

        private List<@Nullable Object> array() throws IOException {
            List<@Nullable Object> elements = new ArrayList<>();
            JsonToken token = parser.nextToken();
            while (token != JsonToken.END_ARRAY) {
                elements.add(value(token));
                token = parser.nextToken();
            }
            return elements;
        }
    }

    /** The text of a value, without spaces. */
    static String text(@Nullable Object value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            write(generator, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    static byte[] bytes(@Nullable Object value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }

    private static void write(JsonGenerator generator, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> generator.writeNull();
            case Map<?, ?> members -> {
                generator.writeStartObject();
                for (Map.Entry<?, ?> member : members.entrySet()) {
                    generator.writeFieldName((String) member.getKey());
                    write(generator, member.getValue());
                }
                generator.writeEndObject();
            }
            case List<?> elements -> {
                generator.writeStartArray();
                for (Object element : elements) {
                    write(generator, element);
                }
                generator.writeEndArray();
            }
            case Boolean truth -> generator.writeBoolean(truth);
            case Long number -> generator.writeNumber(number);
            case Integer number -> generator.writeNumber(number);
            case BigInteger number -> generator.writeNumber(number);
            case Double number -> generator.writeNumber(number);
            default -> generator.writeString(value.toString());
        }
    }
}
