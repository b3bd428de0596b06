package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @Test
    void signalsHaveTheNamesThatTheShellKnows() throws Exception {
        for (int signal = 1; signal <= Signals.SIGRTMAX; signal++) {
            assertThat(Signals.parse(Signals.name(signal))).isEqualTo(signal);
            String shell = Gcc.run(List.of("bash", "-c", "kill -l " + signal), new byte[0])
                    .strip();
            if (!shell.isEmpty() && signal != 32 && signal != 33) {
                assertThat(Signals.parse(shell)).as(shell).isEqualTo(signal);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SIG", "FOO", "0", "65", "-1", "999999", "RTMIN+", "RTMIN+31", "RTMAX-31", "1x"})
    void whatIsNoSignalIsRefused(String text) {
        assertThatThrownBy(() -> Signals.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text);
    }

    @Test
    void signalsAreFoundInAnySpelling() {
        assertThat(List.of(Signals.parse("term"), Signals.parse("SigTerm"), Signals.parse("15")))
                .containsOnly(Signals.SIGTERM);
    }

    @Test
    void capabilitiesAreFoundInAnySpelling() {
        for (int i = 0; i < Capabilities.count(); i++) {
            assertThat(Capabilities.parse(Capabilities.name(i))).isEqualTo(i);
        }
        assertThat(Capabilities.parse("sys_admin")).isEqualTo(Capabilities.CAP_SYS_ADMIN);
        assertThatThrownBy(() -> Capabilities.parse("CAP_FLY")).hasMessage("no capability is named CAP_FLY");
    }

    @Test
    void weKnowAllCapabilitiesOfThisKernel() throws Exception {
        int last = Integer.parseInt(new String(FileCalls.readFile("/proc/sys/kernel/cap_last_cap"), UTF_8).strip());
        assertThat(Capabilities.count()).isEqualTo(last + 1);
    }

    @Test
    void theSetsOfAProcessAreRead() throws Exception {
        Capabilities.Sets sets = Capabilities.of(ProcessCalls.getpid());
        long effective = Long.parseUnsignedLong(
                Gcc.run(
                                List.of("sed", "-n", "s/^CapEff:\t//p", "/proc/" + ProcessCalls.getpid() + "/status"),
                                new byte[0])
                        .strip(),
                16);
        assertThat(sets.effective()).isEqualTo(effective);
        assertThat(sets.has(Capabilities.CAP_SYS_ADMIN)).isEqualTo((effective >> 21 & 1) != 0);
        assertThatThrownBy(() -> Capabilities.of(0x3ffffff))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }
}
