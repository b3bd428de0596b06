package org.caisson.image.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents of strangers. */
class DocumentsTest {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);
    private static final String CONFIG =
            "{\"mediaType\": \"" + MediaType.OCI_CONFIG + "\", \"digest\": \"" + DIGEST + "\", \"size\": 2}";
    private static final String LAYER =
            "{\"mediaType\": \"" + MediaType.OCI_LAYER + "\", \"digest\": \"" + DIGEST + "\", \"size\": 3}";
    private static final String MANIFEST =
            "{\"schemaVersion\": 2, \"config\": " + CONFIG + ", \"layers\": [" + LAYER + ", " + LAYER + "]}";

    private static Manifest manifest(String text) throws ImageFormatException {
        return Manifest.parse(text.getBytes(StandardCharsets.UTF_8), MediaType.OCI_MANIFEST, "it");
    }

    @Test
    void manifestIsReadAndWrittenAgain() throws Exception {
        Manifest manifest = manifest(MANIFEST);
        assertThat(manifest.layers()).hasSize(2);
        assertThat(manifest.size()).isEqualTo(6);
        assertThat(manifest(new String(manifest.toJson(), StandardCharsets.UTF_8)))
                .isEqualTo(manifest);
    }

    static List<String> broken() {
        return List.of(
                "",
                "null",
                "[]",
                "{",
                MANIFEST + "{}",
                MANIFEST.substring(0, MANIFEST.length() - 1),
                MANIFEST.replace("\"schemaVersion\": 2", "\"schemaVersion\": 1"),
                MANIFEST.replace("\"schemaVersion\": 2", "\"schemaVersion\": 2, \"schemaVersion\": 2"),
                MANIFEST.replace("\"schemaVersion\": 2", "\"schemaVersion\": 2, \"manifests\": []"),
                MANIFEST.replace(
                        "\"schemaVersion\": 2", "\"schemaVersion\": 2, \"mediaType\": \"" + MediaType.OCI_INDEX + "\""),
                MANIFEST.replace(MediaType.OCI_CONFIG, "text/plain"),
                MANIFEST.replace(MediaType.OCI_LAYER, "text/plain"),
                MANIFEST.replace("\"size\": 3", "\"size\": -3"),
                MANIFEST.replace("\"size\": 3", "\"size\": 3.5"),
                MANIFEST.replace("\"size\": 3", "\"size\": \"3\""),
                MANIFEST.replace("\"size\": 3", "\"size\": 9223372036854775808"),
                MANIFEST.replace("\"size\": 2", "\"size\": 5000000"),
                MANIFEST.replace("0123", "012"),
                MANIFEST.replace("abcdef", "ABCDEF"),
                MANIFEST.replace("sha256:", "md5:"),
                MANIFEST.replace("sha256:", "sha256:../"),
                "{\"schemaVersion\": 2, \"config\": " + CONFIG + ", \"layers\": [" + (LAYER + ",").repeat(500) + LAYER
                        + "]}",
                "[".repeat(100_000),
                "{\"a\":".repeat(100_000));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void whatIsNoManifestIsRefused(String text) {
        assertThatThrownBy(() -> manifest(text)).isInstanceOf(ImageFormatException.class);
    }

    @Test
    void textThatWouldFillTheMemoryIsRefused() {
        String many = "{\"a\": [" + "[],".repeat(1_000_000) + "[]]}";
        assertThatThrownBy(() -> manifest(many)).isInstanceOf(ImageFormatException.class);
        assertThatThrownBy(() -> manifest(" ".repeat(Manifest.MOST_BYTES) + MANIFEST))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining("are not read");
    }

    @Test
    void whatIsWrongIsToldByItsPlace() {
        String second = LAYER.replace("\"size\": 3", "\"size\": null");
        assertThatThrownBy(() -> manifest(MANIFEST.replace(LAYER + "]", second + "]")))
                .hasMessage("it: layers[1]: size is missing");
    }

    @Test
    void changedTextIsReadOrRefusedButNothingElse() {
        Random random = new Random(1);
        byte[] text = MANIFEST.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = text.clone();
            for (int change = random.nextInt(1, 4); change > 0; change--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            try {
                Manifest.parse(changed, MediaType.OCI_MANIFEST, "it");
            } catch (ImageFormatException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    @Test
    void messagesHoldNothingThatUpsetsATerminal() {
        String text = MANIFEST.replace(MediaType.OCI_LAYER, "\\u001b[2Jx\\u202e");
        assertThatThrownBy(() -> manifest(text)).hasMessageNotContainingAny("\u001b", "\u202e");
    }

    @ParameterizedTest
    @CsvSource({
        "linux/amd64, linux/x86_64, true",
        "linux/amd64, linux/amd64/v3, false",
        "linux/amd64, linux/arm64, false",
        "linux/amd64, windows/amd64, false",
        "linux/arm64, linux/aarch64/v8, true",
        "linux/arm/v7, linux/arm/v6, true",
        "linux/arm/v6, linux/arm/v7, false",
        "linux/arm, linux/arm/v7, true"
    })
    void platformsSuit(String ours, String theirs, boolean suits) throws Exception {
        assertThat(Platform.parse(ours).suits(Platform.parse(theirs)) > 0).isEqualTo(suits);
    }

    @Test
    void aFeatureThatThereIsNotHereDoesNotSuit() {
        Platform host = Platform.host();
        assertThat(host.suits(host.with(Platform.EROFS))).isPositive();
        assertThat(host.suits(host.with("win32k"))).isZero();
    }

    @Test
    void bestOfAnIndexIsTaken() throws Exception {
        StringBuilder list = new StringBuilder();
        for (String variant : List.of("v5", "v7", "v6")) {
            list.append(list.isEmpty() ? "" : ",")
                    .append("{\"mediaType\": \"" + MediaType.OCI_MANIFEST + "\", \"digest\": \"" + DIGEST
                            + "\", \"size\": 1, \"platform\": {\"os\": \"linux\", \"architecture\": \"arm\", \"variant\": \""
                            + variant + "\"}}");
        }
        byte[] text = ("{\"schemaVersion\": 2, \"manifests\": [" + list + "]}").getBytes(StandardCharsets.UTF_8);
        Index index = Index.parse(text, MediaType.OCI_INDEX, "it");
        assertThat(index.select(Platform.parse("linux/arm/v7")))
                .isEqualTo(index.manifests().get(1));
        assertThat(index.select(Platform.parse("linux/arm/v6")))
                .isEqualTo(index.manifests().get(2));
        assertThat(index.select(Platform.parse("linux/amd64"))).isNull();
    }
}
