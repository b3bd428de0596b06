package org.caisson.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Intake;
import org.caisson.image.store.Host;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.PlainTar;
import org.caisson.image.store.TestImages;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real registry behind TLS of a private authority, and behind a proxy. */
class TransportTest {
    @TempDir
    private Path directory;

    private Certificates certificates;
    private Path layout;

    @BeforeEach
    void make() throws Exception {
        certificates = Certificates.make(directory, "IP:127.0.0.1,DNS:registry.example");
        layout = TestImages.layout(directory, 1, 1000, 5);
    }

    private static int port(DebianRegistry registry) {
        return Integer.parseInt(registry.host().substring("127.0.0.1:".length()));
    }

    private void fill(DebianRegistry registry) throws Exception {
        Host.run(
                directory,
                "skopeo",
                "copy",
                "--dest-tls-verify=false",
                "oci:" + layout + ":test",
                "docker://" + registry.host() + "/some/app:v1");
    }

    private void pull(String host, RegistryOptions options) throws IOException {
        ImageStore store = ImageStore.open(directory.resolve("store"), new PlainTar());
        Reference name = Reference.parse(host + "/some/app:v1");
        try (Registry registry = Registry.forPull(name, options, new DockerCredentials(Path.of("/nonexistent")))) {
            new Intake(store, Platform.host(), ImageProgress.SILENT).take(registry.source(), name);
        }
        assertThat(store.images()).hasSize(1);
    }

    @Test
    void certificateOfAPrivateAuthorityIsBelievedIfItIsGiven() throws Exception {
        Certificates strangers = Certificates.make(directory, "IP:127.0.0.1");
        Certificates elsewhere = Certificates.make(directory, "DNS:other.example");
        RegistryOptions once = new RegistryOptions(
                RegistryOptions.DEFAULT.connect(),
                RegistryOptions.DEFAULT.stall(),
                1,
                java.time.Duration.ZERO,
                Map.of());
        try (DebianRegistry registry = DebianRegistry.secure(directory, certificates)) {
            fill(registry);
            assertThatThrownBy(() -> pull(registry.host(), once.withTls(strangers.authority(), true)))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining(registry.host());
            pull(registry.host(), once.withTls(certificates.authority(), true));
            pull(registry.host(), once.withTls(strangers.authority(), false));
        }
        try (DebianRegistry registry = DebianRegistry.secure(directory, elsewhere)) {
            assertThatThrownBy(() -> pull(registry.host(), once.withTls(elsewhere.authority(), true)))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("127.0.0.1");
        }
    }

    @Test
    void certificateOfTheDirectoryOfARegistryIsShownToIt() throws Exception {
        Certificates strangers = Certificates.make(directory, "IP:127.0.0.1");
        RegistryOptions options = RegistryOptions.DEFAULT.withTls(certificates.authority(), true);
        try (DebianRegistry registry = DebianRegistry.ofMembers(directory, certificates)) {
            Path place = Path.of("/etc/containers/certs.d").resolve(registry.host());
            Files.createDirectories(place);
            try {
                assertThatThrownBy(() -> pull(registry.host(), options)).isInstanceOf(ImageException.class);
                show(strangers, place);
                assertThatThrownBy(() -> pull(registry.host(), options)).isInstanceOf(ImageException.class);
                show(certificates, place);
                fill(registry);
                pull(registry.host(), options);
                Files.delete(place.resolve("client.key"));
                assertThatThrownBy(() -> pull(registry.host(), options))
                        .isInstanceOf(ImageException.class)
                        .hasMessageContaining("client.key");
                Files.writeString(place.resolve("client.key"), "-----BEGIN RSA PRIVATE KEY-----");
                assertThatThrownBy(() -> pull(registry.host(), options))
                        .isInstanceOf(ImageException.class)
                        .hasMessageContaining("PKCS #8");
            } finally {
                Host.run(directory, "rm", "-r", place.toString());
            }
        }
    }

    private static void show(Certificates shown, Path place) throws IOException {
        Files.copy(
                shown.certificate(), place.resolve("client.cert"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Files.copy(shown.key(), place.resolve("client.key"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void whatIsNoCertificateIsTold() {
        Path nothing = directory.resolve("nothing.crt");
        assertThatThrownBy(() -> pull("127.0.0.1:1", RegistryOptions.DEFAULT.withTls(nothing, true)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(nothing.toString());
    }

    @Test
    void proxyOfTheEnvironmentLeadsToTheRegistry() throws Exception {
        try (DebianRegistry registry = DebianRegistry.secure(directory, certificates);
                ConnectProxy proxy = new ConnectProxy(port(registry), "Basic bWU6YTpi")) {
            fill(registry);
            String name = "registry.example:5000/some/app:v1";
            Map<String, String> environment = Map.of(
                    "HTTPS_PROXY", "http://me:a%3Ab@127.0.0.1:" + proxy.port(), "NO_PROXY", "other.example,10.0.0.0/8");
            Process pull =
                    Puller.start(directory, environment, directory.resolve("store"), name, certificates.authority());
            assertThat(pull.waitFor())
                    .as(Files.readString(directory.resolve("puller.log")))
                    .isZero();
            assertThat(proxy.requests).isNotEmpty().allMatch(one -> one.startsWith("CONNECT registry.example:5000 "));
        }
    }

    @Test
    void twoProcessesThatPullOneImageFetchItOnce() throws Exception {
        try (ScriptedRegistry registry = new ScriptedRegistry(layout)) {
            Path store = directory.resolve("store");
            Process one = Puller.start(directory, Map.of(), store, registry.name(), null);
            Process other = Puller.start(directory, Map.of(), store, registry.name(), null);
            assertThat(one.waitFor()).isZero();
            assertThat(other.waitFor()).isZero();
            ImageStore opened = ImageStore.open(store, new PlainTar());
            var image = opened.images().getFirst();
            assertThat(opened.verify(image, ImageProgress.SILENT)).isEmpty();
            for (var layer : image.manifest().layers()) {
                assertThat(registry.requestsOfBlob(layer.digest().toString())).isOne();
            }
        }
    }
}
