package org.caisson.image.oci;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An object of a JSON document that knows its place in it, so that what is wrong can be told. A null counts as nothing. */
public final class JsonObject {
    private final String place;
    private final Map<?, ?> members;

    private JsonObject(String place, Map<?, ?> members) {
        this.place = place;
        this.members = members;
    }

    /** Reads a document that is an object; {@code what} names it in messages, and {@code most} limits its size in bytes. */
    public static JsonObject parse(byte[] text, String what, int most) throws ImageFormatException {
        if (text.length > most) {
            throw new ImageFormatException(
                    what + " has " + text.length + " bytes; more than " + most + " are not read");
        }
        return of(JsonText.parse(text, what), what);
    }

    /** Reads a document that is a list of objects. */
    public static List<JsonObject> parseList(byte[] text, String what, int most) throws ImageFormatException {
        if (text.length > most) {
            throw new ImageFormatException(
                    what + " has " + text.length + " bytes; more than " + most + " are not read");
        }
        return objects(JsonText.parse(text, what), what);
    }

    /** The text of a value that is made of maps, lists, strings, numbers and booleans. */
    public static byte[] bytes(Object value) {
        return JsonText.bytes(value);
    }

    private static JsonObject of(@Nullable Object value, String place) throws ImageFormatException {
        if (value instanceof Map<?, ?> map) {
            return new JsonObject(place, map);
        }
        throw new ImageFormatException(place + " is no JSON object");
    }

    private static List<JsonObject> objects(@Nullable Object value, String place) throws ImageFormatException {
        List<?> elements = list(value, place);
        List<JsonObject> objects = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            objects.add(of(elements.get(i), place + "[" + i + "]"));
        }
        return objects;
    }

    private static List<?> list(@Nullable Object value, String place) throws ImageFormatException {
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> elements) {
            return elements;
        }
        throw new ImageFormatException(place + " is no list");
    }

    private String at(String name) {
        return place + ": " + name;
    }

    /** Whether there is something of this name. */
    public boolean has(String name) {
        return members.get(name) != null;
    }

    public @Nullable String text(String name) throws ImageFormatException {
        Object value = members.get(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw new ImageFormatException(at(name) + " is no string");
    }

    /** A text, empty if there is none. */
    public String textOrEmpty(String name) throws ImageFormatException {
        String value = text(name);
        return value == null ? "" : value;
    }

    public String requiredText(String name) throws ImageFormatException {
        String value = text(name);
        if (value == null) {
            throw new ImageFormatException(at(name) + " is missing");
        }
        return value;
    }

    public Digest digest(String name) throws ImageFormatException {
        String text = requiredText(name);
        try {
            return Digest.parse(text);
        } catch (ImageFormatException e) {
            throw new ImageFormatException(at(name) + ": " + e.getMessage(), e);
        }
    }

    public boolean flag(String name) throws ImageFormatException {
        Object value = members.get(name);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw new ImageFormatException(at(name) + " is neither true nor false");
    }

    /** A number that is not negative. */
    public long requiredNumber(String name) throws ImageFormatException {
        Object value = members.get(name);
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        throw new ImageFormatException(
                at(name) + (value == null ? " is missing" : " is no whole number from 0 to 2^63-1"));
    }

    public @Nullable JsonObject object(String name) throws ImageFormatException {
        Object value = members.get(name);
        return value == null ? null : of(value, at(name));
    }

    public JsonObject requiredObject(String name) throws ImageFormatException {
        JsonObject value = object(name);
        if (value == null) {
            throw new ImageFormatException(at(name) + " is missing");
        }
        return value;
    }

    /** A list of objects, empty if there is none. */
    public List<JsonObject> objects(String name) throws ImageFormatException {
        return objects(members.get(name), at(name));
    }

    /** A list of texts, empty if there is none. */
    public List<String> texts(String name) throws ImageFormatException {
        List<?> elements = list(members.get(name), at(name));
        List<String> texts = new ArrayList<>(elements.size());
        for (Object element : elements) {
            if (!(element instanceof String text)) {
                throw new ImageFormatException(at(name) + "[" + texts.size() + "] is no string");
            }
            texts.add(text);
        }
        return texts;
    }

    /** An object whose values are texts, empty if there is none; in its order. */
    public Map<String, String> textMap(String name) throws ImageFormatException {
        JsonObject map = object(name);
        if (map == null) {
            return Map.of();
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (Object key : map.members.keySet()) {
            texts.put((String) key, map.textOrEmpty((String) key));
        }
        return java.util.Collections.unmodifiableMap(texts);
    }

    /** The names in it. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        members.keySet().forEach(key -> names.add((String) key));
        return names;
    }
}
