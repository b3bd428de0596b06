package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How an image becomes a root: who serves it, where what is written goes, volumes, the user, the signal that stops it. */
class ImageRootTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);
    private MadeImage made = new MadeImage(caisson, scratch, scratch);

    @BeforeEach
    void makeImage() throws Exception {
        caisson = new Caisson(scratch);
        made = MadeImage.in(scratch, caisson);
    }

    @AfterEach
    void removeContainers() throws Exception {
        caisson.run("rm", "-f", "lodger", "second", "base").output();
    }

    /** What containers keep on disk. */
    private List<Path> kept() throws Exception {
        var directory = scratch.resolve("containers");
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (var list = Files.list(directory)) {
            return list.toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "fuse"})
    void rootIsTheSameWhoeverServesIt(String kernel) throws Exception {
        var listing = "ls -lnR /data /etc /gone | busybox grep -v ^total; cat /data/kept; echo changed > /data/old; cat"
                + " /data/old; rm -r /gone; ls /; mv /data/deep /data/moved; ls /data; busybox find /bin -type f"
                + " -o -type l | busybox wc -l; id worker";
        var plain = made.run(MadeImage.NAME, List.of(), "sh", "-c", listing).output();
        made.run(MadeImage.NAME, List.of("-d", "--name", "lodger", "--kernel=" + kernel), "sleep", "1000")
                .output();
        assertThat(made.in("lodger", listing)).isEqualTo(plain);
        assertThat(caisson.run("state", "lodger").output()).contains("\"org.caisson.image.kernel\":\"" + kernel + "\"");
        assertThat(caisson.run("diff", "lodger").output()).contains("D /gone\n").contains("C /data/old\n");
        caisson.run("commit", "lodger", "made/again").output();
        assertThat(made.run("made/again", List.of(), "cat", "/data/old").output())
                .isEqualTo("changed\n");
        caisson.run("rm", "-f", "lodger").output();
    }

    @Test
    void whatIsWrittenToDiskStaysUntilTheContainerIsRemoved() throws Exception {
        made.run(MadeImage.NAME, List.of("--name", "lodger", "--storage=disk"), "sh", "-c", "echo x > /data/new")
                .output();
        assertThat(kept()).hasSize(1);
        assertThat(caisson.run("diff", "lodger").output()).isEqualTo("C /data\nA /data/new\n");
        caisson.run("commit", "lodger", "made/later").output();
        assertThat(made.run("made/later", List.of(), "sh", "-c", "cat /data/new; stat -c %u /data/new")
                        .output())
                .isEqualTo("x\n0\n");
        caisson.run("rm", "lodger").output();
        assertThat(kept()).isEmpty();
        made.run(MadeImage.NAME, List.of("--rm", "--storage=disk"), "sh", "-c", "echo x > /data/new")
                .output();
        assertThat(kept()).isEmpty();
        assertThat(made.run(MadeImage.NAME, List.of("--storage=here"), "id").err())
                .contains("--storage");
    }

    @Test
    void whatWasOnDiskGoesThoughTheKeeperWasKilled() throws Exception {
        made.run(MadeImage.NAME, List.of("-d", "--rm", "--name", "lodger", "--storage=disk"), "sleep", "1000")
                .output();
        made.in(
                "lodger",
                "mkdir -p /deep; cd /deep; i=0; while [ $i -lt 1200 ]; do mkdir abcdef && cd -P abcdef || exit 1;"
                        + " i=$((i+1)); done; busybox mkfifo pipe; echo x > file");
        assertThat(kept()).hasSize(1);
        Caisson.host(scratch, "sh", "-c", "kill -9 $(sed 's/.*\"keeper\":\\([0-9]*\\).*/\\1/' state/lodger/state.json)")
                .output();
        Await.until("the container is cleared away", Duration.ofSeconds(30), () -> {
            caisson.run("ps", "-a").output();
            return kept().isEmpty();
        });
    }

    @Test
    void stoppedContainerInMemoryHasNothingToTell() throws Exception {
        made.run(MadeImage.NAME, List.of("--name", "lodger"), "id").output();
        assertThat(caisson.run("diff", "lodger").err()).contains("was in memory");
        caisson.run("rm", "lodger").output();
    }

    @Test
    void volumesAreFilledFromTheImageAndGoWithTheContainer() throws Exception {
        made.start("base", ":");
        caisson.run("commit", "-c", "VOLUME /data /fresh", "-c", "USER worker", "base", "made/volumes")
                .output();
        caisson.run("rm", "-f", "base").output();
        made.run("made/volumes", List.of("-d", "--name", "lodger"), "sleep", "1000")
                .output();
        assertThat(made.in(
                        "lodger",
                        "ls /data; cat /data/kept; stat -c %u:%g /data/kept; busybox grep -c ' /fresh ' /proc/mounts;"
                                + " id -u"))
                .isEqualTo("deep\nkept\nold\nkept\n1001:1002\n1\n1001\n");
        assertThat(caisson.run("exec", "-u", "0", "lodger", "sh", "-c", "echo x > /data/new; echo y > /fresh/y; id -u")
                        .output())
                .isEqualTo("0\n");
        assertThat(caisson.run("diff", "lodger").output())
                .doesNotContain("/data/")
                .doesNotContain("/fresh/");
        made.run("made/volumes", List.of("-d", "--name", "second"), "sleep", "1000")
                .output();
        assertThat(made.in("second", "ls /data /fresh")).doesNotContain("new").doesNotContain("y\n");
        assertThat(kept()).hasSize(2);
        caisson.run("rm", "-f", "lodger", "second").output();
        assertThat(kept()).isEmpty();
        var mine = Files.createDirectory(scratch.resolve("mine"));
        assertThat(made.run("made/volumes", List.of("-v", mine + ":/data"), "ls", "/data")
                        .output())
                .isEmpty();
    }

    @Test
    void stopAsksWithTheSignalOfTheImageAndThenKills() throws Exception {
        made.start("base", ":");
        caisson.run("commit", "-c", "STOPSIGNAL SIGUSR1", "-c", "EXPOSE 80", "base", "made/signal")
                .output();
        caisson.run("stop", "-t", "0", "base").output();
        assertThat(caisson.run("state", "base").output()).contains("\"status\":\"stopped\"");
        caisson.run("rm", "base").output();
        var shared = Files.createDirectory(scratch.resolve("shared"));
        var waits = "trap 'echo asked > /shared/asked; exit 3' USR1; : > /shared/ready; while :; do sleep 0.1; done";
        for (var ask : List.of(List.of("stop", "lodger"), List.of("kill", "lodger"))) {
            made.run("made/signal", List.of("-d", "--name", "lodger", "-v", shared + ":/shared"), "sh", "-c", waits)
                    .output();
            Await.until("it waits", Duration.ofSeconds(30), () -> Files.exists(shared.resolve("ready")));
            assertThat(caisson.run("state", "lodger").output()).contains("80/tcp");
            caisson.run(ask).output();
            Await.until("it was asked", Duration.ofSeconds(30), () -> Files.exists(shared.resolve("asked")));
            caisson.run("rm", "-f", "lodger").output();
            Files.delete(shared.resolve("ready"));
            Files.delete(shared.resolve("asked"));
        }
        assertThat(caisson.run("stop", "nobody").err()).contains("does not exist");
    }
}
