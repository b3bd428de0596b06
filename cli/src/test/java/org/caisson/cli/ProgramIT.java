package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.caisson.cli.Caisson.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as it lies in the distribution: launcher, JVM, class cache. */
class ProgramIT {
    @TempDir
    Path directory;

    @Test
    void itRunsFromAnyDirectoryAndThroughSymbolicLinks() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("caisson"), Caisson.program());
        Path second = Files.createSymbolicLink(directory.resolve("again"), Path.of("caisson"));
        for (Path program : List.of(link, second)) {
            Result result = Caisson.finish(
                    new ProcessBuilder(program.toString(), "--version").directory(directory.toFile()), "");
            assertThat(result.status()).isZero();
            assertThat(result.output()).startsWith("caisson version ");
        }
    }

    @Test
    void theScriptOfTheSourceTreeFindsItToo() throws Exception {
        Path script = Path.of("..").toAbsolutePath().normalize().resolve("caisson");
        Path link = Files.createSymbolicLink(directory.resolve("tool"), script);
        Result result =
                Caisson.finish(new ProcessBuilder(link.toString(), "--version").directory(directory.toFile()), "");
        assertThat(result.errors()).isEmpty();
        assertThat(result.output()).startsWith("caisson version ");
    }

    @Test
    void aFirstUseThatCannotBuildSaysWhyAndNeedsNoHome() throws Exception {
        Path script = Path.of("..").toAbsolutePath().normalize().resolve("caisson");
        Path copy = Files.copy(script, directory.resolve("caisson"), StandardCopyOption.COPY_ATTRIBUTES);
        ProcessBuilder builder = new ProcessBuilder(copy.toString(), "--version");
        builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
        Result result = Caisson.finish(builder, "");
        assertThat(result.status()).isEqualTo(125);
        assertThat(result.output()).isEmpty();
        assertThat(result.errors().lines())
                .satisfiesExactly(
                        progress -> assertThat(progress)
                                .startsWith("Building Caisson")
                                .endsWith(" failed"),
                        reason -> assertThat(reason)
                                .startsWith("caisson: the build failed: ")
                                .contains("first-build.log"));
    }

    @Test
    void variablesOfJvmsMakeNoNoise() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(Caisson.program().toString(), "--version");
        builder.environment().put("JAVA_TOOL_OPTIONS", "-Xmx1g");
        builder.environment().put("_JAVA_OPTIONS", "-Dx=y");
        builder.environment().put("JDK_JAVA_OPTIONS", "-Dx=y");
        builder.environment().put("LC_ALL", "xx_YY");
        Result result = Caisson.finish(builder, "");
        assertThat(result.errors()).isEmpty();
        assertThat(result.output()).startsWith("caisson version ").hasLineCount(3);
    }

    @Test
    void itIsCalledCaissonInProcessLists() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Caisson.program().toString(), "--root", directory.toString(), "do", "-i", "--", "cat");
        Process process = builder.start();
        try {
            // Once the program in the container answers, the JVM runs: not the launcher, whose path ends like that
            // anyway.
            process.outputWriter().append("awake\n").flush();
            assertThat(process.inputReader().readLine()).isEqualTo("awake");
            Path proc = Path.of("/proc", Long.toString(process.pid()));
            assertThat(Files.readSymbolicLink(proc.resolve("exe"))).hasFileName("java");
            String name = Files.readString(proc.resolve("cmdline"), StandardCharsets.UTF_8);
            assertThat(name.substring(0, name.indexOf('\0'))).isEqualTo("caisson");
        } finally {
            process.outputWriter().close();
            process.waitFor();
        }
    }

    @Test
    void theClassCacheIsUsed() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(Caisson.program().toString(), "--version");
        builder.environment().put("CAISSON_JVM_OPTIONS", "-XX:AOTMode=on");
        assertThat(Caisson.finish(builder, "").status()).isZero();
    }

    @Test
    void anArgumentThatIsNotUtf8IsRefusedAndNotChanged() throws Exception {
        Path script = Files.write(
                directory.resolve("script"), "exec \"$1\" do -- printf '\u00ff'".getBytes(StandardCharsets.ISO_8859_1));
        Result result = Caisson.finish(
                new ProcessBuilder("sh", script.toString(), Caisson.program().toString()), "");
        assertThat(result.status()).isEqualTo(125);
        assertThat(result.errors())
                .startsWith("caisson: ")
                .contains("not UTF-8")
                .hasLineCount(1);
    }

    @Test
    void aProcessOfAnotherUserIsToldThatRootIsNeeded() throws Exception {
        Result result = Caisson.finish(
                new ProcessBuilder(
                        "setpriv",
                        "--reuid=65534",
                        "--clear-groups",
                        Caisson.program().toString(),
                        "--root",
                        "/tmp/caisson-nobody",
                        "do",
                        "--",
                        "true"),
                "");
        assertThat(result.status()).isEqualTo(125);
        assertThat(result.errors()).startsWith("caisson: ").contains("root").hasLineCount(1);
        assertThat(Path.of("/tmp/caisson-nobody")).doesNotExist();
    }

    @Test
    void checkSaysForEachThingWhetherItIsThere() throws Exception {
        Result table = Caisson.finish(new ProcessBuilder(Caisson.program().toString(), "check"), "");
        assertThat(table.output()).startsWith("THING").contains("FUSE").contains("present");
        assertThat(table.status()).isZero();
        Result json = Caisson.finish(new ProcessBuilder(Caisson.program().toString(), "check", "--format", "json"), "");
        assertThat(json.output()).startsWith("[{\"name\":").contains("\"verdict\":\"present\"");
        Result nobody = Caisson.finish(
                new ProcessBuilder(
                        "setpriv",
                        "--reuid=65534",
                        "--clear-groups",
                        Caisson.program().toString(),
                        "check"),
                "");
        assertThat(nobody.status()).isEqualTo(1);
        assertThat(nobody.output()).contains("missing");
    }

    @Test
    void featuresIsJson() throws Exception {
        Result result = Caisson.finish(
                new ProcessBuilder(
                        "sh",
                        "-c",
                        Caisson.program()
                                + " features | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"ociVersionMax\"])'"),
                "");
        assertThat(result.output()).startsWith("1.2");
    }
}
