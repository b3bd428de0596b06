package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers of images whose data come when they are read, from a registry that skopeo filled with zstd:chunked layers. */
class LazyRunIT {
    @TempDir
    private Path directory;

    private Caisson caisson;
    private Process registry;
    private int port;
    private final byte[] big = new byte[3_000_000];

    @BeforeEach
    void make() throws Exception {
        caisson = Caisson.withOwnState();
        Path bin = Files.createDirectories(directory.resolve("root/bin"));
        Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        Files.createSymbolicLink(bin.resolve("sh"), Path.of("busybox"));
        new Random(8).nextBytes(big);
        Files.write(directory.resolve("root/big"), big);
        Files.writeString(directory.resolve("root/file"), "text\n");
        registry = startRegistry();
        good("import", directory.resolve("root").toString(), "made/here:v1");
        good("export", "made/here:v1", directory.resolve("layout").toString());
        good("rm", "made/here:v1");
        command(
                "skopeo",
                "copy",
                "--dest-tls-verify=false",
                "--dest-compress-format",
                "zstd:chunked",
                "oci:" + directory.resolve("layout") + ":v1",
                "docker://" + name());
    }

    @AfterEach
    void close() throws Exception {
        registry.destroyForcibly().waitFor();
        caisson.close();
    }

    private Process startRegistry() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = Files.writeString(
                directory.resolve("registry.yml"),
                "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: "
                        + directory.resolve("registry") + "}}\nhttp: {addr: \"127.0.0.1:" + port + "\"}\n");
        Process process = new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("registry.log").toFile())
                .start();
        caisson.await("the registry listens", () -> {
            try (Socket connection = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return connection.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
        return process;
    }

    private String name() {
        return "127.0.0.1:" + port + "/some/app:v1";
    }

    private Caisson.Result command(String... words) throws Exception {
        Caisson.Result result = Caisson.finish(new ProcessBuilder(words), "");
        assertThat(result.status()).as(result.errors()).isZero();
        return result;
    }

    private String good(String verb, String... args) throws Exception {
        List<String> words = new ArrayList<>(List.of(Caisson.program().toString(), "image", verb));
        words.addAll(List.of("--store", directory.resolve("store").toString()));
        words.addAll(List.of(args));
        return command(words.toArray(String[]::new)).output();
    }

    private String[] run(String... args) {
        List<String> words = new ArrayList<>(
                List.of("run", "--store", directory.resolve("store").toString()));
        words.addAll(List.of(args));
        return words.toArray(String[]::new);
    }

    private String digestOfBig() throws Exception {
        byte[] hash = java.security.MessageDigest.getInstance("SHA-256").digest(big);
        return java.util.HexFormat.of().formatHex(hash);
    }

    private void runsWell() throws Exception {
        Caisson.Result result = caisson.run(run(
                name(),
                "sh",
                "-c",
                "/bin/busybox cat /file; echo new > /file; /bin/busybox cat /file; /bin/busybox sha256sum /big;"
                        + " /bin/busybox stat -c %u:%a /bin/busybox"));
        assertThat(result.errors()).isEmpty();
        assertThat(result.output()).isEqualTo("text\nnew\n" + digestOfBig() + "  /big\n0:755\n");
        assertThat(result.status()).isZero();
    }

    @Test
    void containerRunsBeforeItsDataAreThere() throws Exception {
        assertThat(good("pull", "--lazy", name())).startsWith(name() + " sha256:");
        assertThat(good("ls")).contains(" 0%\n");
        runsWell();
        assertThat(good("ls")).doesNotContain(" 0%\n");
        good("pull", name());
        assertThat(good("ls")).contains(" 100%\n");
        assertThat(good("verify")).contains("good");
        runsWell();
    }

    @Test
    void lostRegistryEndsWhatWaitsForIt() throws Exception {
        good("pull", "--lazy", name());
        registry.destroyForcibly().waitFor();
        Caisson.Result result = caisson.run(run("--fetch-timeout", "1", name(), "sh", "-c", "echo never"));
        assertThat(result.status()).isNotZero();
        assertThat(result.output()).isEmpty();
        assertThat(result.errors()).contains("layer ").contains("127.0.0.1:" + port);
    }

    @Test
    void keeperThatIsKilledLeavesTheStoreAsItShouldBe() throws Exception {
        good("pull", "--lazy", name());
        Process keeper =
                caisson.start(run("--name", "lazy", name(), "sh", "-c", "echo begun; /bin/busybox sleep 1000"));
        try (var said = keeper.inputReader(StandardCharsets.UTF_8)) {
            assertThat(said.readLine()).isEqualTo("begun");
        } finally {
            keeper.destroyForcibly().waitFor();
        }
        caisson.await("the container has ended", () -> {
            caisson.run("rm", "-f", "lazy");
            return caisson.run("list", "-q").output().isEmpty();
        });
        good("prune");
        runsWell();
        good("pull", name());
        assertThat(good("verify")).contains("good");
    }
}
