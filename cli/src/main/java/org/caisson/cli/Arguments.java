package org.caisson.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/** What was given on the command line of one verb. */
record Arguments(@Nullable ParseResult parsed) {
    /** Of a verb that was called without any. */
    static final Arguments NONE = new Arguments(null);

    boolean flag(String option) {
        return parsed != null
                && parsed.hasMatchedOption(option)
                && Boolean.TRUE.equals(parsed.matchedOptionValue(option, null));
    }

    /** Whether an option was given at all. */
    boolean given(String option) {
        return parsed != null && parsed.hasMatchedOption(option);
    }

    @Nullable
    String value(String option) {
        return parsed == null ? null : parsed.matchedOptionValue(option, null);
    }

    List<String> values(String option) {
        String[] values = parsed == null ? null : parsed.matchedOptionValue(option, null);
        return values == null ? List.of() : List.of(values);
    }

    /** Whether a value of an option means another thing for each process that uses it. */
    boolean namesProcess() {
        if (parsed != null) {
            for (var option : parsed.matchedOptions()) {
                if (option.originalStringValues().stream().anyMatch(Arguments::namesProcess)) {
                    return true;
                }
            }
        }
        return false;
    }

    static boolean namesProcess(@Nullable String value) {
        return value != null
                && (value.contains("/dev/fd")
                        || value.contains("/dev/std")
                        || value.contains("/dev/tty")
                        || value.contains("/proc/self")
                        || value.contains("/proc/thread-self"));
    }

    /** All operands in order. */
    List<String> operands() {
        if (parsed == null) {
            return List.of();
        }
        List<String> operands = new ArrayList<>();
        for (var operand : parsed.matchedPositionals()) {
            operands.addAll(operand.originalStringValues());
        }
        return operands;
    }

    /** The first operand, which the model made obligatory. */
    String operand() {
        return operands().getFirst();
    }
}
