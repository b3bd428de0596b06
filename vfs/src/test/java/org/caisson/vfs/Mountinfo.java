package org.caisson.vfs;

import java.util.HashMap;
import java.util.Map;

/** The text of {@code mountinfo} with all numbers given anew in the order in which they appear. */
final class Mountinfo {
    private final Map<String, Integer> mounts = new HashMap<>();
    private final Map<String, Integer> devices = new HashMap<>();
    private final Map<String, Integer> groups = new HashMap<>();

    private Mountinfo() {}

    static String renumbered(String text) {
        Mountinfo info = new Mountinfo();
        String[] lines = text.split("\n", -1);
        for (String line : lines) {
            if (!line.isEmpty()) {
                number(info.mounts, line.substring(0, line.indexOf(' ')));
            }
        }
        StringBuilder result = new StringBuilder();
        for (String line : lines) {
            if (!line.isEmpty()) {
                info.line(line, result);
            }
        }
        return result.toString();
    }

    private static int number(Map<String, Integer> known, String name) {
        Integer present = known.get(name);
        if (present != null) {
            return present;
        }
        int next = known.size() + 1;
        known.put(name, next);
        return next;
    }

    private void line(String line, StringBuilder result) {
        String[] fields = line.split(" ", -1);
        result.append(number(mounts, fields[0])).append(" on ");
        Integer parent = mounts.get(fields[1]);
        result.append(parent == null ? "none" : parent.toString());
        result.append(" dev ").append(number(devices, fields[2]));
        for (int i = 3; i < fields.length; i++) {
            int colon = fields[i].indexOf(':');
            boolean tag = fields[i].startsWith("shared:")
                    || fields[i].startsWith("master:")
                    || fields[i].startsWith("propagate_from:");
            result.append(' ');
            if (tag) {
                result.append(fields[i], 0, colon + 1).append(number(groups, fields[i].substring(colon + 1)));
            } else {
                result.append(fields[i]);
            }
        }
        result.append('\n');
    }
}
