package org.caisson.image.registry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.caisson.image.oci.ImageException;
import org.jspecify.annotations.Nullable;

/**
 * What we show a registry that wants to know who we are: certificates {@code NAME.cert} with their keys {@code NAME.key}, in PEM, where
 * containers-certs.d(5) and Docker look for them. They are shown to this registry, and not to where it sends us.
 */
final class ClientCertificates {
    private static final int MOST_BYTES = 1 << 20;
    private static final String CERTIFICATE = ".cert";
    private static final String KEY = ".key";

    private static final Pattern PKCS_8 =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]*)-----END PRIVATE KEY-----");

    /** Those that keys of certificates are of. */
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    /** The store is in memory alone, but has to have one. */
    private static final char[] PASSWORD = {'-'};

    private final KeyStore store;

    private ClientCertificates(KeyStore store) {
        this.store = store;
    }

    /** All that there are in some directories, which need not exist. */
    static ClientCertificates in(List<Path> directories) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Path directory : directories) {
            try (DirectoryStream<Path> files =
                    Files.newDirectoryStream(directory, "*{" + CERTIFICATE + "," + KEY + "}")) {
                for (Path file : files) {
                    if (file.toString().endsWith(CERTIFICATE)) {
                        store.setKeyEntry(file.toString(), key(other(file, CERTIFICATE, KEY)), PASSWORD, chain(file));
                    } else {
                        other(file, KEY, CERTIFICATE);
                    }
                }
            } catch (NoSuchFileException | NotDirectoryException e) {
                // There are none for this registry.
            }
        }
        return new ClientCertificates(store);
    }

    /** The file that belongs to one. */
    private static Path other(Path file, String suffix, String others) throws ImageException {
        String name = file.toString();
        Path other = Path.of(name.substring(0, name.length() - suffix.length()) + others);
        if (!Files.exists(other)) {
            throw new ImageException(file + " is of no use without " + other + ": a certificate is shown with its key");
        }
        return other;
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(MOST_BYTES);
        }
    }

    private static Certificate[] chain(Path file) throws IOException, GeneralSecurityException {
        Certificate[] chain = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(read(file)))
                .toArray(Certificate[]::new);
        if (chain.length == 0) {
            throw new ImageException("there is no certificate in " + file + ": give PEM files");
        }
        return chain;
    }

    private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        Matcher found = PKCS_8.matcher(new String(read(file), StandardCharsets.ISO_8859_1));
        if (!found.find()) {
            throw new ImageException(
                    "there is no key in " + file
                            + " that can be read: it is to be PKCS #8 in PEM without a password, as openssl pkcs8 -topk8 -nodes makes it");
        }
        PKCS8EncodedKeySpec encoded =
                new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(found.group(1)));
        Iterator<String> algorithms = ALGORITHMS.iterator();
        while (true) {
            try {
                return KeyFactory.getInstance(algorithms.next()).generatePrivate(encoded);
            } catch (InvalidKeySpecException e) {
                if (!algorithms.hasNext()) {
                    throw new ImageException(
                            "the key in " + file + " is of none of the kinds " + String.join(", ", ALGORITHMS), e);
                }
            }
        }
    }

    boolean isEmpty() throws GeneralSecurityException {
        return store.size() == 0;
    }

    /** Who shows them to a registry of a name, which may have a port. */
    KeyManager[] managers(String host) throws GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, PASSWORD);
        return Arrays.stream(factory.getKeyManagers())
                .map(one -> one instanceof X509ExtendedKeyManager keys ? new ForHost(host, keys) : one)
                .toArray(KeyManager[]::new);
    }

    private static final class ForHost extends X509ExtendedKeyManager {
        private final String host;
        private final X509ExtendedKeyManager keys;

        ForHost(String host, X509ExtendedKeyManager keys) {
            this.host = host;
            this.keys = keys;
        }

        private boolean isFor(SSLEngine engine) {
            String peer = engine.getPeerHost();
            return host.equals(peer) || host.equals(peer + ":" + engine.getPeerPort());
        }

        @Override
        public @Nullable String chooseEngineClientAlias(
                String[] types, Principal @Nullable [] issuers, SSLEngine engine) {
            return isFor(engine) ? keys.chooseEngineClientAlias(types, issuers, engine) : null;
        }

        /** The JDK's HTTP client talks over engines. */
        @Override
        public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, Socket socket) {
            return null;
        }

        @Override
        public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
            return keys.getClientAliases(type, issuers);
        }

        @Override
        public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, Socket socket) {
            return null;
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            return keys.getCertificateChain(alias);
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return keys.getPrivateKey(alias);
        }
    }
}
