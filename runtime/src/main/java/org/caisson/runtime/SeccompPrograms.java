package org.caisson.runtime;

import java.util.Locale;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.emulation.policy.CallPolicy;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.seccomp.ArgumentTest;
import org.caisson.linux.seccomp.ArgumentTest.Comparison;
import org.caisson.linux.seccomp.SeccompAction;
import org.caisson.linux.seccomp.SeccompFilter;
import org.caisson.runtime.ContainerException.Kind;
import org.caisson.runtime.spec.PolicyReader;
import org.caisson.runtime.spec.Resources;
import org.caisson.runtime.spec.SeccompProfile;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.spec.SpecException;
import org.jspecify.annotations.Nullable;

/** The two seccomp programs of a container: the traps of its emulation, and the filter of its specification. */
final class SeccompPrograms {
    private static final int EPERM = 1;
    private static final int FLAG_LOG = 1 << 1;
    private static final int FLAG_SPEC_ALLOW = 1 << 2;

    private SeccompPrograms() {}

    /** What {@link ContainerEmulation#serve} answers, by the policy and the limits of a specification. */
    static byte[] traps(Spec spec) throws ContainerException {
        return ContainerEmulation.filter(policy(spec)).program();
    }

    /** The policy of a specification, with what it leaves to the limits decided. */
    static CallPolicy policy(Spec spec) throws ContainerException {
        Resources.Cpu cpu = spec.linux().resources().cpu();
        Long quota = cpu == null ? null : cpu.quota();
        try {
            return PolicyReader.of(spec).decided(quota != null && quota > 0);
        } catch (SpecException e) {
            throw new ContainerException(Kind.BAD_SPEC, String.valueOf(e.getMessage()), e);
        }
    }

    /** The program of a profile, or null if there is none. Names that this machine has no call for are left out. */
    static byte @Nullable [] of(@Nullable SeccompProfile profile) throws ContainerException {
        if (profile == null) {
            return null;
        }
        Integer defaultErrno = profile.defaultErrnoRet();
        SeccompFilter.Builder filter = SeccompFilter.builder(action(profile.defaultAction(), defaultErrno));
        for (SeccompProfile.Rule rule : profile.syscalls()) {
            SeccompAction action = action(rule.action(), rule.errnoRet());
            ArgumentTest[] tests = new ArgumentTest[rule.args().size()];
            for (int i = 0; i < tests.length; i++) {
                tests[i] = test(rule.args().get(i));
            }
            for (String name : rule.names()) {
                int number = number(name);
                if (number >= 0) {
                    filter.on(number, action, tests);
                }
            }
        }
        try {
            return filter.build().program();
        } catch (IllegalStateException e) {
            throw new ContainerException(Kind.BAD_SPEC, "linux.seccomp: " + e.getMessage(), e);
        }
    }

    /**
     * The flags of seccomp(2) with which a profile is installed. TSYNC is what happens anyway, for there is one thread;
     * architectures need no flag: x86-64 is always filtered, and the other doors are shut.
     */
    static int flags(@Nullable SeccompProfile profile) throws ContainerException {
        int flags = 0;
        if (profile == null) {
            return flags;
        }
        for (int i = 0; i < profile.flags().size(); i++) {
            String name = profile.flags().get(i);
            switch (name) {
                case "SECCOMP_FILTER_FLAG_TSYNC" -> {}
                case "SECCOMP_FILTER_FLAG_LOG" -> flags |= FLAG_LOG;
                case "SECCOMP_FILTER_FLAG_SPEC_ALLOW" -> flags |= FLAG_SPEC_ALLOW;
                default ->
                    throw new ContainerException(
                            Kind.BAD_SPEC,
                            "linux.seccomp.flags[" + i + "]: " + name + " is not offered: leave it away");
            }
        }
        return flags;
    }

    /** The number of a call by its name, or -1. */
    private static int number(String name) {
        try {
            return SyscallNumbers.class.getField(name.toUpperCase(Locale.ROOT)).getInt(null);
        } catch (NoSuchFieldException | IllegalAccessException e) {
            return -1;
        }
    }

    private static SeccompAction action(String name, @Nullable Integer errno) throws ContainerException {
        int number = errno == null ? EPERM : errno;
        return switch (name) {
            case "SCMP_ACT_ALLOW" -> SeccompAction.ALLOW;
            case "SCMP_ACT_LOG" -> SeccompAction.LOG;
            case "SCMP_ACT_TRAP" -> SeccompAction.TRAP;
            case "SCMP_ACT_ERRNO" -> SeccompAction.errno(number);
            case "SCMP_ACT_TRACE" -> SeccompAction.trace(number);
            case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> SeccompAction.KILL_THREAD;
            case "SCMP_ACT_KILL_PROCESS" -> SeccompAction.KILL;
            default ->
                throw new ContainerException(
                        Kind.BAD_SPEC,
                        "linux.seccomp: action " + name + " is not offered: the listener belongs to Caisson");
        };
    }

    private static ArgumentTest test(SeccompProfile.Argument argument) {
        int index = argument.index();
        return switch (argument.op()) {
            case "SCMP_CMP_NE" -> ArgumentTest.notEqual(index, argument.value());
            case "SCMP_CMP_LT" -> ArgumentTest.of(index, Comparison.LESS, argument.value());
            case "SCMP_CMP_LE" -> ArgumentTest.of(index, Comparison.LESS_OR_EQUAL, argument.value());
            case "SCMP_CMP_GE" -> ArgumentTest.of(index, Comparison.GREATER_OR_EQUAL, argument.value());
            case "SCMP_CMP_GT" -> ArgumentTest.of(index, Comparison.GREATER, argument.value());
            case "SCMP_CMP_MASKED_EQ" -> ArgumentTest.masked(index, argument.value(), argument.valueTwo());
            default -> ArgumentTest.equal(index, argument.value());
        };
    }
}
