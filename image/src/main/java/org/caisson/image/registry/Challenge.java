package org.caisson.image.registry;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a {@code WWW-Authenticate} header asks for (RFC 9110, 11.6.1). */
record Challenge(String scheme, Map<String, String> parameters) {
    private static final Pattern PARAMETER =
            Pattern.compile("([A-Za-z0-9_-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s,\"]*+))");
    private static final int LONGEST = 8192;

    static @Nullable Challenge parse(String header) {
        String text = header.strip();
        int space = text.indexOf(' ');
        if (text.isEmpty() || text.length() > LONGEST) {
            return null;
        }
        String scheme = (space < 0 ? text : text.substring(0, space)).toLowerCase(Locale.ROOT);
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(space < 0 ? "" : text.substring(space));
        while (matcher.find()) {
            String quoted = matcher.group(2);
            String value = quoted == null ? String.valueOf(matcher.group(3)) : quoted.replaceAll("\\\\(.)", "$1");
            parameters.put(String.valueOf(matcher.group(1)).toLowerCase(Locale.ROOT), value);
        }
        return new Challenge(scheme, parameters);
    }

    String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }
}
