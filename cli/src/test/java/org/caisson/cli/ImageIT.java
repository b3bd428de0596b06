package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code caisson image} as people use it, with skopeo as the judge of what comes out. */
class ImageIT {
    @TempDir
    private Path directory;

    private Caisson caisson;

    @BeforeEach
    void makeRoot() throws Exception {
        caisson = Caisson.withOwnState();
        Path etc = Files.createDirectories(directory.resolve("root/etc"));
        Files.writeString(etc.resolve("hostname"), "box\n");
    }

    @AfterEach
    void close() throws Exception {
        caisson.close();
    }

    private Caisson.Result image(String verb, String... args) throws Exception {
        // The launcher gives these commands memory by their first word.
        List<String> command =
                new java.util.ArrayList<>(List.of(Caisson.program().toString(), "image", verb));
        command.addAll(List.of("--store", directory.resolve("store").toString()));
        command.addAll(List.of(args));
        return Caisson.finish(new ProcessBuilder(command), "");
    }

    private String good(String verb, String... args) throws Exception {
        Caisson.Result result = image(verb, args);
        assertThat(result.errors()).isEmpty();
        assertThat(result.status()).isZero();
        return result.output();
    }

    private String skopeo(String... args) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("skopeo"));
        command.addAll(List.of(args));
        Caisson.Result result = Caisson.finish(new ProcessBuilder(command), "");
        assertThat(result.status()).as(result.errors()).isZero();
        return result.output().strip();
    }

    @Test
    void imageGoesInIsShownAndComesOut() throws Exception {
        String imported = good("import", directory.resolve("root").toString(), "made/here:v1");
        assertThat(imported).matches("made/here:v1 sha256:[0-9a-f]{64}\n");
        String digest = imported.strip().split(" ", -1)[1];
        assertThat(good("ls")).startsWith("NAME ").contains("made/here:v1 ").contains("linux/");
        assertThat(good("ls", "-q")).isEqualTo("made/here:v1\n");
        assertThat(good("ls", "--format", "json"))
                .startsWith("[{\"name\":\"made/here:v1\"")
                .contains(digest);
        assertThat(good("inspect", "made/here:v1")).contains("digest ").contains(digest);
        assertThat(good("inspect", "-f", "json", digest.substring(7, 15))).contains("\"diffIds\":[\"sha256:");
        assertThat(good("history", "made/here:v1")).contains("imported from a directory");
        assertThat(good("verify")).contains("made/here:v1   good");

        Path layout = directory.resolve("out");
        good("export", "made/here:v1", layout.toString());
        assertThat(skopeo("inspect", "--format", "{{.Digest}}", "oci:" + layout + ":v1"))
                .isEqualTo(digest);
        Path archive = directory.resolve("out.tar");
        good("export", "made/here:v1", archive.toString());
        assertThat(skopeo("inspect", "--format", "{{.Digest}}", "oci-archive:" + archive))
                .isEqualTo(digest);
        assertThat(good("import", archive.toString())).isEqualTo(imported);

        assertThat(good("rm", "made/here:v1")).startsWith("removed made/here:v1\nfreed ");
        assertThat(good("ls", "-q")).isEmpty();
        assertThat(good("prune")).isEqualTo("freed 0 B in 0 files\n");
    }

    @Test
    void damageIsFound() throws Exception {
        good("import", directory.resolve("root").toString(), "made/here");
        try (var blobs = Files.walk(directory.resolve("store/blobs"))) {
            for (Path blob : blobs.filter(Files::isRegularFile).toList()) {
                byte[] content = Files.readAllBytes(blob);
                if (content[0] == 0x1f) { // the layer, as gzip begins
                    content[content.length - 1] ^= 1;
                    Files.write(blob, content);
                }
            }
        }
        Caisson.Result result = image("verify");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.output()).contains("has other content");
    }

    @Test
    void failuresAreToldInOneSentence() throws Exception {
        Caisson.Result missing = image("inspect", "nothing");
        assertThat(missing.status()).isEqualTo(125);
        assertThat(missing.errors()).startsWith("caisson: no image nothing in ").hasLineCount(1);
        assertThat(image("import", directory.resolve("none").toString()).errors())
                .isEqualTo("caisson: cannot import " + directory.resolve("none") + ": no such file or directory\n");
        assertThat(image("import", directory.resolve("root").toString()).errors())
                .endsWith(": give a name\n");
        assertThat(image("pull", "No").errors()).startsWith("caisson: 'No' is no name of an image: ");
        assertThat(image("pull", "127.0.0.1:1/a").errors())
                .startsWith("caisson: cannot read the manifest of 127.0.0.1:1/a:latest: ");
        assertThat(image("frobnicate").errors()).contains("unknown command 'image frobnicate'");
    }
}
