package org.caisson.runtime.state;

import java.util.List;
import java.util.Map;
import org.caisson.runtime.spec.JsonCursor;
import org.caisson.runtime.spec.SpecException;

/** Reads {@code state.json}. */
final class StateReader {
    private StateReader() {}

    static StoredState parse(byte[] text) throws SpecException {
        var fields = new Object() {
            String ociVersion = "";
            String id = "";
            String status = "";
            long pid;
            long pidStart;
            long keeper;
            String bundle = "";
            String rootfs = "";
            String command = "";
            long created;
            String owner = "";
            boolean remove;
            long exitStatus = -1;
            long stopSignal;
            long namespaces;
            List<String> cgroups = List.of();
            Map<String, String> annotations = Map.of();
        };
        try (JsonCursor in = new JsonCursor(text)) {
            in.object(name -> {
                switch (name) {
                    case "ociVersion" -> fields.ociVersion = in.requiredString();
                    case "id" -> fields.id = in.requiredString();
                    case "status" -> fields.status = in.requiredString();
                    case "pid" -> fields.pid = in.requiredNumber(0, Integer.MAX_VALUE);
                    case "pidStart" -> fields.pidStart = in.requiredNumber(0, Long.MAX_VALUE);
                    case "keeper" -> fields.keeper = in.requiredNumber(0, Integer.MAX_VALUE);
                    case "bundle" -> fields.bundle = in.requiredString();
                    case "rootfs" -> fields.rootfs = in.requiredString();
                    case "command" -> fields.command = in.requiredString();
                    case "created" -> fields.created = in.requiredNumber(0, Long.MAX_VALUE);
                    case "owner" -> fields.owner = in.requiredString();
                    case "remove" -> fields.remove = in.bool();
                    case "exitStatus" -> fields.exitStatus = in.requiredNumber(-1, 255);
                    case "stopSignal" -> fields.stopSignal = in.requiredNumber(0, 64);
                    case "namespaces" -> fields.namespaces = in.requiredNumber(0, Integer.MAX_VALUE);
                    case "cgroups" -> fields.cgroups = in.strings();
                    case "annotations" -> fields.annotations = in.map(in::requiredString);
                    default -> {
                        return false;
                    }
                }
                return true;
            });
        }
        return new StoredState(
                fields.ociVersion,
                fields.id,
                fields.status,
                (int) fields.pid,
                fields.pidStart,
                (int) fields.keeper,
                fields.bundle,
                fields.rootfs,
                fields.command,
                fields.created,
                fields.owner,
                fields.remove,
                (int) fields.exitStatus,
                (int) fields.stopSignal,
                (int) fields.namespaces,
                fields.cgroups,
                fields.annotations);
    }
}
