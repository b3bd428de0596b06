package org.caisson.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.caisson.image.oci.ImageException;
import org.jspecify.annotations.Nullable;

/**
 * How one registry is reached: by which proxy, and whose certificates are believed. Besides those of the system these are the ones of the
 * options and, for this registry alone, what lies where containers-certs.d(5) and Docker look: {@code /etc/containers/certs.d/HOST/*.crt} and
 * {@code /etc/docker/certs.d/HOST/*.crt}; and so do the certificates that we show ({@link ClientCertificates}).
 */
final class Transport {
    private static final List<Path> DIRECTORIES =
            List.of(Path.of("/etc/containers/certs.d"), Path.of("/etc/docker/certs.d"));
    private static final int MOST_BYTES = 1 << 20;

    private Transport() {}

    /** Whether certificates were given for a registry. */
    static boolean isCertified(String host, RegistryOptions options) {
        return options.authority() != null
                || DIRECTORIES.stream().anyMatch(one -> Files.isDirectory(one.resolve(host)));
    }

    /** A client for a registry and where it sends us. */
    static HttpClient client(String host, RegistryOptions options) throws IOException {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .connectTimeout(options.connect())
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1);
        EnvironmentProxy proxy = EnvironmentProxy.of(System.getenv());
        if (proxy != null) {
            builder.proxy(proxy);
            if (proxy.signsIn()) {
                // The JDK does not sign in to proxies by name and password unless told so.
                System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
                builder.authenticator(proxy.authenticator());
            }
        }
        SSLContext context = context(host, options);
        if (context != null) {
            builder.sslContext(context);
        }
        return builder.build();
    }

    /**
     * Sends a request and returns the head of the answer.
     *
     * @throws IOException also if what comes is no HTTP, which the JDK's client may tell by exceptions that are not checked
     */
    static HttpResponse<InputStream> send(HttpClient client, HttpRequest request)
            throws IOException, InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IllegalArgumentException e) {
            throw new IOException("the answer is no HTTP: " + e.getMessage(), e);
        }
    }

    /** Null if the system's own does. */
    private static @Nullable SSLContext context(String host, RegistryOptions options) throws IOException {
        List<X509TrustManager> believed = new ArrayList<>();
        List<Certificate> further = new ArrayList<>();
        Path authority = options.authority();
        if (authority != null) {
            further.addAll(certificates(authority));
        }
        List<Path> directories =
                DIRECTORIES.stream().map(one -> one.resolve(host)).toList();
        for (Path directory : directories) {
            further.addAll(certificatesIn(directory));
        }
        try {
            ClientCertificates ours = ClientCertificates.in(directories);
            if (options.verify() && further.isEmpty() && ours.isEmpty()) {
                return null;
            }
            TrustManager trust;
            if (options.verify()) {
                believed.add(manager(null));
                believed.add(manager(store(further)));
                trust = new AnyOf(believed);
            } else {
                trust = new Everybody();
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(ours.managers(host), new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new ImageException("cannot prepare TLS for " + host + ": " + e.getMessage(), e);
        }
    }

    private static List<Certificate> certificatesIn(Path directory) throws IOException {
        List<Certificate> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.crt")) {
            for (Path file : files) {
                all.addAll(certificates(file));
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // There are none for this host.
        }
        return all;
    }

    private static List<Certificate> certificates(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] text = in.readNBytes(MOST_BYTES);
            List<Certificate> all = List.copyOf(CertificateFactory.getInstance("X.509")
                    .generateCertificates(new java.io.ByteArrayInputStream(text)));
            if (all.isEmpty()) {
                throw new ImageException("there is no certificate in " + file + ": give PEM files");
            }
            return all;
        } catch (NoSuchFileException e) {
            throw new ImageException("there is no file " + file + " with certificates", e);
        } catch (CertificateException e) {
            throw new ImageException("the certificates in " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static KeyStore store(List<Certificate> certificates) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < certificates.size(); i++) {
            store.setCertificateEntry("ca" + i, certificates.get(i));
        }
        return store;
    }

    private static X509TrustManager manager(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509TrustManager.class::isInstance)
                .map(X509TrustManager.class::cast)
                .findFirst()
                .orElseThrow();
    }

    /** Believes what one of several believes. Names are compared by these: the JDK's are of the extended kind. */
    private static final class AnyOf extends X509ExtendedTrustManager {
        private final List<X509ExtendedTrustManager> all = new ArrayList<>();

        AnyOf(List<X509TrustManager> managers) {
            managers.forEach(one -> all.add((X509ExtendedTrustManager) one));
        }

        private interface Check {
            void by(X509ExtendedTrustManager manager) throws CertificateException;
        }

        private void check(Check check) throws CertificateException {
            CertificateException failure = new CertificateException("nobody to believe");
            for (X509ExtendedTrustManager one : all) {
                try {
                    check.by(one);
                    return;
                } catch (CertificateException e) {
                    failure = e;
                }
            }
            throw failure;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(one -> one.checkServerTrusted(chain, type, engine));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(one -> one.checkServerTrusted(chain, type, socket));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(one -> one.checkServerTrusted(chain, type));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("we are no server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("we are no server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("we are no server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Believes everybody, as the user wants it. */
    private static final class Everybody extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
