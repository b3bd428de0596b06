package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input costs one clear line and a status other than 0, and leaves nothing. */
class BadInputTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);
    private HostSnapshot before = new HostSnapshot(
            java.util.Set.of(), java.util.Set.of(), java.util.Set.of(), java.util.Set.of(), java.util.Set.of());

    @BeforeEach
    void useScratch() throws Exception {
        caisson = new Caisson(scratch);
        before = HostSnapshot.take();
    }

    private void nothingIsLeft(String of) throws Exception {
        // An orphan is gone when the host's first process has reaped it.
        Await.until(
                of + "nothing is left",
                Duration.ofSeconds(10),
                () -> HostSnapshot.take().equals(before));
        if (Files.exists(caisson.root())) {
            try (var entries = Files.list(caisson.root())) {
                assertThat(entries.filter(Files::isDirectory)
                                .filter(d -> !d.getFileName().toString().startsWith(".")))
                        .as(of)
                        .isEmpty();
            }
        }
    }

    private void refused(int status, String inMessage, String... arguments) throws Exception {
        refused(status, inMessage, caisson.run(arguments));
    }

    /** Each single case leaves nothing. */
    private void refused(int status, String inMessage, Caisson.Result result) throws Exception {
        assertThat(result.status()).as(result.err()).isEqualTo(status);
        assertThat(result.err().lines()).as(result.err()).hasSize(1);
        assertThat(result.err()).startsWith("caisson: ").contains(inMessage).doesNotContain("Exception");
        assertThat(result.out()).isEmpty();
        nothingIsLeft(result.err());
    }

    @Test
    void wrongOptions() throws Exception {
        refused(125, "--no-such-option", "do", "--no-such-option", "--", "true");
        refused(125, "lots", "do", "--memory", "lots", "--", "true");
        refused(125, "-1", "do", "--cpus", "-1", "--", "true");
        refused(125, "bridge", "do", "--network", "bridge", "--", "true");
        refused(125, "NOPE", "do", "--cap-add", "NOPE", "--", "true");
        refused(125, "no-such-verb", "no-such-verb");
        refused(125, "nofile", "do", "--ulimit", "nofile=x", "--", "true");
    }

    @Test
    void missingThings() throws Exception {
        refused(125, "no/such/dir", "run", "--rootfs", "/no/such/dir", "true");
        refused(
                125,
                "config.json",
                "run",
                "--bundle",
                Files.createDirectory(scratch.resolve("empty")).toString());
        refused(125, "/no/such/source", "do", "-v", "/no/such/source:/x", "--", "true");
        refused(125, "no-such-user", "do", "-u", "no-such-user", "--", "true");
        refused(125, "no-such-container", "exec", "no-such-container", "true");
    }

    @Test
    void wrongSpecIsNamedByItsJsonPath() throws Exception {
        var bundle = Files.createDirectories(scratch.resolve("bundle"));
        Files.createDirectory(bundle.resolve("rootfs"));
        var spec =
                "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\",\"args\":[\"true\"],"
                        + "\"user\":{\"uid\":0,\"gid\":0}},\"linux\":{\"resources\":{\"pids\":{\"limit\":1},\"memory\":{\"limit\":-7}}}}";
        Files.writeString(bundle.resolve("config.json"), spec);
        refused(125, "linux.resources.memory.limit", "run", "--bundle", bundle.toString());
        Files.writeString(bundle.resolve("config.json"), spec.replace("-7", "\"much\""));
        refused(125, "linux.resources.memory.limit", "run", "--bundle", bundle.toString());
        Files.writeString(bundle.resolve("config.json"), "{ not json");
        refused(125, "config.json", "run", "--bundle", bundle.toString());
    }

    @Test
    void missingAndPassiveCommands() throws Exception {
        refused(127, "no-such-program", "do", "--", "no-such-program");
        refused(127, "no-such-program", "do", "--name", "named", "--", "no-such-program");
        refused(126, "/etc/passwd", "do", "--", "/etc/passwd");
        refused(127, "no-such-program", "do", "-d", "--", "no-such-program");
    }

    @Test
    void unprivilegedUserIsToldWhatIsMissing() throws Exception {
        var command = new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        command.addAll(caisson.commandLine(List.of("do", "--", "true")));
        refused(125, "root", Caisson.host(scratch, command.toArray(String[]::new)));
    }

    @Test
    void hostWithoutFuseIsToldWhatIsMissing() throws Exception {
        var inner = "mount --bind /dev/null /dev/fuse && exec \"$@\"";
        var command = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", inner, "sh"));
        command.addAll(caisson.commandLine(List.of("do", "--", "true")));
        refused(125, "/dev/fuse", Caisson.host(scratch, command.toArray(String[]::new)));
    }
}
