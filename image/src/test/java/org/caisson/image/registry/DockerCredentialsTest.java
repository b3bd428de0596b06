package org.caisson.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.caisson.image.oci.ImageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as podman login and docker login leave them. */
class DockerCredentialsTest {
    @TempDir
    private Path directory;

    private DockerCredentials of(String text) throws Exception {
        return new DockerCredentials(Files.writeString(directory.resolve("auth.json"), text));
    }

    @Test
    void entryThatSaysMostOfTheRepositoryCounts() throws Exception {
        // a:b, c:d and e:f
        DockerCredentials found = of("""
                {"auths": {"r.example": {"auth": "YTpi"}, "r.example/team": {"auth": "Yzpk"},
                           "https://index.docker.io/v1/": {"auth": "ZTpm"}}}""");
        assertThat(found.find("r.example", "team/app")).isEqualTo(new Credentials("c", "d"));
        assertThat(found.find("r.example", "teams/app")).isEqualTo(new Credentials("a", "b"));
        assertThat(found.find("docker.io", "library/x")).isEqualTo(new Credentials("e", "f"));
        assertThat(found.find("other.example", "team/app")).isNull();
    }

    @Test
    void placesAreThoseOfPodmanAndOfDocker() throws Exception {
        Path podman = Files.createDirectories(directory.resolve("run/containers"));
        Path docker = Files.createDirectories(directory.resolve(".docker"));
        Files.writeString(podman.resolve("auth.json"), "{\"auths\": {\"p.example\": {\"auth\": \"YTpi\"}}}");
        Files.writeString(docker.resolve("config.json"), "{\"auths\": {\"d.example\": {\"auth\": \"Yzpk\"}}}");
        Map<String, String> environment =
                Map.of("XDG_RUNTIME_DIR", directory.resolve("run").toString());
        DockerCredentials found = DockerCredentials.ofUser(environment, directory);
        assertThat(found.find("p.example", "x")).isEqualTo(new Credentials("a", "b"));
        assertThat(found.find("d.example", "x")).isEqualTo(new Credentials("c", "d"));
        DockerCredentials only = DockerCredentials.ofUser(
                Map.of("REGISTRY_AUTH_FILE", docker.resolve("config.json").toString()), directory);
        assertThat(only.find("p.example", "x")).isNull();
    }

    @Test
    void helperIsAsked() throws Exception {
        Path asked = directory.resolve("asked");
        Path helper = Path.of("/usr/local/bin/docker-credential-caisson-test");
        Files.writeString(
                helper,
                "#!/bin/sh\ncat > " + asked + "\necho '{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"s3\"}'\n");
        Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
        try {
            DockerCredentials found = of("{\"credHelpers\": {\"r.example\": \"caisson-test\"}}");
            assertThat(found.find("r.example", "x")).isEqualTo(new Credentials("me", "s3"));
            assertThat(asked).hasContent("r.example");
            assertThat(found.find("other.example", "x")).isNull();
            DockerCredentials store = of("{\"credsStore\": \"caisson-test\"}");
            assertThat(store.find("docker.io", "x")).isEqualTo(new Credentials("me", "s3"));
            assertThat(asked).hasContent("https://index.docker.io/v1/");
        } finally {
            Files.delete(helper);
        }
        assertThatThrownBy(() -> of("{\"credsStore\": \"../sh\"}").find("r.example", "x"))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("no name of a credential helper");
        assertThatThrownBy(() -> of("{\"credsStore\": \"caisson-none\"}").find("r.example", "x"))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("docker-credential-caisson-none");
    }
}
