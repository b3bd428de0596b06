package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole command lines that start no container. */
class CommandLineTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                              | no command; caisson --help lists all",
                "frobnicate                      | unknown command 'frobnicate'; caisson --help lists all",
                "--frobnicate list               | unknown option: '--frobnicate'; see caisson --help",
                "--log-format xml list           | invalid --log-format 'xml': it can be json, text",
                "do                              | do: no command: give one, for example caisson do -- sh",
                "do --frobnicate true            | do: unknown option: '--frobnicate'; see caisson do --help",
                "do --memory                     | do: missing required parameter for option '--memory' (SIZE); see"
                        + " caisson do --help",
                "do --memory lots true           | invalid --memory 'lots': not a size: give a number with b, k, m, g"
                        + " or t, for example 256m",
                "do --format xml true            | invalid --format 'xml': text and json are known",
                "run                             | run: nothing to run: give an IMAGE, --rootfs DIR or --bundle DIR",
                "run --rootfs /nonexistent sh    | invalid --rootfs '/nonexistent': there is no such directory",
                "run --rootfs /etc/passwd sh     | invalid --rootfs '/etc/passwd': it is not a directory",
                "run --bundle /nonexistent x     | invalid --bundle '/nonexistent': there is no such directory",
                "run --bundle /usr x             | no config.json in /usr: give another directory with --bundle, or"
                        + " make the file with caisson spec",
                "run --bundle /usr --rootfs /usr | run: give either --rootfs or --bundle, not both",
                "run --bundle /usr --memory 1g   | run: --memory has no effect on a bundle: change its config.json, or"
                        + " use --rootfs",
                "create --bundle /usr a/b        | container id \"a/b\" is not allowed: use 1 to 128 letters, digits"
                        + " and _ + - .",
                "create                          | create: missing required parameter: 'ID'; see caisson create --help",
                "start                           | start: missing required parameter: 'ID'; see caisson start --help",
                "start a b                       | start: unmatched argument at index 1: 'b'; see caisson start --help",
                "exec x                          | exec: no command: give one after the container's name, or a file"
                        + " with --process",
                "exec --cwd here x true          | invalid --cwd 'here': it must be an absolute path in the container",
                "kill x FROB                     | invalid signal 'FROB': give a name or number of signal(7), for"
                        + " example TERM or 15",
                "run --kernel best x             | invalid --kernel 'best': it can be host, fuse, auto",
                "run --rootfs /usr --kernel host | run: --kernel has an effect on an image only",
                "cp here there                   | cp: neither path is one of a container: write it as CONTAINER:PATH",
                "cp a:b c:d                      | cp: both paths are of containers: copy to this machine first",
                "cp a:b                          | cp: missing required parameter: 'TARGET'; see caisson cp --help",
                "commit a                        | commit: missing required parameter: 'NAME'; see caisson commit"
                        + " --help",
                "commit --pause maybe a b        | invalid --pause 'maybe': it can be true or false",
                "stop -t soon a                  | invalid --time 'soon': give seconds, or -1 to wait for ever",
                "diff --format xml a             | invalid --format 'xml': table and json are known",
                "rm                              | rm: missing required parameter: 'ID'; see caisson rm --help",
                "list --format xml               | invalid --format 'xml': table and json are known",
                "spec --bundle /nonexistent      | cannot write /nonexistent/config.json: no such file or directory;"
                        + " choose another directory with --bundle",
            })
    void aWrongCommandLineIsOneLineThatSaysWhyAndStatus125(String line, String error) {
        Outcome outcome = Outcome.of(line.isEmpty() ? new String[0] : line.split(" +"));
        assertThat(outcome.errors()).isEqualTo("caisson: " + error + "\n");
        assertThat(outcome.output()).isEmpty();
        assertThat(outcome.status()).isEqualTo(125);
    }

    @Test
    void theLogGetsTheErrorAsItsLastLine() throws Exception {
        Path log = Files.writeString(directory.resolve("log"), "before\n");
        Outcome.of("--log", log.toString(), "--log-format", "json", "do", "--memory", "l\"ots", "true");
        assertThat(Files.readAllLines(log))
                .hasSize(2)
                .last()
                .asString()
                .startsWith("{\"level\":\"error\",\"msg\":\"invalid --memory 'l\\\"ots': not a size")
                .contains("\"time\":\"");
        Outcome.of("--log=" + log, "do", "--memory", "lots", "true");
        assertThat(Files.readAllLines(log))
                .hasSize(3)
                .last()
                .asString()
                .startsWith("time=\"")
                .contains("level=error msg=\"invalid --memory 'lots'");
    }

    @Test
    void versionSaysThatOfTheBuildAndOfTheSpecification() {
        Outcome text = Outcome.of("--version");
        assertThat(text.output()).matches("caisson version \\d+\\.\\d+\\.\\d+\\S*\nspec: 1\\.2\\.\\d\njava: 2\\S+\n");
        assertThat(text.status()).isZero();
        assertThat(Outcome.of("version").output()).isEqualTo(text.output());
        assertThat(Outcome.of("version", "--format", "json").output())
                .matches("\\{\"version\":\"\\d\\S*\",\"spec\":\"1.2.\\d\",\"java\":\"\\S+\"}\n");
    }

    @Test
    void specWritesABundlesConfigOnceAndNeverOverAnother() throws Exception {
        Outcome first = Outcome.of("spec", "--bundle", directory.toString());
        assertThat(first.errors()).isEmpty();
        assertThat(first.status()).isZero();
        var spec = org.caisson.runtime.spec.SpecReader.read(directory.resolve("config.json"));
        assertThat(java.util.Objects.requireNonNull(spec.process()).args()).containsExactly("sh");
        assertThat(spec.root().path()).isEqualTo("rootfs");

        Outcome second = Outcome.of("spec", "--bundle", directory.toString());
        assertThat(second.errors())
                .isEqualTo("caisson: cannot write " + directory.resolve("config.json")
                        + ": it exists already; choose another directory with --bundle\n");
        assertThat(second.status()).isEqualTo(125);
    }

    @Test
    void helpListsEveryCommand() {
        Outcome help = Outcome.of("--help");
        assertThat(help.status()).isZero();
        assertThat(help.errors()).isEmpty();
        assertThat(help.output())
                .contains(Verbs.NAMES.stream().map(name -> "\n  " + name + " ").toList());
        assertThat(help.output()).doesNotContain("keeper").doesNotContain("rehearse");
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void everyCommandHasHelp(String verb) {
        java.util.List<String> words = new java.util.ArrayList<>(java.util.List.of(verb.split(" ")));
        words.add("--help");
        Outcome help = Outcome.of(words.toArray(String[]::new));
        assertThat(help.status()).isZero();
        assertThat(help.errors()).isEmpty();
        assertThat(help.output()).startsWith("Usage: caisson " + verb);
        words.removeLast();
        words.addFirst("help");
        assertThat(Outcome.of(words.toArray(String[]::new)).output()).isEqualTo(help.output());
    }

    static java.util.List<String> verbs() {
        return Verbs.all().stream().map(Verb::name).toList();
    }
}
