package org.caisson.image.oci;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image as people write it, with what they leave out: {@code debian} is {@code docker.io/library/debian:latest}.
 *
 * @param registry host and perhaps port
 * @param repository the path in the registry
 * @param tag null if there is only a digest
 * @param digest of the manifest or index; null if none is given
 */
public record Reference(
        String registry,
        String repository,
        @Nullable String tag,
        @Nullable Digest digest) {
    /** The registry of a name that has none. */
    public static final String DEFAULT_REGISTRY = "docker.io";

    private static final String OFFICIAL = "library/";
    private static final String LATEST = "latest";
    private static final int MOST_NAME = 255;
    private static final Pattern HOST = Pattern.compile(
            "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62})(?:\\.[a-zA-Z0-9][a-zA-Z0-9-]{0,62})*|\\[[0-9a-fA-F:]{2,45}])(?::[0-9]{1,5})?");
    private static final Pattern PATH =
            Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

    /** As of any record, but written out: what is made for records is linked at the first call, which takes milliseconds of a command's start. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Reference reference
                && registry.equals(reference.registry)
                && repository.equals(reference.repository)
                && Objects.equals(tag, reference.tag)
                && Objects.equals(digest, reference.digest);
    }

    @Override
    public int hashCode() {
        return Objects.hash(registry, repository, tag, digest);
    }

    /** Reads {@code [HOST[:PORT]/]PATH[:TAG][@DIGEST]}. */
    public static Reference parse(String text) throws ImageFormatException {
        if (text.length() > 2 * MOST_NAME + 256) {
            throw invalid(text, "it is too long");
        }
        Digest digest = null;
        String rest = text;
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Digest.parse(rest.substring(at + 1));
            rest = rest.substring(0, at);
        }
        String tag = null;
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = rest.substring(colon + 1);
            rest = rest.substring(0, colon);
            if (!TAG.matcher(tag).matches()) {
                throw invalid(
                        text,
                        "a tag has up to 128 letters, digits, '_', '.' and '-', and begins with none of the last two");
            }
        }
        String registry = DEFAULT_REGISTRY;
        String repository = rest;
        int slash = rest.indexOf('/');
        if (slash > 0 && isHost(rest.substring(0, slash))) {
            registry = rest.substring(0, slash);
            repository = rest.substring(slash + 1);
            if (!HOST.matcher(registry).matches()) {
                throw invalid(text, "'" + Shown.of(registry) + "' is no host");
            }
            if (registry.equals("index.docker.io") || registry.equals("registry-1.docker.io")) {
                registry = DEFAULT_REGISTRY;
            }
        }
        if (repository.length() > MOST_NAME || !PATH.matcher(repository).matches()) {
            throw invalid(
                    text,
                    "give [HOST/]NAME[:TAG][@DIGEST], the name of small letters and digits with '.', '_' and '-' between them");
        }
        if (registry.equals(DEFAULT_REGISTRY) && repository.indexOf('/') < 0) {
            repository = OFFICIAL + repository;
        }
        return new Reference(registry, repository, tag == null && digest == null ? LATEST : tag, digest);
    }

    private static ImageFormatException invalid(String text, String why) {
        return new ImageFormatException("'" + Shown.of(text) + "' is no name of an image: " + why);
    }

    private static boolean isHost(String first) {
        return first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || first.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
    }

    /** What a registry is asked for: the digest if there is one, else the tag. */
    public String tagOrDigest() {
        return digest != null ? digest.toString() : String.valueOf(tag);
    }

    /** The same repository with a digest alone. */
    public Reference withDigest(Digest other) {
        return new Reference(registry, repository, null, other);
    }

    /** As people write it. */
    public String familiar() {
        String path = repository;
        if (registry.equals(DEFAULT_REGISTRY)) {
            path = path.startsWith(OFFICIAL) && path.indexOf('/', OFFICIAL.length()) < 0
                    ? path.substring(OFFICIAL.length())
                    : path;
        } else {
            path = registry + "/" + path;
        }
        return path + suffix();
    }

    private String suffix() {
        return (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
    }

    /** The whole name. */
    @Override
    public String toString() {
        return registry + "/" + repository + suffix();
    }
}
