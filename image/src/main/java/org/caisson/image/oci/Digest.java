package org.caisson.image.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The name of content by its hash: {@code sha256:} or {@code sha512:} and lower-case hexadecimal digits, as {@code descriptor.md} of the OCI
 * image specification has it.
 *
 * @param algorithm which hash
 * @param hex the hash, in lower case
 */
public record Digest(Algorithm algorithm, String hex) implements Comparable<Digest> {
    /** The hashes that the specification registers. */
    public enum Algorithm {
        SHA256("sha256", "SHA-256", 64),
        SHA512("sha512", "SHA-512", 128);

        private final String prefix;
        private final String javaName;
        private final int digits;

        Algorithm(String prefix, String javaName, int digits) {
            this.prefix = prefix;
            this.javaName = javaName;
            this.digits = digits;
        }

        /** As it stands before the colon. */
        public String prefix() {
            return prefix;
        }

        /** A new computation of it. */
        public MessageDigest begin() {
            try {
                return MessageDigest.getInstance(javaName);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Reads a digest. */
    public static Digest parse(String text) throws ImageFormatException {
        for (Algorithm algorithm : Algorithm.values()) {
            String prefix = algorithm.prefix;
            if (text.startsWith(prefix) && text.length() > prefix.length() && text.charAt(prefix.length()) == ':') {
                String hex = text.substring(prefix.length() + 1);
                if (hex.length() != algorithm.digits || !isHex(hex)) {
                    throw new ImageFormatException("'" + Shown.of(text) + "' is no digest: after " + prefix + ": come "
                            + algorithm.digits + " digits 0-9 and a-f");
                }
                return new Digest(algorithm, hex);
            }
        }
        throw new ImageFormatException(
                "'" + Shown.of(text) + "' is no digest that is known: it begins with sha256: or sha512:");
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    /** The sha256 of bytes. */
    public static Digest of(byte[] content) {
        return finish(Algorithm.SHA256, Algorithm.SHA256.begin().digest(content));
    }

    /** The end of a computation. */
    public static Digest finish(Algorithm algorithm, MessageDigest computation) {
        return finish(algorithm, computation.digest());
    }

    private static Digest finish(Algorithm algorithm, byte[] hash) {
        return new Digest(algorithm, HexFormat.of().formatHex(hash));
    }

    /** Whether the bytes have this digest. */
    public boolean isOf(byte[] content) {
        return finish(algorithm, algorithm.begin().digest(content)).equals(this);
    }

    /** The first twelve digits, by which people know an image. */
    public String brief() {
        return hex.substring(0, 12);
    }

    /** As of any record, but written out: see {@link Reference#equals}. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Digest digest && algorithm == digest.algorithm && hex.equals(digest.hex);
    }

    @Override
    public int hashCode() {
        return hex.hashCode();
    }

    @Override
    public int compareTo(Digest other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return algorithm.prefix + ":" + hex;
    }
}
