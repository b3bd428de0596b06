package org.caisson.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.JsonObject;
import org.jspecify.annotations.Nullable;

/** Signs in to one repository as the registry asks for it: by name and password, or by a token that another place gives for them. */
final class Tokens {
    private static final int MOST_BYTES = 1 << 20;

    private final HttpClient client;
    private final Endpoint endpoint;
    private final String scope;
    private final RegistryOptions options;
    private final @Nullable Credentials credentials;
    private final ReentrantLock lock = new ReentrantLock();

    /** The value of the {@code Authorization} header; null if none was asked for. Written under the lock. */
    private volatile @Nullable String header;

    Tokens(
            HttpClient client,
            Endpoint endpoint,
            String scope,
            RegistryOptions options,
            @Nullable Credentials credentials) {
        this.client = client;
        this.endpoint = endpoint;
        this.scope = scope;
        this.options = options;
        this.credentials = credentials;
    }

    @Nullable
    String header() {
        return header;
    }

    /** After an answer of 401 to a request with {@code refused}: whether there is something new to try. */
    boolean renew(HttpResponse<?> answer, @Nullable String refused) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            String present = header;
            if (present != null && !present.equals(refused)) {
                return true; // Another thread did it meanwhile.
            }
            for (String text : answer.headers().allValues("www-authenticate")) {
                Challenge challenge = Challenge.parse(text);
                String fresh = challenge == null ? null : answer(challenge);
                if (fresh != null) {
                    header = fresh;
                    return !fresh.equals(refused);
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable String answer(Challenge challenge) throws IOException, InterruptedException {
        Credentials known = credentials;
        if (challenge.scheme().equals("basic")) {
            return known == null || known.isToken() ? null : known.basic();
        }
        return challenge.scheme().equals("bearer") ? "Bearer " + token(challenge, known) : null;
    }

    private String token(Challenge challenge, @Nullable Credentials known) throws IOException, InterruptedException {
        URI realm = endpoint.sentTo(endpoint.base(), challenge.parameter("realm"), "wants a token from");
        HttpRequest.Builder request = HttpRequest.newBuilder().timeout(options.stall());
        String service = challenge.parameter("service");
        if (known != null && known.isToken()) {
            String form = "grant_type=refresh_token&client_id=caisson&service=" + encode(service) + "&scope="
                    + encode(scope) + "&refresh_token=" + encode(known.secret());
            request.uri(realm)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form));
        } else {
            String query = "scope=" + encode(scope) + (service.isEmpty() ? "" : "&service=" + encode(service));
            String separator = realm.getRawQuery() == null ? "?" : "&";
            request.uri(URI.create(realm + separator + query));
            if (known != null) {
                request.header("Authorization", known.basic());
            }
        }
        HttpResponse<InputStream> answer = Transport.send(client, request.build());
        try (InputStream body = new StallGuard(answer.body(), options.stall())) {
            if (answer.statusCode() != 200) {
                throw new RegistryException(
                        realm.getHost() + " gives no token for " + scope + ": status " + answer.statusCode()
                                + (known == null ? "" : " (signed in as " + known + ")"),
                        answer.statusCode());
            }
            JsonObject json =
                    JsonObject.parse(body.readNBytes(MOST_BYTES + 1), "token of " + realm.getHost(), MOST_BYTES);
            String token = json.has("token") ? json.requiredText("token") : json.requiredText("access_token");
            if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                throw new ImageException("the token of " + realm.getHost() + " is none");
            }
            return token;
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
