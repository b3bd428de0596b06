package org.caisson.nio;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Turns a glob, as {@code FileSystem.getPathMatcher} describes it, into a regular expression. */
final class Glob {
    private static final String REGEX_SPECIAL = ".^$+{[]|()\\*?}";

    private final String glob;
    private final StringBuilder regex = new StringBuilder();
    private int position;
    private boolean inGroup;

    private Glob(String glob) {
        this.glob = glob;
    }

    /**
     * The pattern that the whole text of a path must match.
     *
     * @throws PatternSyntaxException if the glob makes no sense
     */
    static Pattern compile(String glob) {
        return Pattern.compile(new Glob(glob).translate());
    }

    private String translate() {
        while (position < glob.length()) {
            char c = glob.charAt(position++);
            switch (c) {
                case '\\' -> escaped();
                case '[' -> bracket();
                case '{' -> beginGroup();
                case '}' -> endGroup();
                case ',' -> regex.append(inGroup ? ")|(?:" : ",");
                case '*' -> star();
                case '?' -> regex.append("[^/]");
                default -> literal(c);
            }
        }
        if (inGroup) {
            throw error("Missing '}'", position - 1);
        }
        return regex.toString();
    }

    private PatternSyntaxException error(String what, int where) {
        return new PatternSyntaxException(what, glob, where);
    }

    private void literal(char c) {
        if (REGEX_SPECIAL.indexOf(c) >= 0) {
            regex.append('\\');
        }
        regex.append(c);
    }

    private char peek() {
        return position < glob.length() ? glob.charAt(position) : 0;
    }

    private void escaped() {
        if (position == glob.length()) {
            throw error("No character to escape", position - 1);
        }
        literal(glob.charAt(position++));
    }

    private void star() {
        if (peek() == '*') {
            position++;
            // Names may hold line ends.
            regex.append("(?s:.*)");
        } else {
            regex.append("[^/]*");
        }
    }

    private void beginGroup() {
        if (inGroup) {
            throw error("Cannot nest groups", position - 1);
        }
        inGroup = true;
        regex.append("(?:(?:");
    }

    private void endGroup() {
        if (!inGroup) {
            literal('}');
            return;
        }
        inGroup = false;
        regex.append("))");
    }

    /** A set of characters, never the slash: {@code [a-z]} or {@code [!a-z]}; a hyphen may stand first. */
    private void bracket() {
        regex.append("[[^/]&&[");
        if (peek() == '^') {
            // It does not negate, and no hyphen may follow it.
            inSet('^');
            position++;
        } else {
            if (peek() == '!') {
                regex.append('^');
                position++;
            }
            if (peek() == '-') {
                regex.append("\\-");
                position++;
            }
        }
        // Whether the character before may begin a range.
        boolean begins = false;
        char last = 0;
        while (position < glob.length()) {
            char c = glob.charAt(position++);
            if (c == ']') {
                regex.append("]]");
                return;
            }
            if (c == '/') {
                throw error("Explicit 'name separator' in class", position - 1);
            }
            if (c != '-') {
                inSet(c);
                last = c;
                begins = true;
                continue;
            }
            if (!begins) {
                throw error("Invalid range", position - 1);
            }
            if (peek() == ']' || position == glob.length()) {
                inSet(c);
                continue;
            }
            char to = glob.charAt(position++);
            if (to < last) {
                throw error("Invalid range", position - 3);
            }
            regex.append('-');
            inSet(to);
            begins = false;
        }
        throw error("Missing ']'", position - 1);
    }

    private void inSet(char c) {
        if (c == '\\' || c == '[' || c == '^' || c == '&' || c == '-') {
            regex.append('\\');
        }
        regex.append(c);
    }
}
