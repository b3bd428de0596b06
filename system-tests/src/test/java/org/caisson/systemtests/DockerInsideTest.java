package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Debian's Docker, started by systemd in a container without privilege, with containers of its own. */
@Timeout(900)
class DockerInsideTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** A root of one static program, as an image for the inner Docker. */
    private static final String MAKE_IMAGE = """
            mkdir -p /img/bin && cp /bin/busybox /img/bin/
            for name in sh cat echo id ip ping sleep; do ln -sf busybox /img/bin/$name; done
            tar -C /img -c . | docker import - inner >/dev/null
            """;

    @TempDir
    Path scratch = Path.of("");

    @Test
    void dockerRunsAndBuildsContainers() throws Exception {
        var caisson = new Caisson(scratch);
        var debian = DebianRoot.with(scratch, "docker", "docker.io", "iptables", "busybox-static");
        var running = caisson.start(
                List.of(
                        "run",
                        "--rm",
                        "--name",
                        "outer",
                        "--rootfs",
                        debian.copy().toString(),
                        "/sbin/init"),
                Map.of());
        try {
            Await.until("Docker serves", PATIENCE, () -> {
                assertThat(running.process().isAlive()).as(running.err()).isTrue();
                return caisson.run("exec", "outer", "docker", "version").status() == 0;
            });
            inside(caisson, MAKE_IMAGE);
            worksAsEverywhere(caisson);
        } finally {
            caisson.run("rm", "-f", "outer");
            Caisson.finish(running);
            debian.remove();
        }
        assertThat(caisson.run("ps", "-aq").output()).isEmpty();
    }

    private static String inside(Caisson caisson, String script) throws Exception {
        return caisson.run("exec", "outer", "sh", "-ec", script).output();
    }

    private static void worksAsEverywhere(Caisson caisson) throws Exception {
        assertThat(inside(caisson, "systemctl is-system-running --wait")).isEqualTo("running\n");
        assertThat(inside(caisson, "docker info --format '{{.Driver}}'")).isEqualTo("overlay2\n");
        assertThat(inside(caisson, "docker run --rm inner id -u")).isEqualTo("0\n");
        assertThat(inside(caisson, "docker run --rm inner ping -c 1 172.17.0.1"))
                .contains("1 packets received");
        assertThat(inside(
                        caisson,
                        "docker run --rm --memory 64m inner cat /sys/fs/cgroup/memory/memory.limit_in_bytes"
                                + " || docker run --rm --memory 64m inner cat /sys/fs/cgroup/memory.max"))
                .isEqualTo("67108864\n");
        assertThat(inside(caisson, """
                printf 'FROM inner\\nRUN echo made > /made\\nCMD cat /made\\n' > /img/Dockerfile
                docker build -q -t built /img >/dev/null
                docker run --rm built
                """)).isEqualTo("made\n");
        assertThat(inside(caisson, """
                docker run -d --name long inner sleep 1000 >/dev/null
                docker exec long echo beside
                docker rm -f long
                """)).isEqualTo("beside\nlong\n");
        // What the inner containers see of the outer one's memory is emulated, too.
        assertThat(inside(caisson, "docker run --rm inner cat /proc/uptime")).matches("\\d+\\.\\d\\d \\d+\\.\\d\\d\n");
    }
}
