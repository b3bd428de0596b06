package org.caisson.runtime.spec;

import java.util.List;

/** {@code mounts[]}: one mount, in the form of fstab(5). Mappings ask for an id-mapped bind mount. */
public record MountSpec(
        String destination,
        String type,
        String source,
        List<String> options,
        List<IdMapping> uidMappings,
        List<IdMapping> gidMappings) {
    public MountSpec {
        options = List.copyOf(options);
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
    }

    /** A mount without mappings of its own. */
    public MountSpec(String destination, String type, String source, List<String> options) {
        this(destination, type, source, options, List.of(), List.of());
    }
}
