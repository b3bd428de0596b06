package org.caisson.image.registry;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.Reference;
import org.jspecify.annotations.Nullable;

/**
 * What {@code podman login} and {@code docker login} left in their files, themselves or with the help of a program ({@code
 * docker-credential-NAME}): containers-auth.json(5), {@code config.json}.
 */
public final class DockerCredentials {
    private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";
    private static final int MOST_BYTES = 1 << 20;
    private static final int HELPER_SECONDS = 30;

    private final List<Path> files;

    /** The first of files that knows a registry counts; none need exist. */
    public DockerCredentials(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /** {@code file} need not exist. */
    public DockerCredentials(Path file) {
        this(List.of(file));
    }

    /**
     * Where they are kept: {@code $REGISTRY_AUTH_FILE} alone if it is set; else where Podman and then where Docker has them, {@code
     * $DOCKER_CONFIG} before all if that is set.
     */
    public static DockerCredentials ofUser() {
        return ofUser(System.getenv(), Path.of(System.getProperty("user.home", "/root")));
    }

    static DockerCredentials ofUser(Map<String, String> environment, Path home) {
        String only = environment.getOrDefault("REGISTRY_AUTH_FILE", "");
        if (!only.isEmpty()) {
            return new DockerCredentials(Path.of(only));
        }
        List<Path> files = new ArrayList<>();
        String docker = environment.getOrDefault("DOCKER_CONFIG", "");
        if (!docker.isEmpty()) {
            files.add(Path.of(docker).resolve("config.json"));
        }
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        files.add(Path.of(runtime.isEmpty() ? "/run/containers/0" : runtime + "/containers")
                .resolve("auth.json"));
        String config = environment.getOrDefault("XDG_CONFIG_HOME", "");
        files.add((config.isEmpty() ? home.resolve(".config") : Path.of(config)).resolve("containers/auth.json"));
        files.add(home.resolve(".docker/config.json"));
        return new DockerCredentials(files);
    }

    /** For a repository of a registry; null if there are none. */
    public @Nullable Credentials find(String registry, String repository) throws IOException {
        for (Path file : files) {
            Credentials found = find(file, registry, repository);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable Credentials find(Path file, String registry, String repository) throws IOException {
        byte[] text;
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new ImageException(file + " is longer than " + MOST_BYTES + " bytes");
            }
            text = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        JsonObject config = JsonObject.parse(text, file.toString(), MOST_BYTES);
        String key = registry.equals(Reference.DEFAULT_REGISTRY) ? DOCKER_HUB_KEY : registry;
        JsonObject helpers = config.object("credHelpers");
        String helper = helpers == null ? null : helpers.text(registry);
        helper = helper == null ? config.text("credsStore") : helper;
        if (helper != null && !helper.isEmpty()) {
            Credentials found = ask(helper, key);
            if (found != null) {
                return found;
            }
        }
        JsonObject all = config.object("auths");
        return all == null ? null : stored(file, all, registry, repository, key);
    }

    private static @Nullable Credentials stored(
            Path file, JsonObject all, String registry, String repository, String key) throws IOException {
        String best = null;
        int closest = 0;
        for (String name : all.names()) {
            int close = name.equals(key) ? 1 : closeness(name, registry, repository);
            if (close > closest) {
                best = name;
                closest = close;
            }
        }
        if (best == null) {
            return null;
        }
        JsonObject entry = all.requiredObject(best);
        String token = entry.textOrEmpty("identitytoken");
        if (!token.isEmpty()) {
            return new Credentials("", token);
        }
        String encoded = entry.textOrEmpty("auth");
        return encoded.isEmpty() ? null : decode(file, encoded);
    }

    /** How closely an entry's name says what is meant; 0 if it means something else. One with a scheme means a registry in any case. */
    private static int closeness(String name, String registry, String repository) {
        String rest = name.replaceFirst("^https?://", "");
        int slash = rest.indexOf('/');
        if (slash < 0 || rest.length() < name.length()) {
            return (slash < 0 ? rest : rest.substring(0, slash)).equals(registry) ? 1 : 0;
        }
        String path = rest.substring(slash + 1);
        boolean within =
                path.isEmpty() || repository.equals(path) || repository.startsWith(path + "/") || isVersion(path);
        return rest.substring(0, slash).equals(registry) && within ? 1 + (isVersion(path) ? 0 : path.length()) : 0;
    }

    /** What Docker appends to the names of registries. */
    private static boolean isVersion(String path) {
        return path.matches("v[12]/?");
    }

    private static Credentials decode(Path file, String encoded) throws ImageException {
        try {
            String text = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            if (colon > 0) {
                return new Credentials(text.substring(0, colon), text.substring(colon + 1));
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new ImageException(file + ": the entry of a registry is not base64 of NAME:PASSWORD");
    }

    private static Process start(String program) throws ImageException {
        try {
            return new ProcessBuilder(program, "get")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new ImageException(
                    "cannot start " + program + ", which keeps the passwords of registries: " + e.getMessage()
                            + "; install it, or take it out of the file of docker login",
                    e);
        }
    }

    private static @Nullable Credentials ask(String helper, String key) throws IOException {
        if (!helper.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            throw new ImageException("'" + helper + "' is no name of a credential helper");
        }
        String program = "docker-credential-" + helper;
        Process process = start(program);
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(key.getBytes(StandardCharsets.UTF_8));
            }
            process.onExit().orTimeout(HELPER_SECONDS, TimeUnit.SECONDS).exceptionally(late -> {
                process.destroyForcibly();
                return process;
            });
            byte[] answer = process.getInputStream().readNBytes(MOST_BYTES);
            if (process.waitFor() != 0) {
                return null;
            }
            JsonObject json = JsonObject.parse(answer, "answer of " + program, MOST_BYTES);
            String user = json.textOrEmpty("Username");
            return new Credentials(user.equals("<token>") ? "" : user, json.requiredText("Secret"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted");
        } finally {
            process.destroyForcibly();
        }
    }
}
