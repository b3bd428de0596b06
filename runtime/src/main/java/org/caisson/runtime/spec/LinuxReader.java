package org.caisson.runtime.spec;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.caisson.runtime.spec.LinuxSpec.Namespace;
import org.jspecify.annotations.Nullable;

/** Reads the {@code linux} section, all but its resources. */
final class LinuxReader {
    private static final int DEEPEST_CGROUP = 100;

    private final JsonCursor in;

    LinuxReader(JsonCursor in) {
        this.in = in;
    }

    LinuxSpec linux() throws SpecException {
        var fields = new Object() {
            List<Namespace> namespaces = List.of();
            List<IdMapping> uids = List.of();
            List<IdMapping> gids = List.of();
            List<LinuxSpec.Device> devices = List.of();

            @Nullable
            String cgroupsPath;

            Resources resources = Resources.EMPTY;

            @Nullable
            String propagation;

            @Nullable
            SeccompProfile seccomp;

            Map<String, String> sysctl = Map.of();
            List<String> masked = List.of();
            List<String> readonly = List.of();

            @Nullable
            String mountLabel;

            LinuxSpec.@Nullable IntelRdt intelRdt;
            LinuxSpec.@Nullable Personality personality;
            Map<String, LinuxSpec.TimeOffset> timeOffsets = Map.of();
        };
        in.object(name -> {
            switch (name) {
                case "namespaces" -> fields.namespaces = namespaces();
                case "uidMappings" -> fields.uids = in.list(() -> SpecReader.idMapping(in));
                case "gidMappings" -> fields.gids = in.list(() -> SpecReader.idMapping(in));
                case "devices" -> fields.devices = in.list(this::device);
                case "cgroupsPath" -> fields.cgroupsPath = cgroupsPath();
                case "resources" ->
                    fields.resources = in.isNull() ? Resources.EMPTY : new ResourcesReader(in).resources();
                case "rootfsPropagation" -> fields.propagation = propagation();
                case "seccomp" -> fields.seccomp = in.isNull() ? null : seccomp();
                case "sysctl" -> fields.sysctl = sysctl();
                case "maskedPaths" -> fields.masked = paths();
                case "readonlyPaths" -> fields.readonly = paths();
                case "mountLabel" -> fields.mountLabel = in.string();
                case "intelRdt" -> fields.intelRdt = in.isNull() ? null : intelRdt();
                case "personality" -> fields.personality = in.isNull() ? null : personality();
                case "timeOffsets" -> fields.timeOffsets = in.map(this::timeOffset);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new LinuxSpec(
                fields.namespaces,
                fields.uids,
                fields.gids,
                fields.devices,
                fields.cgroupsPath,
                fields.resources,
                fields.propagation,
                fields.seccomp,
                fields.sysctl,
                fields.masked,
                fields.readonly,
                fields.mountLabel,
                fields.intelRdt,
                fields.personality,
                fields.timeOffsets);
    }

    /** A directory for each part is made and taken away again. */
    private @Nullable String cgroupsPath() throws SpecException {
        String path = in.path();
        int depth = 0;
        for (int i = 0; path != null && i < path.length(); i++) {
            depth += path.charAt(i) == '/' ? 1 : 0;
        }
        if (depth > DEEPEST_CGROUP) {
            throw in.wrong("has more than " + DEEPEST_CGROUP + " parts");
        }
        return path;
    }

    private List<Namespace> namespaces() throws SpecException {
        Set<Namespace.Type> seen = EnumSet.noneOf(Namespace.Type.class);
        return in.list(() -> {
            var fields = new Object() {
                Namespace.@Nullable Type type;

                @Nullable
                String path;
            };
            in.object(name -> {
                switch (name) {
                    case "type" -> fields.type = namespaceType();
                    case "path" -> fields.path = in.path();
                    default -> {
                        return false;
                    }
                }
                return true;
            });
            Namespace.Type type = fields.type;
            if (type == null) {
                throw in.wrongField("type", "is missing");
            }
            if (!seen.add(type)) {
                throw in.wrongField("type", type.text() + " is given twice");
            }
            String path = fields.path;
            if (path != null && path.isEmpty()) {
                path = null;
            }
            if (path != null && !path.startsWith("/")) {
                throw in.wrongField("path", "must be an absolute path");
            }
            return new Namespace(type, path);
        });
    }

    private Namespace.Type namespaceType() throws SpecException {
        String text = in.requiredString();
        for (Namespace.Type type : Namespace.Type.values()) {
            if (type.text().equals(text)) {
                return type;
            }
        }
        throw in.wrong("\"" + text + "\" is not a kind of namespace");
    }

    private LinuxSpec.Device device() throws SpecException {
        var fields = new Object() {
            String path = "";
            String type = "";
            long major;
            long minor;

            @Nullable
            Integer mode;

            long uid;
            long gid;
        };
        in.object(name -> {
            switch (name) {
                case "path" -> fields.path = in.requiredPath();
                case "type" -> fields.type = in.requiredString();
                case "major" -> fields.major = in.requiredNumber(0, 0xfff);
                case "minor" -> fields.minor = in.requiredNumber(0, 0xfffff);
                case "fileMode" -> fields.mode = in.integer(0, 07777777);
                case "uid" -> fields.uid = in.requiredNumber(0, Integer.MAX_VALUE);
                case "gid" -> fields.gid = in.requiredNumber(0, Integer.MAX_VALUE);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (!fields.path.startsWith("/")) {
            throw in.wrongField("path", "must be an absolute path");
        }
        if (fields.type.length() != 1 || "cubp".indexOf(fields.type) < 0) {
            throw in.wrongField("type", "must be c, b, u or p");
        }
        return new LinuxSpec.Device(
                fields.path, fields.type.charAt(0), fields.major, fields.minor, fields.mode, (int) fields.uid, (int)
                        fields.gid);
    }

    private @Nullable String propagation() throws SpecException {
        String text = in.string();
        if (text == null || text.isEmpty()) {
            return null;
        }
        return switch (text) {
            case "shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable" -> text;
            default -> throw in.wrong("must be shared, slave, private or unbindable");
        };
    }

    private Map<String, String> sysctl() throws SpecException {
        Map<String, String> map = in.map(in::requiredString);
        for (String name : map.keySet()) {
            if (name.isEmpty() || name.startsWith("/") || name.contains("..") || name.indexOf('\0') >= 0) {
                throw in.wrong("\"" + name + "\" is not the name of a sysctl");
            }
        }
        return map;
    }

    private List<String> paths() throws SpecException {
        return in.list(in::absolutePath);
    }

    private LinuxSpec.IntelRdt intelRdt() throws SpecException {
        var fields = new Object() {
            @Nullable
            String closId;

            @Nullable
            String l3;

            @Nullable
            String bandwidth;
        };
        in.object(name -> {
            switch (name) {
                case "closID" -> fields.closId = in.string();
                case "l3CacheSchema" -> fields.l3 = in.string();
                case "memBwSchema" -> fields.bandwidth = in.string();
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new LinuxSpec.IntelRdt(fields.closId, fields.l3, fields.bandwidth);
    }

    private LinuxSpec.Personality personality() throws SpecException {
        var fields = new Object() {
            String domain = "";
            List<String> flags = List.of();
        };
        in.object(name -> {
            switch (name) {
                case "domain" -> fields.domain = in.requiredString();
                case "flags" -> fields.flags = in.strings();
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (!fields.domain.equals("LINUX") && !fields.domain.equals("LINUX32")) {
            throw in.wrongField("domain", "must be LINUX or LINUX32");
        }
        if (!fields.flags.isEmpty()) {
            throw in.wrongField("flags", "must be empty: no flags are defined");
        }
        return new LinuxSpec.Personality(fields.domain, fields.flags);
    }

    private LinuxSpec.TimeOffset timeOffset() throws SpecException {
        var fields = new Object() {
            long secs;
            long nanosecs;
        };
        in.object(name -> {
            switch (name) {
                case "secs" -> fields.secs = in.requiredNumber(Long.MIN_VALUE, Long.MAX_VALUE);
                case "nanosecs" -> fields.nanosecs = in.requiredNumber(0, 999_999_999);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new LinuxSpec.TimeOffset(fields.secs, (int) fields.nanosecs);
    }

    private SeccompProfile seccomp() throws SpecException {
        var fields = new Object() {
            String action = "";

            @Nullable
            Integer errno;

            List<String> architectures = List.of();
            List<String> flags = List.of();

            @Nullable
            String listener;

            @Nullable
            String metadata;

            List<SeccompProfile.Rule> rules = List.of();
        };
        in.object(name -> {
            switch (name) {
                case "defaultAction" -> fields.action = action();
                case "defaultErrnoRet" -> fields.errno = in.integer(0, 4095);
                case "architectures" -> fields.architectures = in.strings();
                case "flags" -> fields.flags = in.strings();
                case "listenerPath" -> fields.listener = in.string();
                case "listenerMetadata" -> fields.metadata = in.string();
                case "syscalls" -> fields.rules = in.list(this::rule);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (fields.action.isEmpty()) {
            throw in.wrongField("defaultAction", "is missing");
        }
        return new SeccompProfile(
                fields.action,
                fields.errno,
                fields.architectures,
                fields.flags,
                fields.listener,
                fields.metadata,
                fields.rules);
    }

    private String action() throws SpecException {
        String text = in.requiredString();
        return switch (text) {
            case "SCMP_ACT_KILL",
                    "SCMP_ACT_KILL_PROCESS",
                    "SCMP_ACT_KILL_THREAD",
                    "SCMP_ACT_TRAP",
                    "SCMP_ACT_ERRNO",
                    "SCMP_ACT_TRACE",
                    "SCMP_ACT_ALLOW",
                    "SCMP_ACT_LOG",
                    "SCMP_ACT_NOTIFY" -> text;
            default -> throw in.wrong("\"" + text + "\" is not an action of seccomp");
        };
    }

    private SeccompProfile.Rule rule() throws SpecException {
        var fields = new Object() {
            List<String> names = List.of();
            String action = "";

            @Nullable
            Integer errno;

            List<SeccompProfile.Argument> args = List.of();
        };
        in.object(name -> {
            switch (name) {
                case "names" -> fields.names = in.strings();
                case "action" -> fields.action = action();
                case "errnoRet" -> fields.errno = in.integer(0, 4095);
                case "args" -> fields.args = in.list(this::argument);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (fields.names.isEmpty()) {
            throw in.wrongField("names", "must name a system call");
        }
        if (fields.action.isEmpty()) {
            throw in.wrongField("action", "is missing");
        }
        return new SeccompProfile.Rule(fields.names, fields.action, fields.errno, fields.args);
    }

    private SeccompProfile.Argument argument() throws SpecException {
        var fields = new Object() {
            long index;
            long value;
            long valueTwo;
            String op = "";
        };
        in.object(name -> {
            switch (name) {
                case "index" -> fields.index = in.requiredNumber(0, 5);
                case "value" -> fields.value = in.unsigned();
                case "valueTwo" -> fields.valueTwo = in.unsigned();
                case "op" -> fields.op = operator();
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (fields.op.isEmpty()) {
            throw in.wrongField("op", "is missing");
        }
        return new SeccompProfile.Argument((int) fields.index, fields.value, fields.valueTwo, fields.op);
    }

    private String operator() throws SpecException {
        String text = in.requiredString();
        return switch (text) {
            case "SCMP_CMP_NE",
                    "SCMP_CMP_LT",
                    "SCMP_CMP_LE",
                    "SCMP_CMP_EQ",
                    "SCMP_CMP_GE",
                    "SCMP_CMP_GT",
                    "SCMP_CMP_MASKED_EQ" -> text;
            default -> throw in.wrong("\"" + text + "\" is not an operator of seccomp");
        };
    }
}
