package org.caisson.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A bind mount as Docker writes it: {@code SOURCE:DESTINATION[:OPTIONS]}.
 *
 * @param source an absolute path on the host that exists
 * @param destination an absolute path in the container
 */
record Volume(String source, String destination, boolean readOnly) {
    private static final String HELP = "give SOURCE:DESTINATION[:ro], for example ./data:/data";

    static Volume parse(Caller caller, String text) throws UsageException {
        int first = text.indexOf(':');
        if (first <= 0) {
            throw UsageException.invalid("--volume", text, HELP);
        }
        int second = text.indexOf(':', first + 1);
        String destination = second < 0 ? text.substring(first + 1) : text.substring(first + 1, second);
        if (!destination.startsWith("/")) {
            throw UsageException.invalid("--volume", text, "the destination must be an absolute path: " + HELP);
        }
        destination = clean(destination);
        if (destination.equals("/")) {
            throw UsageException.invalid("--volume", text, "the destination cannot be the root: use run --rootfs");
        }
        boolean readOnly = second >= 0 && readOnly(text, text.substring(second + 1));
        String given = text.substring(0, first);
        Path source = caller.path(given).normalize();
        if (!Files.exists(source)) {
            throw UsageException.invalid("--volume", text, "there is no " + source + " on the host: create it first");
        }
        return new Volume(source.toString(), destination, readOnly);
    }

    /** A path in the container without {@code .}, {@code ..} and double or trailing slashes. */
    static String clean(String destination) {
        return Path.of(destination).normalize().toString();
    }

    private static boolean readOnly(String text, String options) throws UsageException {
        boolean readOnly = false;
        for (String option : options.split(",", -1)) {
            switch (option) {
                case "ro" -> readOnly = true;
                case "rw" -> readOnly = false;
                // SELinux labels and mount consistency mean nothing here; Docker users type them out of habit.
                case "z", "Z", "cached", "delegated", "consistent", "rbind", "rprivate" -> {}
                default ->
                    throw UsageException.invalid(
                            "--volume", text, "unknown option '" + option + "': ro and rw are known");
            }
        }
        return readOnly;
    }

    /** {@code -w} must be absolute in the container. */
    static @Nullable String absolute(String option, @Nullable String path) throws UsageException {
        if (path != null && !path.startsWith("/")) {
            throw UsageException.invalid(option, path, "it must be an absolute path in the container");
        }
        return path;
    }
}
