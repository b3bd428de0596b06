package org.caisson.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code mount -o}: those of every mount as flags, the others for the file system. A backslash takes a comma for what it
 * is, as in mount(8).
 */
final class MountOptions {
    private static final int DEFAULTS = MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV;

    private int attributes = DEFAULTS;
    private final Map<String, List<String>> others = new LinkedHashMap<>();

    private MountOptions() {}

    /** Reads lists in order; a later option replaces an earlier one. */
    static MountOptions parse(List<String> lists) throws UsageException {
        MountOptions options = new MountOptions();
        for (String list : lists) {
            for (String option : split(list)) {
                options.add(list, option);
            }
        }
        return options;
    }

    private void add(String list, String option) throws UsageException {
        if (option.isEmpty()) {
            return;
        }
        switch (option) {
            case "defaults", "rw" -> attributes &= ~MountFlags.MOUNT_ATTR_RDONLY;
            case "ro" -> attributes |= MountFlags.MOUNT_ATTR_RDONLY;
            case "suid" -> attributes &= ~MountFlags.MOUNT_ATTR_NOSUID;
            case "nosuid" -> attributes |= MountFlags.MOUNT_ATTR_NOSUID;
            case "dev" -> attributes &= ~MountFlags.MOUNT_ATTR_NODEV;
            case "nodev" -> attributes |= MountFlags.MOUNT_ATTR_NODEV;
            case "exec" -> attributes &= ~MountFlags.MOUNT_ATTR_NOEXEC;
            case "noexec" -> attributes |= MountFlags.MOUNT_ATTR_NOEXEC;
            case "atime", "relatime" -> attributes &= ~MountFlags.MOUNT_ATTR__ATIME;
            case "noatime" -> setAccessTimes(MountFlags.MOUNT_ATTR_NOATIME);
            case "strictatime" -> setAccessTimes(MountFlags.MOUNT_ATTR_STRICTATIME);
            case "nosymfollow" -> attributes |= MountFlags.MOUNT_ATTR_NOSYMFOLLOW;
            default -> {
                int equals = option.indexOf('=');
                if (equals == 0) {
                    throw UsageException.invalid("--options", list, "an option has no name");
                }
                String name = equals < 0 ? option : option.substring(0, equals);
                others.computeIfAbsent(name, first -> new ArrayList<>())
                        .add(equals < 0 ? "" : option.substring(equals + 1));
            }
        }
    }

    private void setAccessTimes(int manner) {
        attributes = (attributes & ~MountFlags.MOUNT_ATTR__ATIME) | manner;
    }

    private static List<String> split(String list) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            if (c == '\\' && i + 1 < list.length() && list.charAt(i + 1) == ',') {
                part.append(',');
                i++;
            } else if (c == ',') {
                parts.add(part.toString());
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        parts.add(part.toString());
        return parts;
    }

    /** Bits of {@code MOUNT_ATTR_…} in {@link MountFlags}. */
    int attributes() {
        return attributes;
    }

    boolean isReadOnly() {
        return (attributes & MountFlags.MOUNT_ATTR_RDONLY) != 0;
    }

    /** Takes an option that the file system knows; null if it was not given. */
    @Nullable
    String take(String name) {
        List<String> values = others.remove(name);
        return values == null ? null : values.getLast();
    }

    /** Takes an option that means another thing each time, in their order. */
    List<String> takeAll(String name) {
        List<String> values = others.remove(name);
        return values == null ? List.of() : values;
    }

    /** Takes an option without a value; false if it was not given. */
    boolean takeFlag(String name) throws UsageException {
        String value = take(name);
        if (value != null && !value.isEmpty()) {
            throw UsageException.invalid("--options", name + "=" + value, "it has no value");
        }
        return value != null;
    }

    /** After all options that are known were taken: any other is an error. */
    void refuseOthers(String type) throws UsageException {
        if (!others.isEmpty()) {
            String name = others.keySet().iterator().next();
            throw UsageException.invalid("--options", name, "a file system of type " + type + " has no such option");
        }
    }
}
