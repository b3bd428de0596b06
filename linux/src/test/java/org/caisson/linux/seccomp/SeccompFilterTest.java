package org.caisson.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.caisson.linux.Errno;
import org.caisson.linux.Gcc;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.linux.Threads;
import org.caisson.linux.seccomp.ArgumentTest.Comparison;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeccompFilterTest {
    private static final int I386 = 0x40000003;
    private static final int NATIVE = SeccompFilter.AUDIT_ARCH_X86_64;

    // No call has these numbers: filters on them leave the JVM's own calls alone, and without a filter they are ENOSYS.
    private static final int FIRST = 700;
    private static final int LAST = 760;

    private static final List<Comparison> COMPARISONS = List.of(Comparison.values());

    @TempDir
    Path directory;

    private record Rule(int number, int errno, List<ArgumentTest> tests) {}

    @Test
    void aFilterWithoutRulesAnswersItsDefault() {
        byte[] program = SeccompFilter.builder(SeccompAction.KILL).build().program();
        assertThat(BpfInterpreter.run(program, NATIVE, 0)).isEqualTo(SeccompAction.KILL.value());
        assertThat(BpfInterpreter.run(program, NATIVE, 0x3fffffff)).isEqualTo(SeccompAction.KILL.value());
    }

    @Test
    void theDoorsOfOtherArchitecturesHaveAnActionOfTheirOwn() {
        byte[] shut = SeccompFilter.builder(SeccompAction.ALLOW).build().program();
        int enosys = SeccompAction.errno(Errno.ENOSYS).value();
        assertThat(BpfInterpreter.run(shut, I386, 20)).isEqualTo(enosys);
        assertThat(BpfInterpreter.run(shut, NATIVE, SeccompFilter.X32_SYSCALL_BIT))
                .isEqualTo(enosys);
        assertThat(BpfInterpreter.run(shut, NATIVE, -2)).isEqualTo(enosys);
        assertThat(BpfInterpreter.run(shut, NATIVE, -1)).isEqualTo(SeccompAction.ALLOW.value());

        byte[] deadly = SeccompFilter.builder(SeccompAction.ALLOW)
                .foreignCalls(SeccompAction.KILL)
                .build()
                .program();
        assertThat(BpfInterpreter.run(deadly, I386, 20)).isEqualTo(SeccompAction.KILL.value());
    }

    @Test
    void neighboursOfEqualRulesShareTheirPlaceInTheSearch() {
        SeccompFilter.Builder many = SeccompFilter.builder(SeccompAction.errno(Errno.EPERM));
        for (int number = 0; number < 300; number++) {
            many.on(number, SeccompAction.ALLOW);
        }
        assertThat(many.build().instructionCount()).isLessThan(15);
    }

    @Test
    void theSearchIsBalanced() {
        SeccompFilter.Builder builder = SeccompFilter.builder(SeccompAction.ALLOW);
        for (int number = 0; number < 512; number += 2) {
            builder.on(number, SeccompAction.errno(number));
        }
        byte[] program = builder.build().program();
        for (int number = 0; number < 512; number++) {
            int expected = number % 2 == 0 ? SeccompAction.errno(number).value() : SeccompAction.ALLOW.value();
            BpfInterpreter.Outcome outcome = BpfInterpreter.trace(program, NATIVE, number);
            assertThat(outcome.answer()).isEqualTo(expected);
            // Four instructions at the doors, nine steps to one of 512 runs, two more where a jump is long, an answer.
            assertThat(outcome.steps()).isLessThanOrEqualTo(4 + 9 + 2 + 1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomFiltersDecideAsTheirRulesSay(long seed) throws Exception {
        Random random = new Random(seed);
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            rules.add(new Rule(number(random), 1 + random.nextInt(4000), tests(random)));
        }
        SeccompFilter filter = filter(rules);
        byte[] program = filter.program();
        List<long[]> calls = calls(random, rules, 2000);
        for (long[] call : calls) {
            assertThat(BpfInterpreter.run(program, NATIVE, (int) call[0], arguments(call)))
                    .as("call %s", (Object) call)
                    .isEqualTo(decide(rules, call));
        }
        Threads.run(() -> {
            filter.installOnThread();
            for (long[] call : calls) {
                int decision = decide(rules, call);
                int errno = decision == SeccompAction.ALLOW.value() ? Errno.ENOSYS.number() : decision & 0xffff;
                assertThat(Syscalls.call(call[0], call[1], call[2], call[3], call[4], call[5], call[6]))
                        .as("call %s", (Object) call)
                        .isEqualTo(-errno);
            }
            return true;
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void libseccompDecidesTheSame(long seed) throws Exception {
        Random random = new Random(seed);
        List<Rule> rules = new ArrayList<>();
        for (int number = FIRST; number <= LAST; number += 1 + random.nextInt(3)) {
            rules.add(new Rule(number, 1 + random.nextInt(4000), tests(random)));
        }
        StringBuilder source = new StringBuilder("""
                #include <seccomp.h>
                int main() {
                scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
                seccomp_attr_set(c, SCMP_FLTATR_API_TSKIP, 1);
                """);
        for (Rule rule : rules) {
            source.append("if (seccomp_rule_add(c, SCMP_ACT_ERRNO(")
                    .append(rule.errno())
                    .append("), ");
            source.append(rule.number()).append(", ").append(rule.tests().size());
            for (ArgumentTest test : rule.tests()) {
                source.append(", SCMP_CMP64(")
                        .append(test.argument())
                        .append(", ")
                        .append(libseccompName(test));
                if (test.comparison() == Comparison.MASKED_EQUAL) {
                    source.append(", ").append(test.mask()).append("ul");
                }
                source.append(", ").append(test.value()).append("ul)");
            }
            source.append(")) return 1;\n");
        }
        source.append("return seccomp_export_bpf(c, 1) ? 2 : 0;\n}\n");
        Path oracle = Gcc.compile(directory, source.toString(), "-lseccomp");
        byte[] theirs = Gcc.runBytes(List.of(oracle.toString()), new byte[0]);
        byte[] ours = filter(rules).program();
        for (long[] call : calls(random, rules, 3000)) {
            assertThat(BpfInterpreter.run(ours, NATIVE, (int) call[0], arguments(call)))
                    .as("call %s", (Object) call)
                    .isEqualTo(BpfInterpreter.run(theirs, NATIVE, (int) call[0], arguments(call)));
        }
    }

    /** A program of C puts our filter on itself and knocks at all three doors. */
    @Test
    void theKernelShutsTheDoors() throws Exception {
        byte[] program = SeccompFilter.builder(SeccompAction.ALLOW)
                .on(SyscallNumbers.GETPPID, SeccompAction.errno(Errno.EXDEV))
                .on(SyscallNumbers.DUP, SeccompAction.errno(Errno.EDOM), ArgumentTest.equal(0, 0xffff_0000_0000_0001L))
                .build()
                .program();
        Path knocker = Gcc.compile(directory, """
                #include <stdio.h>
                #include <unistd.h>
                #include <errno.h>
                #include <sys/prctl.h>
                #include <sys/syscall.h>
                #include <linux/filter.h>
                #include <linux/seccomp.h>
                static struct sock_filter code[4096];
                int main() {
                    size_t size = fread(code, 1, sizeof code, stdin);
                    struct sock_fprog prog = { size / 8, code };
                    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
                        return 1;
                    long r = syscall(SYS_getppid);
                    printf("native %ld %d\\n", r, r < 0 ? errno : 0);
                    r = syscall(SYS_dup, 0xffff000000000001);
                    printf("argument %ld %d\\n", r, r < 0 ? errno : 0);
                    r = syscall(SYS_dup, 0xffff00000000ffff);
                    printf("other argument %ld %d\\n", r, r < 0 ? errno : 0);
                    r = syscall(0x40000000 | SYS_getpid);
                    printf("x32 %ld %d\\n", r, r < 0 ? errno : 0);
                    int i386;
                    __asm__ volatile ("int $0x80" : "=a"(i386) : "a"(20) : "memory");
                    printf("i386 %d\\n", i386);
                }
                """);
        assertThat(Gcc.run(List.of(knocker.toString()), program)).isEqualTo("""
                native -1 18
                argument -1 33
                other argument -1 9
                x32 -1 38
                i386 -38
                """);
    }

    private static SeccompFilter filter(List<Rule> rules) {
        SeccompFilter.Builder builder = SeccompFilter.builder(SeccompAction.ALLOW);
        for (Rule rule : rules) {
            builder.on(
                    rule.number(),
                    SeccompAction.errno(rule.errno()),
                    rule.tests().toArray(ArgumentTest[]::new));
        }
        return builder.build();
    }

    private static int decide(List<Rule> rules, long[] call) {
        for (Rule rule : rules) {
            boolean holds = rule.number() == call[0];
            for (ArgumentTest test : rule.tests()) {
                holds &= test.holds(call[1 + test.argument()]);
            }
            if (holds) {
                return SeccompAction.errno(rule.errno()).value();
            }
        }
        return SeccompAction.ALLOW.value();
    }

    /** Calls near the rules: their numbers and neighbours, their values and neighbours in either half. */
    private static List<long[]> calls(Random random, List<Rule> rules, int count) {
        List<long[]> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Rule rule = rules.get(random.nextInt(rules.size()));
            long[] call = new long[7];
            call[0] = random.nextInt(4) == 0 ? number(random) : rule.number();
            for (int argument = 0; argument < 6; argument++) {
                call[1 + argument] = value(random);
            }
            for (ArgumentTest test : rule.tests()) {
                call[1 + test.argument()] = switch (random.nextInt(5)) {
                    case 0 -> test.value() + 1;
                    case 1 -> test.value() - 1;
                    case 2 -> test.value() ^ 1L << random.nextInt(64);
                    default -> test.value();
                };
            }
            calls.add(call);
        }
        return calls;
    }

    private static int number(Random random) {
        return FIRST + random.nextInt(LAST - FIRST + 1);
    }

    private static List<ArgumentTest> tests(Random random) {
        List<ArgumentTest> tests = new ArrayList<>();
        for (int argument = 0; argument < 6; argument++) {
            if (random.nextInt(4) == 0) {
                Comparison comparison = COMPARISONS.get(random.nextInt(COMPARISONS.size()));
                long mask = comparison == Comparison.MASKED_EQUAL ? value(random) : -1;
                tests.add(new ArgumentTest(argument, comparison, value(random), mask));
            }
        }
        return tests;
    }

    private static long value(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> random.nextInt(8);
            case 2 -> 0xffff_ffffL - random.nextInt(2);
            case 3 -> 1L << random.nextInt(64);
            case 4 -> -1L - random.nextInt(2);
            default -> random.nextLong();
        };
    }

    private static long[] arguments(long[] call) {
        long[] arguments = new long[6];
        System.arraycopy(call, 1, arguments, 0, 6);
        return arguments;
    }

    private static String libseccompName(ArgumentTest test) {
        return switch (test.comparison()) {
            case EQUAL -> "SCMP_CMP_EQ";
            case NOT_EQUAL -> "SCMP_CMP_NE";
            case LESS -> "SCMP_CMP_LT";
            case LESS_OR_EQUAL -> "SCMP_CMP_LE";
            case GREATER -> "SCMP_CMP_GT";
            case GREATER_OR_EQUAL -> "SCMP_CMP_GE";
            case MASKED_EQUAL -> "SCMP_CMP_MASKED_EQ";
        };
    }
}
