package org.caisson.runtime.spec;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code config.json}: everything a container is made from. */
public record Spec(
        String ociVersion,
        @Nullable ProcessSpec process,
        Root root,
        @Nullable String hostname,
        @Nullable String domainname,
        List<MountSpec> mounts,
        Hooks hooks,
        LinuxSpec linux,
        Map<String, String> annotations) {
    /** The version of the runtime-spec that is written and understood. */
    public static final String VERSION = "1.2.0";

    public Spec {
        mounts = List.copyOf(mounts);
        annotations = Map.copyOf(annotations);
    }

    /** The same with another process. */
    public Spec withProcess(ProcessSpec value) {
        return new Spec(ociVersion, value, root, hostname, domainname, mounts, hooks, linux, annotations);
    }

    /** The same with another Linux section. */
    public Spec withLinux(LinuxSpec value) {
        return new Spec(ociVersion, process, root, hostname, domainname, mounts, hooks, value, annotations);
    }

    /** The same with other mounts. */
    public Spec withMounts(List<MountSpec> value) {
        return new Spec(ociVersion, process, root, hostname, domainname, value, hooks, linux, annotations);
    }

    /** The same with one more annotation, or another value of it. */
    public Spec withAnnotation(String name, String value) {
        Map<String, String> more = new HashMap<>(annotations);
        more.put(name, value);
        return new Spec(ociVersion, process, root, hostname, domainname, mounts, hooks, linux, more);
    }

    /** The same with another root. */
    public Spec withRoot(Root value) {
        return new Spec(ociVersion, process, value, hostname, domainname, mounts, hooks, linux, annotations);
    }
}
