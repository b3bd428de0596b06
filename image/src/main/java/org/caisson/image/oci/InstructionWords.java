package org.caisson.image.oci;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Words of an instruction of a Dockerfile: separated by blanks, unless quotes or a backslash make those part of a word. Variables
 * ({@code $NAME}, {@code ${NAME}}, {@code ${NAME:-otherwise}}, {@code ${NAME:+if set}}) are replaced but in single quotes; what they
 * stand for is not looked at again.
 */
final class InstructionWords {
    private final String text;
    private final Map<String, String> variables;
    private int at;

    private InstructionWords(String text, Map<String, String> variables) {
        this.text = text;
        this.variables = variables;
    }

    static List<String> of(String text, Map<String, String> variables) throws ImageFormatException {
        return new InstructionWords(text, variables).words(true);
    }

    /** The text as one word, whatever blanks there are. */
    static String whole(String text, Map<String, String> variables) throws ImageFormatException {
        return String.join("", new InstructionWords(text, variables).words(false));
    }

    /** {@code NAME=value} as often as there is one, or {@code NAME value}. */
    static Map<String, String> assignments(String text, Map<String, String> variables) throws ImageFormatException {
        List<String> words = of(text, variables);
        Map<String, String> found = new LinkedHashMap<>();
        if (words.size() > 1 && words.getFirst().indexOf('=') < 0) {
            String value = text.substring(words.getFirst().length()).strip();
            found.put(words.getFirst(), whole(value, variables));
            return found;
        }
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals <= 0) {
                throw new ImageFormatException("\"" + word + "\" is no assignment: give NAME=value");
            }
            found.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return found;
    }

    private List<String> words(boolean split) throws ImageFormatException {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        char quote = 0;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (split && quote == 0 && Character.isWhitespace(c)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                    begun = false;
                }
                continue;
            }
            begun = true;
            if (c == '\\' && quote != '\'' && at < text.length()) {
                word.append(text.charAt(at++));
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else if (c == '$' && quote != '\'') {
                word.append(variable());
            } else {
                word.append(c);
            }
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /** What stands behind a dollar sign. */
    private String variable() throws ImageFormatException {
        boolean braced = at < text.length() && text.charAt(at) == '{';
        if (braced) {
            at++;
        }
        String name = name();
        if (!braced) {
            return name.isEmpty() ? "$" : variables.getOrDefault(name, "");
        }
        int end = text.indexOf('}', at);
        if (name.isEmpty() || end < 0) {
            throw new ImageFormatException("\"" + text + "\" has a variable without a name or an end");
        }
        String rest = text.substring(at, end);
        at = end + 1;
        String value = variables.getOrDefault(name, "");
        if (rest.isEmpty()) {
            return value;
        }
        if (rest.startsWith(":-")) {
            return value.isEmpty() ? rest.substring(2) : value;
        }
        if (rest.startsWith(":+")) {
            return value.isEmpty() ? "" : rest.substring(2);
        }
        throw new ImageFormatException("\"${" + name + rest + "}\" is not understood: it can be ${NAME}, "
                + "${NAME:-otherwise} or ${NAME:+if set}");
    }

    private String name() {
        int from = at;
        while (at < text.length() && isOfName(text.charAt(at), at == from)) {
            at++;
        }
        return text.substring(from, at);
    }

    private static boolean isOfName(char c, boolean first) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
    }
}
