package org.caisson.image.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * How to sign in.
 *
 * @param user a name; empty if {@code secret} is an identity token
 * @param secret a password or token
 */
public record Credentials(String user, String secret) {
    boolean isToken() {
        return user.isEmpty();
    }

    String basic() {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(StandardCharsets.UTF_8));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return isToken() ? "an identity token" : user;
    }
}
