package org.caisson.cli;

/** Numbers as Docker writes them: sizes with a unit, CPUs with a fraction. No regular expressions: this is on the way to every start. */
final class Quantities {
    private static final String SIZE_HELP = "not a size: give a number with b, k, m, g or t, for example 256m";
    private static final String CPUS_HELP = "not a number of CPUs: give for example 2 or 1.5";

    private Quantities() {}

    /** Bytes of {@code 256m}, {@code 1.5g}, {@code 64KiB} or {@code 4096}: units are powers of 1024, as in Docker. */
    static long bytes(String option, String text) throws UsageException {
        int end = 0;
        while (end < text.length() && (isDigit(text.charAt(end)) || text.charAt(end) == '.')) {
            end++;
        }
        int shift = shift(text.substring(end).strip().toLowerCase(java.util.Locale.ROOT));
        if (end == 0 || shift < 0) {
            throw UsageException.invalid(option, text, SIZE_HELP);
        }
        String number = text.substring(0, end);
        double value = decimal(option, text, number, SIZE_HELP) * (1L << shift);
        if (value >= Long.MAX_VALUE) {
            throw UsageException.invalid(option, text, "more than 8 EiB");
        }
        return number.indexOf('.') < 0 ? Long.parseLong(number) << shift : (long) value;
    }

    /** As {@link #bytes}, where {@code -1} stands for no limit. */
    static long bytesOrUnlimited(String option, String text) throws UsageException {
        return text.equals("-1") ? -1 : bytes(option, text);
    }

    /** Thousandths of a CPU; 0 is no limit. */
    static long milliCpus(String option, String text) throws UsageException {
        double cpus = decimal(option, text, text, CPUS_HELP);
        if (cpus != 0 && cpus < 0.01) {
            throw UsageException.invalid(option, text, "less than 0.01 CPUs: give for example 0.5");
        }
        if (cpus > 8192) {
            throw UsageException.invalid(option, text, "more CPUs than Linux has: give for example 2");
        }
        return Math.round(cpus * 1000);
    }

    /** A whole number from {@code least} on. */
    static long whole(String option, String text, long least, String help) throws UsageException {
        try {
            long value = Long.parseLong(text);
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw UsageException.invalid(option, text, help);
    }

    private static int shift(String unit) {
        return switch (unit) {
            case "", "b" -> 0;
            case "k", "kb", "ki", "kib" -> 10;
            case "m", "mb", "mi", "mib" -> 20;
            case "g", "gb", "gi", "gib" -> 30;
            case "t", "tb", "ti", "tib" -> 40;
            default -> -1;
        };
    }

    private static double decimal(String option, String text, String number, String help) throws UsageException {
        int dots = 0;
        int digits = 0;
        for (int i = 0; i < number.length(); i++) {
            char c = number.charAt(i);
            if (c == '.') {
                dots++;
            } else if (isDigit(c)) {
                digits++;
            } else {
                throw UsageException.invalid(option, text, help);
            }
        }
        if (digits == 0 || dots > 1) {
            throw UsageException.invalid(option, text, help);
        }
        return Double.parseDouble(number);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
