package org.caisson.runtime;

import java.time.Instant;
import java.util.Map;
import org.caisson.runtime.spec.JsonWriter;

/**
 * What is known of a container, as the runtime-spec's {@code state} command shows it.
 *
 * @param pid the first process on the host, or 0 if there is none
 * @param bundle the bundle directory, or {@code "/"} when there is none
 * @param rootfs the root directory on the host
 * @param command the program and its arguments, for people
 */
public record ContainerState(
        String ociVersion,
        String id,
        Status status,
        int pid,
        String bundle,
        String rootfs,
        String command,
        Instant created,
        String owner,
        Map<String, String> annotations) {

    /** Where a container stands in its life. */
    public enum Status {
        CREATING("creating"),
        CREATED("created"),
        RUNNING("running"),
        PAUSED("paused"),
        STOPPED("stopped");

        private final String text;

        Status(String text) {
            this.text = text;
        }

        /** The word of the runtime-spec. */
        public String text() {
            return text;
        }
    }

    /** The JSON object that hooks and {@code caisson state} show. */
    public String toJson() {
        JsonWriter json = new JsonWriter();
        json.beginObject();
        json.field("ociVersion", ociVersion);
        json.field("id", id);
        json.field("status", status.text());
        if (pid != 0) {
            json.field("pid", pid);
        }
        json.field("bundle", bundle);
        json.field("rootfs", rootfs);
        json.field("created", created.toString());
        json.field("owner", owner);
        if (!annotations.isEmpty()) {
            json.fieldObject("annotations", annotations);
        }
        json.endObject();
        return json.toString();
    }
}
