package org.caisson.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.caisson.emulation.policy.CallFamily;
import org.caisson.emulation.policy.CallPolicy;
import org.caisson.emulation.policy.Treatment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyReaderTest {
    @Test
    void whatIsNotSaidIsUsual() throws Exception {
        CallPolicy policy = PolicyReader.read("{\"calls\": {\"xattr\": \"emulate\"}, \"version\": 1}");
        assertThat(policy.of(CallFamily.XATTR)).isEqualTo(Treatment.EMULATE);
        assertThat(policy.of(CallFamily.MOUNT)).isEqualTo(Treatment.EMULATE);
        assertThat(policy.of(CallFamily.BPF)).isEqualTo(Treatment.KERNEL);
    }

    @Test
    void aQuotaDecidesWhatIsLeftToIt() {
        assertThat(CallPolicy.USUAL.decided(true).of(CallFamily.AFFINITY)).isEqualTo(Treatment.EMULATE);
        assertThat(CallPolicy.USUAL.decided(false).of(CallFamily.AFFINITY)).isEqualTo(Treatment.KERNEL);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | version: must be given, and be 1",
                "{\"version\": 2} | version: must be at most 1",
                "{\"version\": null} | version: must be a number",
                "{\"version\": 1, \"call\": {}} | call: is not known; known are version and calls",
                "{\"version\": 1, \"calls\": {\"Mount\": \"kernel\"}} | calls.Mount: is not known; known are mount, sysinfo",
                "{\"version\": 1, \"calls\": {\"mount\": \"refuse\"}} | calls.mount: must be one of emulate, kernel",
                "{\"version\": 1, \"calls\": {\"mount\": null}} | calls.mount: must be a string, not null",
                "{\"version\": 1, \"calls\": []} | calls: must be an object, not an array",
                "{\"version\": 1} {} | has something after its end",
                "[] | must be an object, not an array",
                "mount | is not JSON",
            })
    void whatCannotBeIsNamed(String text, String problem) {
        assertThatThrownBy(() -> PolicyReader.read(text))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining(problem);
    }
}
