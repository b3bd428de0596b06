package org.caisson.image.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    @ParameterizedTest
    @CsvSource({
        "debian, docker.io/library/debian:latest, debian:latest",
        "debian:12, docker.io/library/debian:12, debian:12",
        "docker.io/debian, docker.io/library/debian:latest, debian:latest",
        "index.docker.io/library/debian, docker.io/library/debian:latest, debian:latest",
        "somebody/app:v1.0_x-y, docker.io/somebody/app:v1.0_x-y, somebody/app:v1.0_x-y",
        "localhost/app, localhost/app:latest, localhost/app:latest",
        "localhost:5000/a/b/c:t, localhost:5000/a/b/c:t, localhost:5000/a/b/c:t",
        "host.example.org/app, host.example.org/app:latest, host.example.org/app:latest",
        "host.example.org:443/app:1, host.example.org:443/app:1, host.example.org:443/app:1",
        "[::1]:5000/app, [::1]:5000/app:latest, [::1]:5000/app:latest",
        "127.0.0.1:1/a__b-c--d.e, 127.0.0.1:1/a__b-c--d.e:latest, 127.0.0.1:1/a__b-c--d.e:latest"
    })
    void namesAreCompleted(String given, String whole, String familiar) throws Exception {
        Reference reference = Reference.parse(given);
        assertThat(reference.toString()).isEqualTo(whole);
        assertThat(reference.familiar()).isEqualTo(familiar);
        assertThat(Reference.parse(whole)).isEqualTo(reference);
        assertThat(Reference.parse(familiar)).isEqualTo(reference);
    }

    @Test
    void digestTakesThePlaceOfTheTag() throws Exception {
        Reference plain = Reference.parse("debian@" + DIGEST);
        assertThat(plain.tag()).isNull();
        assertThat(plain.tagOrDigest()).isEqualTo(DIGEST);
        Reference both = Reference.parse("debian:12@" + DIGEST);
        assertThat(both.tag()).isEqualTo("12");
        assertThat(both.tagOrDigest()).isEqualTo(DIGEST);
        assertThat(both.familiar()).isEqualTo("debian:12@" + DIGEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "/",
                "Debian",
                "debian:",
                "debian:-x",
                "debian:.x",
                "a//b",
                "/debian",
                "debian/",
                "a..b",
                "-a",
                "a-",
                "debian@sha256:12",
                "debian@md5:d41d8cd98f00b204e9800998ecf8427e",
                "host.example.org/",
                "a b",
                "a\nb",
                "../etc",
                "host.example.org/../x",
                "a/./b",
                "ex_ample.org:5000/a",
                "http://host/a",
                "host:port/a",
                "debian:a/b:c"
            })
    void whatIsNoNameIsRefused(String given) {
        assertThatThrownBy(() -> Reference.parse(given)).isInstanceOf(ImageFormatException.class);
    }

    @Test
    void longNamesAreRefusedAtOnce() {
        assertThatThrownBy(() -> Reference.parse("a".repeat(256))).isInstanceOf(ImageFormatException.class);
        assertThatThrownBy(() -> Reference.parse("a-".repeat(1_000_000))).isInstanceOf(ImageFormatException.class);
        assertThatThrownBy(() -> Reference.parse("a:" + "t".repeat(129))).isInstanceOf(ImageFormatException.class);
    }
}
