package org.caisson.image.oci;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that is made from that of another image: what is not changed stays as it is, known to us or not. {@link #change}
 * understands the instructions of a Dockerfile that {@code docker commit --change} does.
 */
public final class ConfigDraft {
    private static final List<String> SHELL = List.of("/bin/sh", "-c");

    private final Map<String, Object> json;

    /** Whether an instruction said which command to run. */
    private boolean commandSet;

    private ConfigDraft(Map<String, Object> json) {
        this.json = json;
    }

    /** Begins with a configuration; {@code what} names it in messages. */
    public static ConfigDraft of(byte[] text, String what) throws ImageFormatException {
        ImageConfig.parse(text, what);
        return new ConfigDraft(members(JsonText.parse(text, what)));
    }

    private static Map<String, Object> members(@Nullable Object value) {
        Map<String, Object> copy = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (entry.getValue() != null) {
                    copy.put((String) entry.getKey(), entry.getValue());
                }
            }
        }
        return copy;
    }

    private static List<Object> elements(@Nullable Object value) {
        return value instanceof List<?> list ? new ArrayList<>(list) : new ArrayList<>();
    }

    /** Adds the layer of the last step; an empty author or comment is left out. */
    public void addLayer(Digest diffId, Instant created, String createdBy, String author, String comment) {
        Map<String, Object> rootfs = members(json.get("rootfs"));
        List<Object> ids = elements(rootfs.get("diff_ids"));
        ids.add(diffId.toString());
        rootfs.put("diff_ids", ids);
        json.put("rootfs", rootfs);
        Map<String, Object> step = new LinkedHashMap<>();
        step.put("created", created.toString());
        step.put("created_by", createdBy);
        json.put("created", created.toString());
        if (!author.isEmpty()) {
            json.put("author", author);
            step.put("author", author);
        }
        if (!comment.isEmpty()) {
            step.put("comment", comment);
        }
        List<Object> history = elements(json.get("history"));
        history.add(step);
        json.put("history", history);
        // What Docker keeps of the container that an earlier image was committed from.
        json.remove("container");
        json.remove("container_config");
    }

    /**
     * Carries out one instruction, such as {@code ENV NAME=value} or {@code CMD ["sh"]}.
     *
     * @throws ImageFormatException for one that is not known, or has no sense
     */
    public void change(String instruction) throws ImageFormatException {
        String text = instruction.strip();
        int space = 0;
        while (space < text.length() && !Character.isWhitespace(text.charAt(space))) {
            space++;
        }
        String rest = text.substring(space).strip();
        Map<String, Object> config = members(json.get("config"));
        if (rest.isEmpty()) {
            throw new ImageFormatException("\"" + instruction + "\" says nothing: give an instruction and its value");
        }
        switch (text.substring(0, space).toUpperCase(Locale.ROOT)) {
            case "CMD" -> {
                config.put("Cmd", command(rest));
                commandSet = true;
            }
            case "ENTRYPOINT" -> {
                config.put("Entrypoint", command(rest));
                // As in a Dockerfile: arguments of another program are none of this.
                if (!commandSet) {
                    config.remove("Cmd");
                }
            }
            case "ENV" -> environment(config, rest);
            case "EXPOSE" -> addNames(config, "ExposedPorts", ports(InstructionWords.of(rest, variables(config))));
            case "LABEL" -> labels(config, rest);
            case "ONBUILD" -> addText(config, "OnBuild", rest);
            case "STOPSIGNAL" -> config.put("StopSignal", InstructionWords.whole(rest, variables(config)));
            case "USER" -> config.put("User", InstructionWords.whole(rest, variables(config)));
            case "VOLUME" ->
                addNames(
                        config,
                        "Volumes",
                        rest.startsWith("[") ? list(rest) : InstructionWords.of(rest, variables(config)));
            case "WORKDIR" -> workingDirectory(config, InstructionWords.whole(rest, variables(config)));
            default ->
                throw new ImageFormatException("\"" + instruction
                        + "\" cannot be applied: it can be CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL,"
                        + " USER, VOLUME or WORKDIR");
        }
        json.put("config", config);
    }

    /** In brackets as it is; else a line for the shell. */
    private static List<String> command(String text) throws ImageFormatException {
        if (text.startsWith("[")) {
            return list(text);
        }
        List<String> words = new ArrayList<>(SHELL);
        words.add(text);
        return words;
    }

    private static List<String> list(String text) throws ImageFormatException {
        List<String> words = new ArrayList<>();
        for (Object element :
                elements(JsonText.parse(text.getBytes(java.nio.charset.StandardCharsets.UTF_8), "the list " + text))) {
            if (!(element instanceof String word)) {
                throw new ImageFormatException("the list " + text + " holds what is no string");
            }
            words.add(word);
        }
        return words;
    }

    /** What the variables of an instruction stand for: those of the programs. */
    private static Map<String, String> variables(Map<String, Object> config) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (Object one : elements(config.get("Env"))) {
            if (one instanceof String assignment && assignment.indexOf('=') > 0) {
                int equals = assignment.indexOf('=');
                variables.put(assignment.substring(0, equals), assignment.substring(equals + 1));
            }
        }
        return variables;
    }

    private static void environment(Map<String, Object> config, String text) throws ImageFormatException {
        List<Object> variables = elements(config.get("Env"));
        InstructionWords.assignments(text, variables(config)).forEach((name, value) -> {
            variables.removeIf(one -> one instanceof String known && known.startsWith(name + "="));
            variables.add(name + "=" + value);
        });
        config.put("Env", variables);
    }

    private static void labels(Map<String, Object> config, String text) throws ImageFormatException {
        Map<String, Object> labels = members(config.get("Labels"));
        labels.putAll(InstructionWords.assignments(text, variables(config)));
        config.put("Labels", labels);
    }

    private static List<String> ports(List<String> words) {
        List<String> ports = new ArrayList<>();
        for (String port : words) {
            ports.add(port.indexOf('/') < 0 ? port + "/tcp" : port);
        }
        return ports;
    }

    private static void addNames(Map<String, Object> config, String member, List<String> names) {
        Map<String, Object> all = members(config.get(member));
        for (String name : names) {
            all.put(name, Map.of());
        }
        config.put(member, all);
    }

    private static void addText(Map<String, Object> config, String member, String text) {
        List<Object> all = elements(config.get(member));
        all.add(text);
        config.put(member, all);
    }

    private static void workingDirectory(Map<String, Object> config, String text) {
        Object before = config.get("WorkingDir");
        boolean beneath = !text.startsWith("/") && before instanceof String known && !known.isEmpty();
        config.put("WorkingDir", beneath ? before + "/" + text : text.startsWith("/") ? text : "/" + text);
    }

    /** The text of the new configuration. */
    public byte[] toJson() {
        return JsonObject.bytes(json);
    }
}
