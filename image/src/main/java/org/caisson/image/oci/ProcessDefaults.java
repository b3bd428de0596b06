package org.caisson.image.oci;

import java.util.List;
import java.util.Map;

/**
 * How an image is run unless its user says otherwise: {@code config} of {@code config.md}.
 *
 * @param entrypoint the program, and what always comes first
 * @param command arguments, or the program if there is no entry point
 * @param environment assignments {@code NAME=VALUE}
 * @param user {@code USER[:GROUP]}, each a name or a number; empty for root
 * @param workingDirectory where it starts; empty for the root
 * @param volumes directories whose content is no part of the image
 * @param exposedPorts {@code 80/tcp}
 * @param labels what its maker says of it
 * @param stopSignal what asks it to end; empty for SIGTERM
 */
public record ProcessDefaults(
        List<String> entrypoint,
        List<String> command,
        List<String> environment,
        String user,
        String workingDirectory,
        List<String> volumes,
        List<String> exposedPorts,
        Map<String, String> labels,
        String stopSignal) {
    static final ProcessDefaults NONE =
            new ProcessDefaults(List.of(), List.of(), List.of(), "", "", List.of(), List.of(), Map.of(), "");

    /** Copies the lists. */
    public ProcessDefaults {
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        environment = List.copyOf(environment);
        volumes = List.copyOf(volumes);
        exposedPorts = List.copyOf(exposedPorts);
    }

    static ProcessDefaults of(JsonObject json) throws ImageFormatException {
        JsonObject volumes = json.object("Volumes");
        JsonObject ports = json.object("ExposedPorts");
        return new ProcessDefaults(
                json.texts("Entrypoint"),
                json.texts("Cmd"),
                json.texts("Env"),
                json.textOrEmpty("User"),
                json.textOrEmpty("WorkingDir"),
                volumes == null ? List.of() : volumes.names(),
                ports == null ? List.of() : ports.names(),
                json.textMap("Labels"),
                json.textOrEmpty("StopSignal"));
    }
}
