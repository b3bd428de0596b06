package org.caisson.runtime.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code linux.seccomp}: a filter of system calls by name. Names of actions are libseccomp's. */
public record SeccompProfile(
        String defaultAction,
        @Nullable Integer defaultErrnoRet,
        List<String> architectures,
        List<String> flags,
        @Nullable String listenerPath,
        @Nullable String listenerMetadata,
        List<Rule> syscalls) {
    public SeccompProfile {
        architectures = List.copyOf(architectures);
        flags = List.copyOf(flags);
        syscalls = List.copyOf(syscalls);
    }

    /** {@code syscalls[]}: one action for several calls, if all arguments match. */
    public record Rule(
            List<String> names, String action, @Nullable Integer errnoRet, List<Argument> args) {
        public Rule {
            names = List.copyOf(names);
            args = List.copyOf(args);
        }
    }

    /** {@code args[]}: {@code op} as {@code SCMP_CMP_EQ}. */
    public record Argument(int index, long value, long valueTwo, String op) {}
}
