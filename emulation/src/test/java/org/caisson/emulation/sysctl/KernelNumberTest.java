package org.caisson.emulation.sysctl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KernelNumberTest {
    @ParameterizedTest
    @CsvSource({"'1\n',1", "' \t7',7", "'-5\n',-5", "0x1f,31", "'010',8", "'3 9',3", "0,0", "2147483647,2147483647"})
    void numbersAreReadAsTheKernelReadsThem(String text, long value) throws ErrnoException {
        assertThat(signed(text)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "  ",
                "x",
                "1x",
                "-",
                "--1",
                "08",
                "2147483648",
                "99999999999999999999",
                "0000000000000000000001"
            })
    void otherTextsAreInvalid(String text) {
        assertThatExceptionOfType(ErrnoException.class)
                .isThrownBy(() -> signed(text))
                .matches(failure -> failure.errno() == Errno.EINVAL);
    }

    @ParameterizedTest
    @CsvSource({"'9223372036854775807\n',9223372036854775807", "-1,42", "5,5"})
    void anUnsignedEntryIgnoresNegativeNumbers(String text, long value) throws ErrnoException {
        assertThat(KernelNumber.unsigned(text.getBytes(ISO_8859_1), 0, Long.MAX_VALUE, 42))
                .isEqualTo(value);
    }

    private static long signed(String text) throws ErrnoException {
        return KernelNumber.signed(text.getBytes(ISO_8859_1), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
