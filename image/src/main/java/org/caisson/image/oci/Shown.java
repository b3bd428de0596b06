package org.caisson.image.oci;

/** Text of strangers as a message shows it: short, on one line, without what would upset a terminal. */
public final class Shown {
    private static final int MOST = 120;

    private Shown() {}

    /** The text, made harmless. */
    public static String of(String text) {
        return line(text.length() <= MOST ? text : text.substring(0, MOST) + "…");
    }

    /** The same of a text of any length. */
    public static String line(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> shown.appendCodePoint(isPlain(c) ? c : '?'));
        return shown.toString();
    }

    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
