package org.caisson.vfs;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The types of file systems that are known by name. Safe for several threads. */
public final class FileSystemTypes {
    private final Map<String, FileSystemType> types = new ConcurrentSkipListMap<>();

    FileSystemTypes() {}

    /** Makes a type known; one of that name must not be known yet. */
    public void add(FileSystemType type) {
        if (types.putIfAbsent(type.name(), type) != null) {
            throw new IllegalArgumentException("the type is known: " + type.name());
        }
    }

    /** The type of a name, or of what is before the dot if that type has subtypes; null if there is none. */
    @Nullable
    FileSystemType find(String name) {
        FileSystemType type = types.get(name);
        int dot = name.indexOf('.');
        if (type != null || dot < 0) {
            return type;
        }
        FileSystemType whole = types.get(name.substring(0, dot));
        return whole != null && whole.traits().contains(FileSystemType.Trait.HAS_SUBTYPE) ? whole : null;
    }

    /** The text of {@code /proc/filesystems}. */
    public byte[] list() {
        StringBuilder text = new StringBuilder();
        for (FileSystemType type : types.values()) {
            if (!type.traits().contains(FileSystemType.Trait.NEEDS_DEVICE)) {
                text.append("nodev");
            }
            text.append('\t').append(type.name()).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
