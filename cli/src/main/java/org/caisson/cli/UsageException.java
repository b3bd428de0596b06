package org.caisson.cli;

import picocli.CommandLine.ParameterException;

/** A command line that cannot be: one sentence says what was given, why it is wrong, and what would be right. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }

    /** {@code invalid --memory 'lots': reason}. */
    static UsageException invalid(String option, String value, String reason) {
        return new UsageException("invalid " + option + " '" + value + "': " + reason);
    }

    /** What picocli found, in our words. */
    static UsageException of(Verb verb, ParameterException e) {
        return new UsageException(verb.name() + ": " + sentence(e) + "; see caisson " + verb.name() + " --help");
    }

    static String sentence(ParameterException e) {
        String message = String.valueOf(e.getMessage()).strip();
        return message.isEmpty() ? "bad arguments" : Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }
}
