package org.caisson.runtime.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.linux.FileCalls;
import org.jspecify.annotations.Nullable;

/** The hierarchies of control groups of this host, as the calling process sees them. */
public final class CgroupHost {
    /** Controllers whose v1 hierarchy a container gets a group in; others stay with the caller's group. */
    private static final List<String> USED = List.of(
            "memory", "cpu", "cpuacct", "cpuset", "pids", "freezer", "devices", "blkio", "hugetlb", "name=systemd");

    private final List<Hierarchy> hierarchies;

    private CgroupHost(List<Hierarchy> hierarchies) {
        this.hierarchies = List.copyOf(hierarchies);
    }

    /** What a container uses, v1 hierarchies first. */
    public List<Hierarchy> hierarchies() {
        return hierarchies;
    }

    /** The hierarchy of v2, or null. */
    public @Nullable Hierarchy unified() {
        for (Hierarchy hierarchy : hierarchies) {
            if (hierarchy.v2()) {
                return hierarchy;
            }
        }
        return null;
    }

    /** The hierarchy that has a controller, or null. */
    public @Nullable Hierarchy of(String controller) {
        for (Hierarchy hierarchy : hierarchies) {
            if (hierarchy.has(controller)) {
                return hierarchy;
            }
        }
        return null;
    }

    /** {@code v1}, {@code v2}, {@code hybrid} or {@code none}. */
    public String layout() {
        boolean v1 = false;
        boolean v2 = false;
        for (Hierarchy hierarchy : hierarchies) {
            v1 |= !hierarchy.v2();
            v2 |= hierarchy.v2();
        }
        return v1 ? v2 ? "hybrid" : "v1" : v2 ? "v2" : "none";
    }

    /** Reads {@code /proc/self/mountinfo} and {@code /proc/self/cgroup}. */
    public static CgroupHost detect() throws CgroupException {
        return read("self");
    }

    /** As {@link #detect}, with the groups of a process as its own; 0 for this one. */
    public static CgroupHost of(int pid) throws CgroupException {
        return pid == 0 ? detect() : ofProcess(pid);
    }

    /** The same hierarchies with the groups of another process as its own. */
    static CgroupHost ofProcess(int pid) throws CgroupException {
        return read(Integer.toString(pid));
    }

    private static CgroupHost read(String process) throws CgroupException {
        try {
            return parse(text("/proc/self/mountinfo"), text("/proc/" + process + "/cgroup"));
        } catch (IOException e) {
            throw new CgroupException("the control groups of this host cannot be read: " + e.getMessage(), e);
        }
    }

    private static String text(String file) throws IOException {
        return new String(FileCalls.readFile(file), StandardCharsets.UTF_8);
    }

    static CgroupHost parse(String mountinfo, String cgroups) throws IOException {
        Map<String, String> own = ownGroups(cgroups);
        List<Hierarchy> v1 = new ArrayList<>();
        List<Hierarchy> v2 = new ArrayList<>();
        int from = 0;
        while (from < mountinfo.length()) {
            int newline = mountinfo.indexOf('\n', from);
            int to = newline < 0 ? mountinfo.length() : newline;
            int dash = mountinfo.indexOf(" - cgroup", from);
            if (dash >= 0 && dash < to) {
                add(mountinfo.substring(from, to), own, v1, v2);
            }
            from = to + 1;
        }
        v1.addAll(v2);
        return new CgroupHost(v1);
    }

    /** A line is {@code id parent dev root mountpoint options [fields] - type source superOptions}. */
    private static void add(String line, Map<String, String> own, List<Hierarchy> v1, List<Hierarchy> v2)
            throws IOException {
        int dash = line.indexOf(" - ");
        String[] head = split(line.substring(0, dash), ' ');
        String[] tail = split(line.substring(dash + 3), ' ');
        String root = unescape(head[3]);
        Path mount = Path.of(unescape(head[4]));
        if (tail[0].equals("cgroup2")) {
            String path = own.get("");
            if (v2.isEmpty() && path != null) {
                Path group = below(mount, root, path);
                String offered = CgroupFiles.readIfThere(mount.resolve("cgroup.controllers"));
                v2.add(new Hierarchy("", List.of(split(offered == null ? "" : offered, ' ')), mount, group, true));
            }
            return;
        }
        if (!tail[0].equals("cgroup")) {
            return;
        }
        List<String> controllers = new ArrayList<>();
        for (String option : split(tail[2], ',')) {
            if (own.containsKey(option) && USED.contains(option)) {
                controllers.add(option);
            }
        }
        if (controllers.isEmpty()) {
            return;
        }
        for (Hierarchy known : v1) {
            if (known.controllers().equals(controllers)) {
                return;
            }
        }
        String path = own.get(controllers.get(0));
        if (path != null) {
            v1.add(new Hierarchy(String.join(",", controllers), controllers, mount, below(mount, root, path), false));
        }
    }

    private static Path below(Path mount, String root, String path) {
        String relative = path;
        if (!root.equals("/")) {
            relative = path.startsWith(root) ? path.substring(root.length()) : "";
        }
        return relative.length() <= 1 ? mount : mount.resolve(relative.substring(1));
    }

    /** Lines are {@code number:controllers:path}; each controller gets its own entry. */
    private static Map<String, String> ownGroups(String text) {
        Map<String, String> own = new HashMap<>();
        for (String line : split(text, '\n')) {
            int first = line.indexOf(':');
            int second = line.indexOf(':', first + 1);
            if (first < 0 || second < 0) {
                continue;
            }
            String path = line.substring(second + 1);
            String names = line.substring(first + 1, second);
            if (names.isEmpty()) {
                own.put("", path);
            }
            for (String name : split(names, ',')) {
                own.put(name, path);
            }
        }
        return own;
    }

    private static String[] split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == separator) {
                if (i > from) {
                    parts.add(text.substring(from, i));
                }
                from = i + 1;
            }
        }
        return parts.toArray(new String[0]);
    }

    /** The kernel writes space, tab, newline and backslash as octal. */
    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 3 < text.length()) {
                out.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
