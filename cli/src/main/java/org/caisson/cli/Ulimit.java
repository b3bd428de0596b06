package org.caisson.cli;

/**
 * A resource limit as Docker writes it: {@code nofile=1024:2048}, {@code nproc=64}, {@code core=-1}.
 *
 * @param type a name of getrlimit(2) in lower case
 * @param soft -1 for none
 * @param hard -1 for none
 */
record Ulimit(String type, long soft, long hard) {
    private static final String HELP = "give NAME=SOFT[:HARD], for example nofile=1024:2048 (-1 is no limit)";

    static Ulimit parse(String text) throws UsageException {
        int equals = text.indexOf('=');
        if (equals <= 0) {
            throw UsageException.invalid("--ulimit", text, HELP);
        }
        String values = text.substring(equals + 1);
        int colon = values.indexOf(':');
        long soft = limit(text, colon < 0 ? values : values.substring(0, colon));
        long hard = colon < 0 ? soft : limit(text, values.substring(colon + 1));
        if (Long.compareUnsigned(soft, hard) > 0) {
            throw UsageException.invalid("--ulimit", text, "the soft limit is above the hard limit");
        }
        return new Ulimit(text.substring(0, equals), soft, hard);
    }

    private static long limit(String text, String number) throws UsageException {
        if (number.equals("unlimited")) {
            return -1;
        }
        try {
            long value = Long.parseLong(number);
            if (value >= -1) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw UsageException.invalid("--ulimit", text, HELP);
    }
}
