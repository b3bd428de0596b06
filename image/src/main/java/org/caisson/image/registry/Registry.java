package org.caisson.image.registry;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.MediaType;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.ImageSource;
import org.caisson.image.source.NoRangesException;
import org.jspecify.annotations.Nullable;

/** One repository of a registry, with the mirrors that are asked before it. */
public final class Registry implements Closeable {
    private static final String ACCEPT = String.join(
            ", ", MediaType.OCI_INDEX, MediaType.OCI_MANIFEST, MediaType.DOCKER_LIST, MediaType.DOCKER_MANIFEST);

    private final Reference reference;
    private final List<HttpClient> clients;
    private final List<Exchange> exchanges;

    private Registry(Reference reference, List<HttpClient> clients, List<Exchange> exchanges) {
        this.reference = reference;
        this.clients = clients;
        this.exchanges = exchanges;
    }

    /** For what is to be read. */
    public static Registry forPull(Reference reference, RegistryOptions options, DockerCredentials credentials)
            throws IOException {
        List<String> hosts = new ArrayList<>(options.mirrors().getOrDefault(reference.registry(), List.of()));
        hosts.add(reference.registry());
        return open(reference, options, credentials, hosts, "pull");
    }

    static Registry forPush(Reference reference, RegistryOptions options, DockerCredentials credentials)
            throws IOException {
        return open(reference, options, credentials, List.of(reference.registry()), "pull,push");
    }

    private static Registry open(
            Reference reference,
            RegistryOptions options,
            DockerCredentials credentials,
            List<String> hosts,
            String actions)
            throws IOException {
        // One each, for what one registry's certificate is signed with says nothing of another.
        List<HttpClient> clients = new ArrayList<>();
        List<Exchange> exchanges = new ArrayList<>();
        String scope = "repository:" + reference.repository() + ":" + actions;
        for (String host : hosts) {
            Endpoint endpoint = Endpoint.of(host, Transport.isCertified(host, options));
            HttpClient client = Transport.client(host, options);
            clients.add(client);
            Tokens tokens =
                    new Tokens(client, endpoint, scope, options, credentials.find(host, reference.repository()));
            exchanges.add(new Exchange(client, endpoint, tokens, options));
        }
        return new Registry(reference, clients, exchanges);
    }

    /** What can be pulled. */
    public ImageSource source() {
        return new RegistrySource(this, reference);
    }

    /** The registry itself, not a mirror. */
    Exchange itself() {
        return exchanges.getLast();
    }

    String path(String rest) {
        return "/v2/" + reference.repository() + rest;
    }

    /** A manifest or index by its tag or digest, at the first place that has it. */
    Document document(String tagOrDigest, @Nullable Descriptor expected) throws IOException {
        IOException failure = null;
        for (Exchange exchange : exchanges) {
            try {
                return document(exchange, tagOrDigest, expected);
            } catch (java.io.InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                failure = e;
            }
        }
        throw Objects.requireNonNull(failure);
    }

    /** What was answered, and what it is. */
    static final class Document {
        final Descriptor descriptor;
        final byte[] content;

        Document(Descriptor descriptor, byte[] content) {
            this.descriptor = descriptor;
            this.content = content;
        }
    }

    private Document document(Exchange exchange, String tagOrDigest, @Nullable Descriptor expected) throws IOException {
        String what = "read the manifest of " + reference.familiar();
        Exchange.Request request = Exchange.Request.get(exchange.endpoint().resolve(path("/manifests/" + tagOrDigest)))
                .with("Accept", ACCEPT);
        for (int attempt = 1; ; attempt++) {
            HttpResponse<InputStream> answer = exchange.send(request, what);
            if (answer.statusCode() != 200) {
                throw exchange.refused(answer, what);
            }
            try (InputStream body =
                    new StallGuard(answer.body(), exchange.options().stall())) {
                byte[] content = body.readNBytes(Manifest.MOST_BYTES + 1);
                return checked(answer, content, tagOrDigest, expected);
            } catch (ImageFormatException e) {
                throw e;
            } catch (IOException e) {
                if (attempt >= exchange.options().attempts()) {
                    throw exchange.failure(what, e);
                }
                exchange.pause(attempt, java.time.Duration.ZERO);
            }
        }
    }

