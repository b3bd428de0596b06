package org.caisson.runtime.state;

import java.util.List;
import java.util.Map;
import org.caisson.runtime.spec.JsonWriter;

/**
 * What is remembered of a container.
 *
 * @param status {@code creating}, {@code created}, {@code running} or {@code stopped}
 * @param pid the first process on the host, 0 if there is none
 * @param pidStart its start time, field 22 of {@code /proc/PID/stat}: tells it from a later process with its number
 * @param keeper the keeper's process
 * @param createdMillis when it was made, since the epoch
 * @param remove it is forgotten when it has stopped
 * @param exitStatus what the program ended with, -1 while unknown
 * @param cgroups its directories of control groups
 * @param stopSignal what asks it to stop
 * @param namespaceFlags {@code CLONE_NEW*} of the namespaces that it does not share with the host
 */
public record StoredState(
        String ociVersion,
        String id,
        String status,
        int pid,
        long pidStart,
        int keeper,
        String bundle,
        String rootfs,
        String command,
        long createdMillis,
        String owner,
        boolean remove,
        int exitStatus,
        int stopSignal,
        int namespaceFlags,
        List<String> cgroups,
        Map<String, String> annotations) {
    public StoredState {
        cgroups = List.copyOf(cgroups);
        annotations = Map.copyOf(annotations);
    }

    /** The same with another status and first process. */
    public StoredState with(String newStatus, int newPid, long newPidStart) {
        return with(newStatus, newPid, newPidStart, exitStatus, annotations);
    }

    /** The same with one more annotation, or another value of it. */
    public StoredState withAnnotation(String name, String value) {
        Map<String, String> more = new java.util.HashMap<>(annotations);
        more.put(name, value);
        return with(status, pid, pidStart, exitStatus, more);
    }

    /** The same after its end. */
    public StoredState stopped(int newExitStatus) {
        return with("stopped", 0, 0, newExitStatus, annotations);
    }

    /** The same with all that ever changes. */
    private StoredState with(
            String newStatus, int newPid, long newPidStart, int newExitStatus, Map<String, String> newAnnotations) {
        return new StoredState(
                ociVersion,
                id,
                newStatus,
                newPid,
                newPidStart,
                keeper,
                bundle,
                rootfs,
                command,
                createdMillis,
                owner,
                remove,
                newExitStatus,
                stopSignal,
                namespaceFlags,
                cgroups,
                newAnnotations);
    }

    String toJson() {
        JsonWriter json = new JsonWriter();
        json.beginObject();
        json.field("ociVersion", ociVersion);
        json.field("id", id);
        json.field("status", status);
        json.field("pid", pid);
        json.field("pidStart", pidStart);
        json.field("keeper", keeper);
        json.field("bundle", bundle);
        json.field("rootfs", rootfs);
        json.field("command", command);
        json.field("created", createdMillis);
        json.field("owner", owner);
        json.field("remove", remove);
        json.field("exitStatus", exitStatus);
        json.field("stopSignal", stopSignal);
        json.field("namespaces", namespaceFlags);
        json.fieldArray("cgroups", cgroups);
        json.fieldObject("annotations", annotations);
        json.endObject();
        return json.toString();
    }
}
