package org.caisson.runtime;

/** Reads numbers of untrusted text without exceptions. */
final class Numbers {
    private Numbers() {}

    /** A decimal number, or -1 if the text is not one or is longer than 18 digits. */
    static long parse(String text) {
        if (text.isEmpty() || text.length() > 18) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = 10 * value + (c - '0');
        }
        return value;
    }
}
