package org.caisson.image.oci;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of an image: {@code config.md} of the OCI image specification.
 *
 * @param platform what it runs on
 * @param created when it was made; null if it is not said
 * @param author who made it; empty if it is not said
 * @param process how it is run
 * @param diffIds the digests of its layers' plain tar archives, the lowest first
 * @param history how it was made
 */
public record ImageConfig(
        Platform platform,
        @Nullable Instant created,
        String author,
        ProcessDefaults process,
        List<Digest> diffIds,
        List<HistoryEntry> history) {
    /** Copies the lists. */
    public ImageConfig {
        diffIds = List.copyOf(diffIds);
        history = List.copyOf(history);
    }

    /**
     * A step in the making of an image.
     *
     * @param created when; null if it is not said
     * @param createdBy the command
     * @param comment a remark
     * @param emptyLayer whether it made no layer
     */
    public record HistoryEntry(@Nullable Instant created, String createdBy, String comment, boolean emptyLayer) {}

    /** Reads one; {@code what} names it in messages. */
    public static ImageConfig parse(byte[] text, String what) throws ImageFormatException {
        JsonObject json = JsonObject.parse(text, what, Manifest.MOST_BYTES);
        JsonObject rootfs = json.requiredObject("rootfs");
        if (!rootfs.textOrEmpty("type").equals("layers")) {
            throw new ImageFormatException(what + ": rootfs is not of type layers");
        }
        List<Digest> diffIds = new ArrayList<>();
        for (String id : rootfs.texts("diff_ids")) {
            diffIds.add(Digest.parse(id));
        }
        List<HistoryEntry> history = new ArrayList<>();
        for (JsonObject step : json.objects("history")) {
            history.add(new HistoryEntry(
                    time(step.text("created")),
                    step.textOrEmpty("created_by"),
                    step.textOrEmpty("comment"),
                    step.flag("empty_layer")));
        }
        JsonObject process = json.object("config");
        return new ImageConfig(
                Platform.of(json),
                time(json.text("created")),
                json.textOrEmpty("author"),
                process == null ? ProcessDefaults.NONE : ProcessDefaults.of(process),
                diffIds,
                history);
    }

    /** A time that cannot be read is one that is not said: nothing depends on it. */
    private static @Nullable Instant time(@Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /**
     * The text of a configuration that says the same of an image but that its layers are EROFS images.
     *
     * @param text the configuration
     * @param diffIds the digests of the plain images
     */
    public static byte[] withErofsLayers(byte[] text, String what, List<Digest> diffIds) throws ImageFormatException {
        Map<String, Object> json = new LinkedHashMap<>();
        if (JsonText.parse(text, what) instanceof Map<?, ?> map) {
            map.forEach((key, value) -> json.put((String) key, value));
        }
        Map<String, Object> rootfs = new LinkedHashMap<>();
        rootfs.put("type", "layers");
        rootfs.put("diff_ids", diffIds.stream().map(Digest::toString).toList());
        json.put("rootfs", rootfs);
        json.put("os.features", List.of("erofs"));
        return JsonObject.bytes(json);
    }

    /** The text of the configuration of an image of one layer, of which nothing is said but what it is. */
    public static byte[] ofOneLayer(Platform platform, Instant created, Digest diffId, String comment) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("created", created.toString());
        json.put("architecture", platform.architecture());
        json.put("os", platform.os());
        if (!platform.variant().isEmpty()) {
            json.put("variant", platform.variant());
        }
        json.put("config", Map.of());
        json.put("rootfs", new LinkedHashMap<>(Map.of("type", "layers", "diff_ids", List.of(diffId.toString()))));
        Map<String, Object> step = new LinkedHashMap<>();
        step.put("created", created.toString());
        step.put("comment", comment);
        json.put("history", List.of(step));
        return JsonObject.bytes(json);
    }
}
