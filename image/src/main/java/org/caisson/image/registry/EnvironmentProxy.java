package org.caisson.image.registry;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.caisson.image.oci.ImageException;
import org.jspecify.annotations.Nullable;

/**
 * The proxy that the environment names, as curl(1), Docker and Podman read it: {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, or
 * the same in lower case. This host is never reached by a proxy.
 */
final class EnvironmentProxy extends ProxySelector {
    private static final int DEFAULT_PORT = 80;

    private final @Nullable URI secure;
    private final @Nullable URI plain;
    private final List<String> exceptions = new ArrayList<>();

    private EnvironmentProxy(@Nullable URI secure, @Nullable URI plain, String exceptions) {
        this.secure = secure;
        this.plain = plain;
        for (String one : exceptions.split("[,\\s]+", -1)) {
            if (!one.isEmpty()) {
                this.exceptions.add(one.toLowerCase(Locale.ROOT));
            }
        }
    }

    /** Null if the environment names none. */
    static @Nullable EnvironmentProxy of(Map<String, String> environment) throws ImageException {
        URI secure = proxy(environment, "HTTPS_PROXY");
        URI plain = proxy(environment, "HTTP_PROXY");
        return secure == null && plain == null
                ? null
                : new EnvironmentProxy(secure, plain, value(environment, "NO_PROXY"));
    }

    private static String value(Map<String, String> environment, String name) {
        String value = environment.get(name);
        value = value == null || value.isEmpty() ? environment.get(name.toLowerCase(Locale.ROOT)) : value;
        return value == null ? "" : value.strip();
    }

    private static @Nullable URI proxy(Map<String, String> environment, String name) throws ImageException {
        String text = value(environment, name);
        if (text.isEmpty()) {
            return null;
        }
        try {
            URI uri = URI.create(text.contains("://") ? text : "http://" + text);
            if (uri.getHost() != null && "http".equals(uri.getScheme())) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        // The value may have a password in it.
        throw new ImageException("the environment's " + name + " is no proxy that can be used: give http://HOST:PORT");
    }

    /** Whether a proxy wants a name and a password. */
    boolean signsIn() {
        return (secure != null && secure.getRawUserInfo() != null) || (plain != null && plain.getRawUserInfo() != null);
    }

    /** Answers proxies alone. */
    Authenticator authenticator() {
        return new Authenticator() {
            @Override
            protected @Nullable PasswordAuthentication getPasswordAuthentication() {
                if (getRequestorType() != RequestorType.PROXY) {
                    return null;
                }
                for (URI proxy : new @Nullable URI[] {secure, plain}) {
                    if (proxy != null
                            && proxy.getRawUserInfo() != null
                            && proxy.getHost().equals(getRequestingHost())) {
                        String[] parts = proxy.getRawUserInfo().split(":", 2);
                        String password = parts.length < 2 ? "" : parts[1];
                        return new PasswordAuthentication(
                                decode(parts[0]), decode(password).toCharArray());
                    }
                }
                return null;
            }
        };
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public List<Proxy> select(URI uri) {
        URI proxy = "https".equals(uri.getScheme()) ? secure : plain;
        String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
        if (proxy == null || Endpoint.isThisHost(host) || isException(host, uri.getPort())) {
            return List.of(Proxy.NO_PROXY);
        }
        int port = proxy.getPort() < 0 ? DEFAULT_PORT : proxy.getPort();
        return List.of(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.getHost(), port)));
    }

    private boolean isException(String host, int port) {
        for (String exception : exceptions) {
            String name = exception;
            int colon = name.lastIndexOf(':');
            if (colon > 0 && name.indexOf(':') == colon) {
                if (!name.substring(colon + 1).equals(Integer.toString(port))) {
                    continue;
                }
                name = name.substring(0, colon);
            }
            name = name.startsWith("*.") ? name.substring(1) : name;
            boolean beneath = name.startsWith(".") ? host.endsWith(name) : host.endsWith("." + name);
            if (name.equals("*") || host.equals(name) || beneath || AddressRange.holds(name, host)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // The request fails, which is told.
    }
}
