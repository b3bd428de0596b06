package org.caisson.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.Shown;
import org.jspecify.annotations.Nullable;

/** Requests to one repository, made until they are answered: signed in, sent on, tried again. */
final class Exchange {
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_ERROR_BYTES = 64 * 1024;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final HttpClient client;
    private final Endpoint endpoint;
    private final Tokens tokens;
    private final RegistryOptions options;

    Exchange(HttpClient client, Endpoint endpoint, Tokens tokens, RegistryOptions options) {
        this.client = client;
        this.endpoint = endpoint;
        this.tokens = tokens;
        this.options = options;
    }

    /**
     * A request: what is asked, of what, how, and with what content.
     *
     * @param progress how much of a content was sent that may take long; null for one that is short
     */
    record Request(
            String method,
            URI uri,
            Map<String, String> headers,
            Supplier<BodyPublisher> body,
            @Nullable LongSupplier progress) {
        static Request get(URI uri) {
            return empty("GET", uri);
        }

        static Request empty(String method, URI uri) {
            return new Request(method, uri, Map.of(), BodyPublishers::noBody, null);
        }

        boolean isLong() {
            return progress != null;
        }

        long sent() {
            return progress == null ? 0 : progress.getAsLong();
        }

        Request with(String name, String value) {
            Map<String, String> all = new LinkedHashMap<>(headers);
            all.put(name, value);
            return new Request(method, uri, all, body, progress);
        }
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** An answer, whatever its status. Its body must be closed. */
    HttpResponse<InputStream> once(Request request) throws IOException {
        try {
            return signedIn(request);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** An answer that no second attempt could make better; {@code what} is what it is for, in messages. */
    HttpResponse<InputStream> send(Request request, String what) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<InputStream> answer = once(request);
                if (!RegistryException.isTemporary(answer.statusCode()) || attempt >= options.attempts()) {
                    return answer;
                }
                Duration wanted = retryAfter(answer);
                answer.body().close();
                pause(attempt, wanted);
            } catch (ImageException | InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                if (attempt >= options.attempts()) {
                    throw failure(what, e);
                }
                pause(attempt, Duration.ZERO);
            }
        }
    }

    /** What to tell of a failure to reach the registry. */
    ImageException failure(String what, IOException e) {
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (e instanceof java.net.ConnectException && e.getMessage() == null) {
            why = "no connection";
        }
        return new ImageException(
                "cannot " + what + ": " + endpoint.host() + ": " + why + "; " + options.attempts()
                        + " attempts were made",
                e);
    }

    private static Duration retryAfter(HttpResponse<?> answer) {
        String text = answer.headers().firstValue("retry-after").orElse("");
        return text.matches("[0-9]{1,6}") ? Duration.ofSeconds(Long.parseLong(text)) : Duration.ZERO;
    }

    /** Waits before the next attempt: twice as long each time, give or take a quarter, so that clients do not come back all at once. */
    void pause(int attempt, Duration wanted) throws InterruptedIOException {
        long base = options.firstPause().toMillis() << Math.min(attempt - 1, 10);
        long millis = base * 3 / 4 + ThreadLocalRandom.current().nextLong(base / 2 + 1);
        millis = Math.min(Math.max(millis, wanted.toMillis()), LONGEST_PAUSE.toMillis());
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private HttpResponse<InputStream> signedIn(Request request) throws IOException, InterruptedException {
        String used = tokens.header();
        HttpResponse<InputStream> answer = redirected(request, used);
        // Whom the registry sends us to is not told who we are, whatever it asks.
        if (answer.statusCode() == 401 && endpoint.isAt(answer.uri()) && tokens.renew(answer, used)) {
            answer.body().close();
            return redirected(request, tokens.header());
        }
        return answer;
    }

    private HttpResponse<InputStream> redirected(Request request, @Nullable String authorization)
            throws IOException, InterruptedException {
        URI at = request.uri();
        boolean trusted = endpoint.isAt(at);
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpRequest.Builder builder = HttpRequest.newBuilder(at);
            builder.method(request.method(), request.body().get());
            if (!request.isLong()) {
                builder.timeout(options.stall());
            }
            request.headers().forEach(builder::header);
            if (trusted && authorization != null) {
                builder.header("Authorization", authorization);
            }
            HttpResponse<InputStream> answer =
                    request.isLong() ? patiently(builder.build(), request) : Transport.send(client, builder.build());
            String location = answer.headers().firstValue("location").orElse("");
            if (!isRedirect(answer.statusCode()) || location.isEmpty()) {
                return answer;
            }
            answer.body().close();
            at = endpoint.sentTo(at, location, "sends us on to");
            trusted &= endpoint.isAt(at);
        }
        throw new ImageException(
                endpoint.host() + " sent us from one place to another more than " + MOST_REDIRECTS + " times");
    }

    /** For a request that may take as long as it likes, if only something of it is sent now and then, and it is answered then. */
    private HttpResponse<InputStream> patiently(HttpRequest built, Request request)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<InputStream>> answer =
                client.sendAsync(built, HttpResponse.BodyHandlers.ofInputStream());
        try {
            long before = -1;
            for (long sent = request.sent(); sent != before; sent = request.sent()) {
                before = sent;
                try {
                    return answer.get(options.stall().toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    // It is too long only if nothing was sent meanwhile.
                }
            }
            throw new HttpTimeoutException("nothing could be sent, and nothing came, for "
                    + options.stall().toMillis() + " ms");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(String.valueOf(e.getCause()), e);
        } finally {
            answer.cancel(true);
        }
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    /** What to tell of an answer that is no success. */
    RegistryException refused(HttpResponse<InputStream> answer, String what) {
        int status = answer.statusCode();
        String said = "";
        try (InputStream body = new StallGuard(answer.body(), options.stall())) {
            JsonObject json = JsonObject.parse(body.readNBytes(MOST_ERROR_BYTES + 1), "answer", MOST_ERROR_BYTES);
            for (JsonObject error : json.objects("errors")) {
                said += " " + Shown.of(error.textOrEmpty("code") + ": " + error.textOrEmpty("message"));
            }
        } catch (IOException e) {
            // It says nothing that could be told.
        }
        String hint = switch (status) {
            case 401, 403 ->
                "; check the name, and sign in with docker login or skopeo login --authfile ~/.docker/config.json";
            case 404 -> "; check the name and the tag";
            case 429 -> "; it limits how much one may ask: wait, or sign in";
            default -> "";
        };
        return new RegistryException(
                "cannot " + what + ": " + endpoint.host() + " answers with status " + status
                        + (said.isEmpty() ? "" : " (" + said.strip() + ")") + hint,
                status);
    }

    RegistryOptions options() {
        return options;
    }
}
