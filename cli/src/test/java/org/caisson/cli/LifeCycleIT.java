package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.cli.Caisson.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The verbs of the OCI runtime on a bundle whose root holds one static program. */
@ExtendWith(NothingLeft.class)
class LifeCycleIT {
    private static final String PROGRAM = """
            #include <stdio.h>
            #include <stdlib.h>
            #include <unistd.h>
            int main(int count, char **arguments) {
                printf("ran %s\\n", count > 1 ? arguments[1] : "-");
                fflush(stdout);
                if (count > 2) sleep(1000);
                return count > 1 ? atoi(arguments[1]) : 0;
            }
            """;

    @TempDir
    Path bundle;

    private Caisson caisson;

    /** The command that is tested, with a state of its own. */
    Caisson fresh() throws Exception {
        return Caisson.withOwnState();
    }

    @BeforeEach
    void makeBundle() throws Exception {
        caisson = fresh();
        Files.createDirectories(bundle.resolve("rootfs/bin"));
        Path source = Files.writeString(bundle.resolve("program.c"), PROGRAM);
        Result compiled = Caisson.finish(
                new ProcessBuilder(
                        "gcc",
                        "-static",
                        "-o",
                        bundle.resolve("rootfs/bin/program").toString(),
                        source.toString()),
                "");
        assertThat(compiled.errors()).isEmpty();
    }

    @AfterEach
    void close() throws Exception {
        caisson.close();
    }

    @Test
    void aContainerIsCreatedStartedKilledAndDeleted() throws Exception {
        config("\"/bin/program\", \"0\", \"sleep\"");
        Path pid = bundle.resolve("pid");
        Path output = bundle.resolve("output");
        ProcessBuilder create = caisson.builder(
                        "create", "--bundle", bundle.toString(), "--pid-file", pid.toString(), "c1")
                .redirectOutput(output.toFile());
        assertThat(create.start().waitFor()).isZero();
        assertThat(caisson.run("state", "c1").output())
                .contains("\"id\":\"c1\"")
                .contains("\"status\":\"created\"")
                .contains("\"pid\":" + Files.readString(pid).strip());
        assertThat(output).isEmptyFile();

        assertThat(caisson.run("start", "c1")).isEqualTo(new Result(0, "", ""));
        assertThat(caisson.run("state", "c1").output()).contains("\"status\":\"running\"");
        assertThat(caisson.run("start", "c1").errors())
                .startsWith("caisson: ")
                .contains("c1")
                .hasLineCount(1);
        assertThat(caisson.run("delete", "c1").status()).isEqualTo(125);

        assertThat(caisson.run("pause", "c1").status()).isZero();
        assertThat(caisson.run("state", "c1").output()).contains("\"status\":\"paused\"");
        assertThat(caisson.run("resume", "c1").status()).isZero();

        assertThat(caisson.run("kill", "c1", "KILL").status()).isZero();
        awaitStopped("c1");
        assertThat(output).hasContent("ran 0");
        assertThat(caisson.run("ps", "-q").output()).isEmpty();
        assertThat(caisson.run("ps", "-aq").output()).isEqualTo("c1\n");
        assertThat(caisson.run("delete", "c1")).isEqualTo(new Result(0, "", ""));
        assertThat(caisson.run("state", "c1").status()).isEqualTo(125);
        assertThat(caisson.run("delete", "--force", "c1").status()).isZero();
    }

    @Test
    void runDoesAllOfItAtOnce() throws Exception {
        config("\"/bin/program\", \"7\"");
        Result result = caisson.run("run", "--bundle", bundle.toString());
        assertThat(result).isEqualTo(new Result(7, "ran 7\n", ""));
        assertThat(caisson.run("list", "--format", "json").output()).isEqualTo("[]\n");
    }

    @Test
    void aCommandAfterTheBundleReplacesItsProgram() throws Exception {
        config("\"/bin/program\", \"7\"");
        assertThat(caisson.run("run", "--bundle", bundle.toString(), "/bin/program", "4"))
                .isEqualTo(new Result(4, "ran 4\n", ""));
        assertThat(caisson.run("run", "--bundle", bundle.toString(), "--name", "n1", "/bin/program"))
                .isEqualTo(new Result(0, "ran -\n", ""));
        assertThat(caisson.run("list", "-q").output()).isEqualTo("n1\n");
        assertThat(caisson.run("run", "-d", "--bundle", bundle.toString(), "--name", "n2", "/bin/program", "0", "sleep")
                        .status())
                .isZero();
        assertThat(caisson.run("ps", "n2").output()).contains("/bin/program 0 sleep");
    }

