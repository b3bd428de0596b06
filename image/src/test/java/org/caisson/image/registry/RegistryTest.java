package org.caisson.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Intake;
import org.caisson.image.store.Host;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.PlainTar;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.TestImages;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real registry, filled and looked into by skopeo. */
class RegistryTest {
    @TempDir
    private Path directory;

    private ImageStore store;
    private Path layout;

    @BeforeEach
    void make() throws Exception {
        store = ImageStore.open(directory.resolve("store"), new PlainTar());
        layout = TestImages.layout(directory, 3, 200_000, 11);
    }

    private DockerCredentials nobody() {
        return new DockerCredentials(directory.resolve("none.json"));
    }

    private StoredImage pull(String name, RegistryOptions options, DockerCredentials credentials) throws IOException {
        Reference reference = Reference.parse(name);
        try (Registry registry = Registry.forPull(reference, options, credentials)) {
            return new Intake(store, Platform.host(), ImageProgress.SILENT).take(registry.source(), reference);
        }
    }

    private void fill(String host, String... more) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("skopeo", "copy", "--dest-tls-verify=false"));
        command.addAll(List.of(more));
        command.addAll(List.of("oci:" + layout + ":test", "docker://" + host + "/some/app:v1"));
        Host.run(directory, command.toArray(String[]::new));
    }

    private String digestBySkopeo(String image) throws Exception {
        return Host.run(directory, "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", image)
                .strip();
    }

    @Test
    void pullsByTagAndByDigest() throws Exception {
        try (DebianRegistry registry = DebianRegistry.start(directory, "")) {
            fill(registry.host());
            String name = registry.host() + "/some/app";
            StoredImage image = pull(name + ":v1", RegistryOptions.DEFAULT, nobody());
            assertThat(image.descriptor().digest().toString()).isEqualTo(digestBySkopeo("docker://" + name + ":v1"));
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
            StoredImage same = pull(name + "@" + image.descriptor().digest(), RegistryOptions.DEFAULT, nobody());
            assertThat(same.descriptor()).isEqualTo(image.descriptor());
            assertThatThrownBy(() -> pull(name + ":v2", RegistryOptions.DEFAULT, nobody()))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("status 404");
        }
    }

    @Test
    void pullsImagesOfDocker() throws Exception {
        try (DebianRegistry registry = DebianRegistry.start(directory, "")) {
            fill(registry.host(), "--format", "v2s2");
            StoredImage image = pull(registry.host() + "/some/app:v1", RegistryOptions.DEFAULT, nobody());
            assertThat(image.descriptor().mediaType()).contains("docker");
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        }
    }

    @Test
    void pushesAndThePushedHasTheSameDigest() throws Exception {
        try (DebianRegistry registry = DebianRegistry.start(directory, "")) {
            fill(registry.host());
            StoredImage image = pull(registry.host() + "/some/app:v1", RegistryOptions.DEFAULT, nobody());
            Reference target = Reference.parse(registry.host() + "/other/app:v2");
            new Push(store, image, target, ImageProgress.SILENT).run(RegistryOptions.DEFAULT, nobody());
            assertThat(digestBySkopeo("docker://" + target))
                    .isEqualTo(image.descriptor().digest().toString());
            Host.run(directory, "skopeo", "copy", "--src-tls-verify=false", "docker://" + target, "oci:back:x");
            Host.run(directory, "umoci", "unpack", "--image", "back:x", "bundle");
            assertThat(Files.size(directory.resolve("bundle/rootfs/layer1/file1")))
                    .isEqualTo(200_000);
        }
    }

    @Test
    void signsInWithWhatDockerLoginLeft() throws Exception {
        // htpasswd of "somebody" and "open sesame"
        String hash = Host.run(
                        directory,
                        "python3",
                        "-W",
                        "ignore",
                        "-c",
                        "import crypt; print(crypt.crypt('open sesame', crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))")
                .strip();
        Path users =
                Files.writeString(directory.resolve("htpasswd"), "somebody:" + hash.replace("$2b$", "$2y$") + "\n");
        String more = "auth: {htpasswd: {realm: test, path: " + users + "}}\n";
        try (DebianRegistry registry = DebianRegistry.start(directory, more)) {
            fill(registry.host(), "--dest-creds", "somebody:open sesame");
            String name = registry.host() + "/some/app:v1";
            assertThatThrownBy(() -> pull(name, RegistryOptions.DEFAULT, nobody()))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("status 401")
                    .hasMessageContaining("docker login");
            String secret = Base64.getEncoder().encodeToString("somebody:open sesame".getBytes(StandardCharsets.UTF_8));
            Path config = Files.writeString(
                    directory.resolve("config.json"),
                    "{\"auths\": {\"http://" + registry.host() + "/v2/\": {\"auth\": \"" + secret + "\"}}}");
            StoredImage image = pull(name, RegistryOptions.DEFAULT, new DockerCredentials(config));
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        }
    }

    @Test
    void mirrorIsAskedFirstAndTheRegistryWhenItFails() throws Exception {
        try (DebianRegistry registry = DebianRegistry.start(directory, "")) {
            fill(registry.host());
            RegistryOptions options = RegistryOptions.DEFAULT.withMirrors(
                    Map.of("registry.invalid", List.of("127.0.0.1:1", registry.host())));
            options = new RegistryOptions(
                    options.connect(), options.stall(), 2, java.time.Duration.ofMillis(1), options.mirrors());
            StoredImage image = pull("registry.invalid/some/app:v1", options, nobody());
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
            assertThat(image.name().familiar()).isEqualTo("registry.invalid/some/app:v1");
        }
    }
}
