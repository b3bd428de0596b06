package org.caisson.image.registry;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.Reference;
import org.jspecify.annotations.Nullable;

/** What {@code docker login} left in {@code config.json}, itself or with the help of a program ({@code docker-credential-NAME}). */
public final class DockerCredentials {
    private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";
    private static final int MOST_BYTES = 1 << 20;
    private static final int HELPER_SECONDS = 30;

    private final Path file;

    /** {@code file} need not exist. */
    public DockerCredentials(Path file) {
        this.file = file;
    }

    /** Where Docker keeps it: in {@code $DOCKER_CONFIG}, or {@code ~/.docker}. */
    public static DockerCredentials ofUser() {
        String directory = System.getenv("DOCKER_CONFIG");
        Path home = Path.of(System.getProperty("user.home", "/root"));
        return new DockerCredentials(
                (directory == null || directory.isEmpty() ? home.resolve(".docker") : Path.of(directory))
                        .resolve("config.json"));
    }

    /** For a registry; null if there are none. */
    public @Nullable Credentials find(String registry) throws IOException {
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
        return all == null ? null : stored(all, registry, key);
    }

    private @Nullable Credentials stored(JsonObject all, String registry, String key) throws IOException {
        for (String name : all.names()) {
            if (name.equals(key) || host(name).equals(registry)) {
                JsonObject entry = all.requiredObject(name);
                String token = entry.textOrEmpty("identitytoken");
                if (!token.isEmpty()) {
                    return new Credentials("", token);
                }
                String encoded = entry.textOrEmpty("auth");
                return encoded.isEmpty() ? null : decode(encoded);
            }
        }
        return null;
    }

    private static String host(String key) {
        String rest = key.replaceFirst("^https?://", "");
        int slash = rest.indexOf('/');
        return slash < 0 ? rest : rest.substring(0, slash);
    }

    private Credentials decode(String encoded) throws ImageException {
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

    private static @Nullable Credentials ask(String helper, String key) throws IOException {
        if (!helper.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            throw new ImageException("'" + helper + "' is no name of a credential helper");
        }
        String program = "docker-credential-" + helper;
        Process process = new ProcessBuilder(program, "get")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
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
