package org.caisson.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.caisson.image.oci.ImageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a registry may send us on to. */
class EndpointTest {
    private static URI sent(String registry, String address) throws ImageException {
        Endpoint endpoint = Endpoint.of(registry, false);
        return endpoint.sentTo(endpoint.resolve("/v2/some/app/blobs/x"), address, "sends us on to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:1/x", "https://localhost/x", "http://[::1]:80/", "https://127.1.2.3/"})
    void registryElsewhereSendsNobodyToThisHost(String address) throws Exception {
        assertThatThrownBy(() -> sent("registry.example", address))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("this host");
        assertThat(sent("localhost:5000", address)).isEqualTo(URI.create(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://192.0.2.1/", "file:///etc/passwd", "ftp://registry.example/x", "https:///x"})
    void onlyTlsIsFollowed(String address) {
        assertThatThrownBy(() -> sent("registry.example", address))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("not protected by TLS");
    }

    @Test
    void whatIsNoAddressIsTold() {
        assertThatThrownBy(() -> sent("registry.example", "a b"))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("no address");
    }

    @Test
    void relativeAddressesAreOfTheRegistry() throws Exception {
        assertThat(sent("registry.example", "../uploads/1?a=b"))
                .isEqualTo(URI.create("https://registry.example/v2/some/app/uploads/1?a=b"));
    }
}
