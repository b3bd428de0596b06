package org.caisson.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which proxy is used for what, by the rules that curl and Go have. */
class EnvironmentProxyTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://a.example/ | | proxy.example:3128",
                "http://a.example/ | | direct",
                "https://a.example/ | a.example | direct",
                "https://b.a.example/ | a.example | direct",
                "https://ba.example/ | a.example | proxy.example:3128",
                "https://a.example/ | .a.example | proxy.example:3128",
                "https://b.a.example/ | x, *.a.example | direct",
                "https://a.example:5000/ | a.example:5000 | direct",
                "https://a.example:5001/ | a.example:5000 | proxy.example:3128",
                "https://10.1.2.3/ | 10.0.0.0/8 | direct",
                "https://11.1.2.3/ | 10.0.0.0/8 | proxy.example:3128",
                "https://10.1.2.3/ | 10.0.0.0/99 | proxy.example:3128",
                "https://a.example/ | * | direct",
                "https://127.0.0.1:5000/ | | direct",
                "https://localhost/ | | direct",
            })
    void proxyIsThatOfTheEnvironment(String uri, String exceptions, String expected) throws Exception {
        EnvironmentProxy proxy = Objects.requireNonNull(EnvironmentProxy.of(
                Map.of("https_proxy", "proxy.example:3128", "NO_PROXY", exceptions == null ? "" : exceptions)));
        Proxy chosen = proxy.select(URI.create(uri)).getFirst();
        if (expected.equals("direct")) {
            assertThat(chosen).isEqualTo(Proxy.NO_PROXY);
        } else {
            assertThat(chosen.address()).asString().startsWith(expected.replace(":", "/<unresolved>:"));
        }
    }

    @Test
    void noneIsUsedWithoutAny() throws Exception {
        assertThat(EnvironmentProxy.of(Map.of("NO_PROXY", "*"))).isNull();
    }

    @Test
    void passwordIsNotTold() {
        assertThatThrownBy(() -> EnvironmentProxy.of(Map.of("HTTPS_PROXY", "socks5://me:secret@proxy.example")))
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageNotContaining("secret");
    }
}
