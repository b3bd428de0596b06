package org.caisson.image.oci;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Words of an instruction of a Dockerfile: separated by blanks, unless quotes or a backslash make those part of a word. */
final class InstructionWords {
    private InstructionWords() {}

    static List<String> of(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && Character.isWhitespace(c)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                    begun = false;
                }
                continue;
            }
            begun = true;
            if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
                word.append(text.charAt(++i));
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else {
                word.append(c);
            }
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /** {@code NAME=value} as often as there is one, or {@code NAME value}. */
    static Map<String, String> assignments(String text) throws ImageFormatException {
        List<String> words = of(text);
        Map<String, String> found = new LinkedHashMap<>();
        if (words.size() > 1 && words.getFirst().indexOf('=') < 0) {
            found.put(
                    words.getFirst(), text.substring(words.getFirst().length()).strip());
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
}
