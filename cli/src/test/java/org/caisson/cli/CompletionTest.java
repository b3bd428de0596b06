package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The completion script in a real bash. */
class CompletionTest {
    @TempDir
    Path directory;

    private Path script;

    @BeforeEach
    void writeScript() throws Exception {
        script = Files.writeString(directory.resolve("caisson.bash"), Distribution.completionScript());
    }

    @Test
    void bashReadsIt() throws Exception {
        assertThat(bash("bash -n " + script)).isEmpty();
    }

    @Test
    void commandsAreCompleted() throws Exception {
        assertThat(completions("caisson", "fe")).containsExactly("features");
        assertThat(completions("caisson", "re")).containsExactly("resume");
    }

    @Test
    void optionsAreCompleted() throws Exception {
        assertThat(completions("caisson", "do", "--mem")).containsExactly("--memory", "--memory-swap");
        assertThat(completions("caisson", "kill", "--a")).containsExactly("--all");
    }

    @Test
    void valuesAreCompleted() throws Exception {
        assertThat(completions("caisson", "do", "--network", "")).containsExactlyInAnyOrder("none", "host");
    }

    @Test
    void hiddenCommandsAreNot() throws Exception {
        assertThat(completions("caisson", "kee")).isEmpty();
    }

    /** What TAB would offer; compopt, which works only while somebody types, does nothing. */
    private String[] completions(String... words) throws Exception {
        String list = bash("compopt() { :; }; source " + script + "; COMP_WORDS=("
                        + String.join(" ", words).replaceAll(" $", " ''") + "); COMP_CWORD=" + (words.length - 1)
                        + "; _complete_caisson; echo \"${COMPREPLY[@]}\"")
                .strip();
        return list.isEmpty() ? new String[0] : list.split("\\s+");
    }

    private static String bash(String command) throws Exception {
        Process process = new ProcessBuilder("bash", "--norc", "-c", command)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
