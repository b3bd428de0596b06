package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Manual pages as man(1) shows them. */
class ManPagesTest {
    @TempDir
    Path directory;

    private final ManPages pages = new ManPages("1.2.3");

    @Test
    void theProgramsPageNamesEveryCommandAndTheExitStatuses() throws Exception {
        String shown = show(pages.program());
        assertThat(shown)
                .contains("CAISSON(1)")
                .contains("Caisson 1.2.3")
                .contains("caisson-do(1)")
                .contains("EXIT STATUS")
                .contains("125");
        assertThat(shown)
                .contains(Verbs.NAMES.stream()
                        .map(name -> "caisson-" + name + "(1)")
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void everyCommandHasAPageWithItsOptions(Verb verb) throws Exception {
        String name = ManPages.pageName(verb.name());
        String shown = show(pages.verb(verb));
        assertThat(shown).contains("caisson-" + name + " - ");
        for (var option : verb.model().options()) {
            assertThat(shown.contains(option.longestName()))
                    .as(option.longestName())
                    .isEqualTo(!option.hidden());
        }
    }

    static List<Verb> verbs() {
        return Verbs.all();
    }

    /** What a reader sees; a warning of the formatter fails. */
    private String show(String page) throws Exception {
        Path file = Files.writeString(directory.resolve("page.1"), page);
        Path errors = directory.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder("man", "--warnings", "--encoding=UTF-8", "-l", file.toString());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("MANWIDTH", "120");
        builder.environment().put("MANPAGER", "cat");
        Process process = builder.redirectError(errors.toFile()).start();
        String shown = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(errors).isEmptyFile();
        return shown.replaceAll(".\b", "").replaceAll("\u001b\\[[0-9;]*m", "");
    }
}
