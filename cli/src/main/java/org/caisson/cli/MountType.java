package org.caisson.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The file systems that can be mounted. */
enum MountType {
    MEM("mem"),
    HOST("host"),
    OVERLAY("overlay"),
    EROFS("erofs");

    static final List<String> NAMES = List.of("mem", "host", "overlay", "erofs");

    private final String label;

    MountType(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    static MountType of(@Nullable String name) throws UsageException {
        if (name == null) {
            throw new UsageException("mount: --type is missing: it can be " + String.join(", ", NAMES));
        }
        for (MountType type : values()) {
            if (type.label.equals(name)) {
                return type;
            }
        }
        throw UsageException.invalid("--type", name, "it can be " + String.join(", ", NAMES));
    }
}
