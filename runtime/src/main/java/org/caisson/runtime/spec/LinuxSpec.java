package org.caisson.runtime.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code linux}: what only Linux has. */
public record LinuxSpec(
        List<Namespace> namespaces,
        List<IdMapping> uidMappings,
        List<IdMapping> gidMappings,
        List<Device> devices,
        @Nullable String cgroupsPath,
        Resources resources,
        @Nullable String rootfsPropagation,
        @Nullable SeccompProfile seccomp,
        Map<String, String> sysctl,
        List<String> maskedPaths,
        List<String> readonlyPaths,
        @Nullable String mountLabel,
        @Nullable IntelRdt intelRdt,
        @Nullable Personality personality,
        Map<String, TimeOffset> timeOffsets) {
    /** Nothing asked for. */
    public static final LinuxSpec EMPTY = new LinuxSpec(
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            null,
            Resources.EMPTY,
            null,
            null,
            Map.of(),
            List.of(),
            List.of(),
            null,
            null,
            null,
            Map.of());

    public LinuxSpec {
        namespaces = List.copyOf(namespaces);
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
        devices = List.copyOf(devices);
        sysctl = Map.copyOf(sysctl);
        maskedPaths = List.copyOf(maskedPaths);
        readonlyPaths = List.copyOf(readonlyPaths);
        timeOffsets = Map.copyOf(timeOffsets);
    }

    /** {@code namespaces[]}: a new namespace, or the one at {@code path}. */
    public record Namespace(Type type, @Nullable String path) {
        /** The kinds of namespaces(7). */
        public enum Type {
            PID("pid"),
            NETWORK("network"),
            MOUNT("mount"),
            IPC("ipc"),
            UTS("uts"),
            USER("user"),
            CGROUP("cgroup"),
            TIME("time");

            private final String text;

            Type(String text) {
                this.text = text;
            }

            /** The word of the runtime-spec. */
            public String text() {
                return text;
            }
        }
    }

    /** {@code devices[]}: a device node. {@code type} is one of {@code c u b p}. */
    public record Device(
            String path,
            char type,
            long major,
            long minor,
            @Nullable Integer fileMode,
            int uid,
            int gid) {}

    /** {@code intelRdt}: kept, and refused when a container is made. */
    public record IntelRdt(
            @Nullable String closId,
            @Nullable String l3CacheSchema,
            @Nullable String memBwSchema) {}

    /** {@code personality}: see personality(2). */
    public record Personality(String domain, List<String> flags) {
        public Personality {
            flags = List.copyOf(flags);
        }
    }

    /** {@code timeOffsets}: see time_namespaces(7). */
    public record TimeOffset(long secs, int nanosecs) {}

    /** The namespace of this type, or null. */
    public @Nullable Namespace namespace(Namespace.Type type) {
        for (Namespace namespace : namespaces) {
            if (namespace.type() == type) {
                return namespace;
            }
        }
        return null;
    }
}
