package org.caisson.image.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;

/** Sends an image to a registry, every blob as it came: what the registry has already is not sent. */
public final class Push {
    private final ImageStore store;
    private final StoredImage image;
    private final Reference target;
    private final ImageProgress progress;

    public Push(ImageStore store, StoredImage image, Reference target, ImageProgress progress) {
        this.store = store;
        this.image = image;
        this.target = target;
        this.progress = progress;
    }

    /** Sends it. */
    public void run(RegistryOptions options, DockerCredentials credentials) throws IOException {
        if (target.tag() == null) {
            throw new ImageException("cannot push to " + target.familiar() + ": give a tag");
        }
        try (Work work = store.begin();
                Registry registry = Registry.forPush(target, options, credentials)) {
            work.use(image);
            for (Descriptor layer : image.manifest().layers()) {
                blob(registry, layer);
            }
            blob(registry, image.manifest().config());
            manifest(registry);
        }
    }

    private void blob(Registry registry, Descriptor blob) throws IOException {
        Exchange exchange = registry.itself();
        String what = "push " + blob.digest().brief() + " to " + target.familiar();
        URI there = exchange.endpoint().resolve(registry.path("/blobs/" + blob.digest()));
        HttpResponse<InputStream> head = exchange.send(Exchange.Request.empty("HEAD", there), what);
        head.body().close();
        if (head.statusCode() == 200) {
            progress.layer(blob.digest(), ImageProgress.State.PRESENT, blob.size(), blob.size());
            return;
        }
        URI uploads = exchange.endpoint().resolve(registry.path("/blobs/uploads/"));
        HttpResponse<InputStream> begun = exchange.send(Exchange.Request.empty("POST", uploads), what);
        String location = begun.headers().firstValue("location").orElse("");
        if (begun.statusCode() != 202 || location.isEmpty()) {
            throw exchange.refused(begun, what);
        }
        begun.body().close();
        URI upload = exchange.endpoint().sentTo(uploads, location, "wants the upload at");
        String separator = upload.getRawQuery() == null ? "?" : "&";
        URI put = URI.create(upload + separator + "digest=" + blob.digest());
        AtomicLong sent = new AtomicLong();
        HttpResponse<InputStream> done = exchange.once(new Exchange.Request(
                "PUT", put, Map.of("Content-Type", "application/octet-stream"), content(blob, sent), sent::get));
        if (done.statusCode() != 201) {
            throw exchange.refused(done, what);
        }
        done.body().close();
        progress.layer(blob.digest(), ImageProgress.State.DONE, blob.size(), blob.size());
    }

    private Supplier<BodyPublisher> content(Descriptor blob, AtomicLong sent) {
        return () -> BodyPublishers.fromPublisher(
                BodyPublishers.ofInputStream(() -> {
                    try {
                        return new Counted(store.open(blob), sent);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }),
                blob.size());
    }

    /** Counts what is taken of a content. */
    private static final class Counted extends FilterInputStream {
        private final AtomicLong count;

        Counted(InputStream in, AtomicLong count) {
            super(in);
            this.count = count;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, length);
            count.addAndGet(Math.max(read, 0));
            return read;
        }
    }

    private void manifest(Registry registry) throws IOException {
        Exchange exchange = registry.itself();
        String what = "push the manifest of " + target.familiar();
        byte[] content;
        try (InputStream in = store.open(image.descriptor())) {
            content = in.readNBytes(Manifest.MOST_BYTES);
        }
        URI there = exchange.endpoint().resolve(registry.path("/manifests/" + target.tag()));
        HttpResponse<InputStream> done = exchange.send(
                new Exchange.Request(
                        "PUT",
                        there,
                        Map.of("Content-Type", image.descriptor().mediaType()),
                        () -> BodyPublishers.ofByteArray(content),
                        null),
                what);
        if (done.statusCode() != 201) {
            throw exchange.refused(done, what);
        }
        done.body().close();
    }
}
