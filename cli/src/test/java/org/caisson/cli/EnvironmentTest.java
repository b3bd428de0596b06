package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {
    @TempDir
    Path directory;

    @Test
    void aNameAloneTakesTheCallersValueOrNothing() throws UsageException {
        assertThat(Environment.collect(
                        OwnProcess.CALLER, List.of(), List.of("PATH", "NO_SUCH_VARIABLE_HERE", "EMPTY=", "A=b=c")))
                .containsExactly("PATH=" + System.getenv("PATH"), "EMPTY=", "A=b=c");
    }

    @Test
    void aFileHasCommentsAndBlankLinesAndAssignmentsAreStronger() throws Exception {
        Path file = Files.writeString(directory.resolve("env"), "# comment\n\n  A=1\nB=two words \"quoted\"\nA=2\n");
        assertThat(Environment.collect(OwnProcess.CALLER, List.of(file.toString()), List.of("B=3")))
                .containsExactly("A=2", "B=3");
    }

    @Test
    void aBadLineIsNamedByItsNumber() throws IOException {
        Path file = Files.writeString(directory.resolve("env"), "A=1\nNOT A NAME=2\n");
        assertThatThrownBy(() -> Environment.collect(OwnProcess.CALLER, List.of(file.toString()), List.of()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("line 2 of --env-file " + file);
    }

    @Test
    void aFileMayBeginWithAByteOrderMarkAndPassOnTheCallersValue() throws Exception {
        Path file = Files.writeString(directory.resolve("env"), "\uFEFFA=1\nPATH\nNO_SUCH_VARIABLE_HERE\n");
        assertThat(Environment.collect(OwnProcess.CALLER, List.of(file.toString()), List.of()))
                .containsExactly("A=1", "PATH=" + System.getenv("PATH"));
    }

    @Test
    void aFileThatIsNotUtf8IsRefusedWithThatReason() throws Exception {
        Path file = Files.write(directory.resolve("env"), new byte[] {'A', '=', (byte) 0xff, '\n'});
        assertThatThrownBy(() -> Environment.collect(OwnProcess.CALLER, List.of(file.toString()), List.of()))
                .hasMessage("invalid --env-file '" + file + "': it is not UTF-8");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> Environment.collect(OwnProcess.CALLER, List.of("/nonexistent/env"), List.of()))
                .isInstanceOf(UsageException.class)
                .hasMessage("invalid --env-file '/nonexistent/env': it cannot be read: no such file or directory");
    }

    @Test
    void anAssignmentWithoutANameIsRefused() {
        assertThatThrownBy(() -> Environment.collect(OwnProcess.CALLER, List.of(), List.of("=x")))
                .isInstanceOf(UsageException.class);
    }
}
