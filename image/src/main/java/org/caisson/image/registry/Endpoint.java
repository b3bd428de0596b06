package org.caisson.image.registry;

import java.net.URI;
import java.util.Locale;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Reference;
import org.caisson.image.oci.Shown;

/** Where a registry is reached: {@code https} always, but for this host itself unless there are certificates for it. */
record Endpoint(String host, URI base) {
    private static final String DOCKER_HUB = "registry-1.docker.io";
    private static final int GREATEST_PORT = 65535;

    /** {@code certified} is whether somebody gave certificates for it. */
    static Endpoint of(String registry, boolean certified) throws ImageException {
        String host = registry.equals(Reference.DEFAULT_REGISTRY) ? DOCKER_HUB : registry;
        try {
            URI base = URI.create((!certified && isThisHost(hostName(host)) ? "http://" : "https://") + host);
            if (base.getHost() != null
                    && base.getRawUserInfo() == null
                    && base.getRawPath().isEmpty()
                    && base.getRawQuery() == null
                    && base.getPort() <= GREATEST_PORT) {
                return new Endpoint(host, base);
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new ImageException("'" + Shown.of(registry) + "' is no host of a registry: give HOST or HOST:PORT");
    }

    private static String hostName(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        return colon > hostAndPort.lastIndexOf(']') ? hostAndPort.substring(0, colon) : hostAndPort;
    }

    static boolean isThisHost(String name) {
        String plain = name.toLowerCase(Locale.ROOT);
        return plain.equals("localhost")
                || plain.equals("[::1]")
                || plain.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }

    URI resolve(String path) {
        return base.resolve(path);
    }

    /** Whether an address is this registry itself, with which its secrets may be shared. */
    boolean isAt(URI uri) {
        return base.getScheme().equals(uri.getScheme())
                && base.getHost().equalsIgnoreCase(String.valueOf(uri.getHost()))
                && port(base) == port(uri);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
    }

    /**
     * An address that the registry sends us to: never from TLS to plain text, plain text on this host alone, and this host only if the
     * registry is here, as one elsewhere must not have us knock at doors of this host.
     *
     * @param from what the address may be relative to
     * @param why begins the message of a refusal, which goes on with the place
     */
    URI sentTo(URI from, String address, String why) throws ImageException {
        URI uri;
        try {
            uri = from.resolve(address);
        } catch (IllegalArgumentException e) {
            throw new ImageException(host + " " + why + " what is no address", e);
        }
        String scheme = uri.getScheme();
        String name = uri.getHost();
        if (name == null || !("https".equals(scheme) || ("http".equals(scheme) && isThisHost(name)))) {
            throw new ImageException(host + " " + why + " " + scheme + "://" + uri.getAuthority()
                    + ", which is not protected by TLS; it is not followed");
        }
        if (isThisHost(name) && !isThisHost(String.valueOf(base.getHost()))) {
            throw new ImageException(host + " " + why + " this host, " + name + "; it is not followed");
        }
        return uri;
    }
}
