package org.caisson.runtime.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code process}: the program of a container and what it runs with. */
public record ProcessSpec(
        boolean terminal,
        @Nullable ConsoleSize consoleSize,
        User user,
        List<String> args,
        List<String> env,
        String cwd,
        @Nullable CapabilitySets capabilities,
        List<Rlimit> rlimits,
        boolean noNewPrivileges,
        @Nullable String apparmorProfile,
        @Nullable String selinuxLabel,
        @Nullable Integer oomScoreAdj,
        @Nullable Scheduler scheduler,
        @Nullable IoPriority ioPriority) {
    public ProcessSpec {
        args = List.copyOf(args);
        env = List.copyOf(env);
        rlimits = List.copyOf(rlimits);
    }

    /** {@code consoleSize}: the terminal's size at the start. */
    public record ConsoleSize(int height, int width) {}

    /** {@code user}: numbers in the container. */
    public record User(
            int uid,
            int gid,
            @Nullable Integer umask,
            List<Integer> additionalGids,
            @Nullable String username) {
        /** The container's root. */
        public static final User ROOT = new User(0, 0, null, List.of(), null);

        public User {
            additionalGids = List.copyOf(additionalGids);
        }
    }

    /** {@code scheduler}: see {@code sched_setattr(2)}. */
    public record Scheduler(
            String policy, int nice, int priority, List<String> flags, long runtime, long deadline, long period) {
        public Scheduler {
            flags = List.copyOf(flags);
        }
    }

    /** {@code ioPriority}: see {@code ioprio_set(2)}. */
    public record IoPriority(String priorityClass, int priority) {}

    /** The same program and arguments replaced. */
    public ProcessSpec withArgs(List<String> value) {
        return new ProcessSpec(
                terminal,
                consoleSize,
                user,
                value,
                env,
                cwd,
                capabilities,
                rlimits,
                noNewPrivileges,
                apparmorProfile,
                selinuxLabel,
                oomScoreAdj,
                scheduler,
                ioPriority);
    }

    /** The same with another user. */
    public ProcessSpec withUser(User value) {
        return new ProcessSpec(
                terminal,
                consoleSize,
                value,
                args,
                env,
                cwd,
                capabilities,
                rlimits,
                noNewPrivileges,
                apparmorProfile,
                selinuxLabel,
                oomScoreAdj,
                scheduler,
                ioPriority);
    }

    /** The same with another environment. */
    public ProcessSpec withEnv(List<String> value) {
        return new ProcessSpec(
                terminal,
                consoleSize,
                user,
                args,
                value,
                cwd,
                capabilities,
                rlimits,
                noNewPrivileges,
                apparmorProfile,
                selinuxLabel,
                oomScoreAdj,
                scheduler,
                ioPriority);
    }
}