    private Document checked(HttpResponse<?> answer, byte[] content, String tagOrDigest, @Nullable Descriptor expected)
            throws ImageFormatException {
        String name = "manifest of " + reference.familiar();
        if (content.length > Manifest.MOST_BYTES) {
            throw new ImageFormatException(name + " is longer than " + Manifest.MOST_BYTES + " bytes");
        }
        Digest digest = tagOrDigest.indexOf(':') >= 0 ? Digest.parse(tagOrDigest) : Digest.of(content);
        if (!digest.isOf(content)) {
            throw new ImageFormatException(name + ": the registry sent another content than that of " + digest);
        }
        String type = answer.headers().firstValue("content-type").orElse("");
        int semicolon = type.indexOf(';');
        type = (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
        if (expected != null && !expected.mediaType().isEmpty()) {
            type = expected.mediaType();
        } else if (!MediaType.isIndex(type) && !MediaType.isManifest(type)) {
            type = Manifest.typeOf(content, name);
        }
        if (expected != null && expected.size() != content.length) {
            throw new ImageFormatException(name + " has " + content.length + " bytes, not " + expected.size());
        }
        return new Document(new Descriptor(type, digest, content.length), content);
    }

    /** A part of a blob from the first place that has it. */
    byte[] range(Descriptor blob, long start, int length) throws IOException {
        String what = "read a part of " + blob.digest().brief() + " of " + reference.familiar();
        IOException failure = null;
        for (Exchange exchange : exchanges) {
            try {
                Exchange.Request request = Exchange.Request.get(
                                exchange.endpoint().resolve(path("/blobs/" + blob.digest())))
                        .with("Range", "bytes=" + start + "-" + (start + length - 1));
                return part(exchange, exchange.send(request, what), what, start, length);
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                failure = e;
            }
        }
        throw Objects.requireNonNull(failure);
    }

    private static byte[] part(Exchange exchange, HttpResponse<InputStream> answer, String what, long start, int length)
            throws IOException {
        if (answer.statusCode() == 200) {
            answer.body().close();
            throw new NoRangesException(
                    "cannot " + what + ": " + exchange.endpoint().host() + " gives only whole blobs");
        }
        if (answer.statusCode() != 206) {
            throw exchange.refused(answer, what);
        }
        try (InputStream in = new StallGuard(answer.body(), exchange.options().stall())) {
            String range = answer.headers().firstValue("content-range").orElse("");
            byte[] bytes = in.readNBytes(length);
            if (!range.startsWith("bytes " + start + "-") || bytes.length != length) {
                throw new ImageFormatException(
                        "cannot " + what + ": " + exchange.endpoint().host() + " sent another part");
            }
            return bytes;
        } catch (ImageFormatException e) {
            throw e;
        } catch (IOException e) {
            throw exchange.failure(what, e);
        }
    }

    /** A blob from the first place that has it, from a byte on that it has. */
    InputStream blob(Descriptor blob, long from) throws IOException {
        IOException failure = null;
        for (Exchange exchange : exchanges) {
            try {
                Exchange.Request request =
                        Exchange.Request.get(exchange.endpoint().resolve(path("/blobs/" + blob.digest())));
                return new ResumingBody(
                        exchange, request, blob, "read " + blob.digest().brief() + " of " + reference.familiar(), from);
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                failure = e;
            }
        }
        throw Objects.requireNonNull(failure);
    }

    /** What is still going on is broken off. */
    @Override
    public void close() {
        clients.forEach(HttpClient::shutdownNow);
    }
}