    @Test
    void enginesGiveTheNameAsTheOnlyOperand() throws Exception {
        config("\"/bin/program\", \"7\"");
        String log = bundle.resolve("log").toString();
        Result expected = new Result(7, "ran 7\n", "");
        assertThat(caisson.run("run", "-b", bundle.toString(), "--keep", "e1")).isEqualTo(expected);
        assertThat(caisson.run("run", "--bundle", bundle.toString(), "--keep", "e2"))
                .isEqualTo(expected);
        assertThat(Caisson.finish(caisson.builder("run", "--keep", "e3").directory(bundle.toFile()), ""))
                .isEqualTo(expected);
        assertThat(caisson.run("--log", log, "run", "--bundle", bundle.toString(), "e4"))
                .isEqualTo(expected);
        assertThat(caisson.run("list", "-q").output().lines()).containsExactly("e1", "e2", "e3");
    }

    @Test
    void runTakesARootDirectoryWithoutABundle() throws Exception {
        Result result =
                caisson.run("run", "--rootfs", bundle.resolve("rootfs").toString(), "-e", "A=1", "/bin/program", "3");
        assertThat(result).isEqualTo(new Result(3, "ran 3\n", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{                                                                                             | config.json",
                "{\"ociVersion\": \"1.2.0\", \"root\": 5}                                                      | root",
                "{\"ociVersion\": \"1.2.0\", \"process\": {\"args\": [], \"cwd\": \"/\"}, \"root\": {\"path\": \"rootfs\"}}       | process.args",
                "{\"ociVersion\": \"1.2.0\", \"process\": {\"args\": [\"/bin/program\"], \"cwd\": \"/\"}, \"root\": {\"path\": \"rootfs\"}, \"linux\": {\"resources\": {\"pids\": {\"limit\": \"x\"}}}} | linux.resources.pids.limit",
            })
    void aWrongSpecificationIsOneLineThatNamesThePlace(String config, String place) throws Exception {
        Files.writeString(bundle.resolve("config.json"), config);
        Result result = caisson.run("run", "-b", bundle.toString(), "bad");
        assertThat(result.status()).isEqualTo(125);
        assertThat(result.output()).isEmpty();
        assertThat(result.errors()).startsWith("caisson: ").contains(place).hasLineCount(1);
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    @Test
    void aRootThatDoesNotExistIsNamed() throws Exception {
        config("\"/bin/program\"");
        Files.move(bundle.resolve("rootfs"), bundle.resolve("elsewhere"));
        Result result = caisson.run("run", "-b", bundle.toString(), "bad");
        assertThat(result.status()).isEqualTo(125);
        assertThat(result.errors())
                .startsWith("caisson: ")
                .contains(bundle.resolve("rootfs").toString())
                .hasLineCount(1);
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"state", "start", "kill", "delete", "pause", "resume", "ps"})
    void aContainerThatIsNotThereIsNamed(String verb) throws Exception {
        Result result = caisson.run(verb, "nobody");
        assertThat(result.status()).isEqualTo(125);
        assertThat(result.errors()).startsWith("caisson: ").contains("nobody").hasLineCount(1);
    }

    @Test
    void oneThatCannotBeRemovedDoesNotKeepTheOthers() throws Exception {
        config("\"/bin/program\"");
        for (String id : new String[] {"a", "b"}) {
            caisson.run("run", "-b", bundle.toString(), "--keep", id);
        }
        Result result = caisson.run("rm", "a", "missing", "b", "gone");
        assertThat(result.output()).isEqualTo("a\nb\n");
        assertThat(result.errors().lines())
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("caisson: ").contains("missing"),
                        second -> assertThat(second).startsWith("caisson: ").contains("gone"));
        assertThat(result.status()).isEqualTo(125);
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    @Test
    void theLogOfAnEngineGetsTheReason() throws Exception {
        Path log = bundle.resolve("log");
        caisson.run("--log", log.toString(), "--log-format", "json", "state", "nobody");
        assertThat(log).content().contains("\"level\":\"error\"").contains("nobody");
    }

    private void config(String arguments) throws Exception {
        assertThat(caisson.run("spec", "--bundle", bundle.toString()).status()).isZero();
        Path config = bundle.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceFirst("\"terminal\":\\s*true", "\"terminal\": false")
                        .replaceFirst("\"args\":\\s*\\[[^]]*]", "\"args\": [" + arguments + "]"));
    }

    private void awaitStopped(String id) throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!caisson.run("state", id).output().contains("\"status\":\"stopped\"")) {
            assertThat(System.nanoTime()).as("container " + id + " is to stop").isLessThan(deadline);
        }
    }
}
