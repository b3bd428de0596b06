package org.caisson.runtime.spec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.caisson.runtime.spec.Hooks.Hook;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code config.json}. Fields that are not known are ignored, as the runtime-spec demands; values of the wrong type or
 * out of range are refused with their JSON path, as {@code linux.resources.memory.limit: must not be negative}.
 */
public final class SpecReader {
    private static final int MOST_ID = Integer.MAX_VALUE;
    private static final int MOST_MOUNTS = 1000;

    private final JsonCursor in;

    private SpecReader(JsonCursor in) {
        this.in = in;
    }

    /** Reads a file; the message of a failure begins with its name. */
    public static Spec read(Path file) throws SpecException {
        try {
            return parse(bytes(file));
        } catch (SpecException e) {
            throw new SpecException(file + ": " + e.getMessage());
        }
    }

    /** Reads a file that holds a process section alone, as {@code exec --process} takes. */
    public static ProcessSpec readProcess(Path file) throws SpecException {
        try (JsonCursor in = new JsonCursor(bytes(file))) {
            ProcessSpec process = new SpecReader(in).process();
            in.end();
            return process;
        } catch (SpecException e) {
            throw new SpecException(file + ": " + e.getMessage());
        }
    }

    private static byte[] bytes(Path file) throws SpecException {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] text = stream.readNBytes(JsonCursor.LONGEST + 1);
            if (text.length == 0) {
                throw new SpecException("is empty");
            }
            return text;
        } catch (NoSuchFileException e) {
            throw new SpecException("there is no such file; a bundle must hold config.json");
        } catch (SpecException e) {
            throw e;
        } catch (IOException e) {
            throw new SpecException("cannot be read: " + e.getMessage());
        }
    }

    /** Reads a whole document. */
    public static Spec parse(byte[] text) throws SpecException {
        try (JsonCursor in = new JsonCursor(text)) {
            Spec spec = new SpecReader(in).spec();
            in.end();
            return spec;
        }
    }

    private Spec spec() throws SpecException {
        var fields = new Object() {
            @Nullable
            String version;

            @Nullable
            ProcessSpec process;

            @Nullable
            Root root;

            @Nullable
            String hostname;

            @Nullable
            String domainname;

            List<MountSpec> mounts = List.of();
            Hooks hooks = Hooks.NONE;
            LinuxSpec linux = LinuxSpec.EMPTY;
            Map<String, String> annotations = Map.of();
        };
        requireObject();
        in.object(name -> {
            switch (name) {
                case "ociVersion" -> fields.version = in.string();
                case "process" -> fields.process = in.isNull() ? null : process();
                case "root" -> fields.root = in.isNull() ? null : root();
                case "hostname" -> fields.hostname = in.string();
                case "domainname" -> fields.domainname = in.string();
                case "mounts" -> fields.mounts = mounts();
                case "hooks" -> fields.hooks = hooks();
                case "linux" -> fields.linux = in.isNull() ? LinuxSpec.EMPTY : new LinuxReader(in).linux();
                case "annotations" -> fields.annotations = annotations();
                default -> {
                    return false;
                }
            }
            return true;
        });
        String version = fields.version;
        if (version == null) {
            throw in.wrongField("ociVersion", "is missing");
        }
        if (!version.startsWith("1.")) {
            throw in.wrongField("ociVersion", "is " + version + ", but only 1.x is understood");
        }
        Root root = fields.root;
        if (root == null) {
            throw in.wrongField("root", "is missing");
        }
        return new Spec(
                version,
                fields.process,
                root,
                fields.hostname,
                fields.domainname,
                fields.mounts,
                fields.hooks,
                fields.linux,
                fields.annotations);
    }

    private Map<String, String> annotations() throws SpecException {
        Map<String, String> map = in.map(in::requiredString);
        if (map.containsKey("")) {
            throw in.wrong("a name must not be empty");
        }
        return map;
    }

    private Root root() throws SpecException {
        var fields = new Object() {
            @Nullable
            String path;

            boolean readonly;
        };
        in.object(name -> {
            switch (name) {
                case "path" -> fields.path = in.path();
                case "readonly" -> fields.readonly = in.bool();
                default -> {
                    return false;
                }
            }
            return true;
        });
        String path = fields.path;
        if (path == null || path.isEmpty()) {
            throw in.wrongField("path", "is missing");
        }
        return new Root(path, fields.readonly);
    }

    private List<MountSpec> mounts() throws SpecException {
        List<MountSpec> mounts = in.list(this::mount);
        if (mounts.size() > MOST_MOUNTS) {
            throw in.wrong("must be at most " + MOST_MOUNTS);
        }
        return mounts;
    }

    private MountSpec mount() throws SpecException {
        var fields = new Object() {
            @Nullable
            String destination;

            String type = "";
            String source = "";
            List<String> options = List.of();
            List<IdMapping> uids = List.of();
            List<IdMapping> gids = List.of();
        };
        requireObject();
        in.object(name -> {
            switch (name) {
                case "destination" -> fields.destination = in.path();
                case "type" -> fields.type = orEmpty(in.string());
                case "source" -> fields.source = orEmpty(in.path());
                case "options" -> fields.options = in.strings();
                case "uidMappings" -> fields.uids = in.list(() -> idMapping(in));
                case "gidMappings" -> fields.gids = in.list(() -> idMapping(in));
                default -> {
                    return false;
                }
            }
            return true;
        });
        String destination = fields.destination;
        if (destination == null || destination.isEmpty()) {
            throw in.wrongField("destination", "is missing");
        }
        if (fields.uids.isEmpty() != fields.gids.isEmpty()) {
            throw in.wrong("uidMappings and gidMappings must be given together");
        }
        return new MountSpec(destination, fields.type, fields.source, fields.options, fields.uids, fields.gids);
    }

    static IdMapping idMapping(JsonCursor in) throws SpecException {
        var fields = new Object() {
            long containerId = -1;
            long hostId = -1;
            long size = -1;
        };
        long most = 0xffff_fffeL;
        in.object(name -> {
            switch (name) {
                case "containerID" -> fields.containerId = in.requiredNumber(0, most);
                case "hostID" -> fields.hostId = in.requiredNumber(0, most);
                case "size" -> fields.size = in.requiredNumber(1, most + 1);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (fields.size < 0) {
            throw in.wrongField("size", "is missing");
        }
        if (Math.max(fields.containerId, fields.hostId) + fields.size > most + 1) {
            throw in.wrongField("size", "reaches beyond the highest id");
        }
        return new IdMapping(Math.max(fields.containerId, 0), Math.max(fields.hostId, 0), fields.size);
    }

    private Hooks hooks() throws SpecException {
        var fields = new Object() {
            List<Hook> prestart = List.of();
            List<Hook> createRuntime = List.of();
            List<Hook> createContainer = List.of();
            List<Hook> startContainer = List.of();
            List<Hook> poststart = List.of();
            List<Hook> poststop = List.of();
        };
        in.object(name -> {
            switch (name) {
                case "prestart" -> fields.prestart = in.list(this::hook);
                case "createRuntime" -> fields.createRuntime = in.list(this::hook);
                case "createContainer" -> fields.createContainer = in.list(this::hook);
                case "startContainer" -> fields.startContainer = in.list(this::hook);
                case "poststart" -> fields.poststart = in.list(this::hook);
                case "poststop" -> fields.poststop = in.list(this::hook);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new Hooks(
                fields.prestart,
                fields.createRuntime,
                fields.createContainer,
                fields.startContainer,
                fields.poststart,
                fields.poststop);
    }

    private Hook hook() throws SpecException {
        var fields = new Object() {
            String path = "";
            List<String> args = List.of();
            List<String> env = List.of();

            @Nullable
            Integer timeout;
        };
        in.object(name -> {
            switch (name) {
                case "path" -> fields.path = in.requiredPath();
                case "args" -> fields.args = in.strings();
                case "env" -> fields.env = in.strings();
                case "timeout" -> fields.timeout = in.integer(1, Integer.MAX_VALUE);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (!fields.path.startsWith("/")) {
            throw in.wrongField("path", "must be an absolute path");
        }
        return new Hook(fields.path, fields.args, fields.env, fields.timeout);
    }

    private ProcessSpec process() throws SpecException {
        var fields = new Object() {
            boolean terminal;
            ProcessSpec.@Nullable ConsoleSize consoleSize;
            ProcessSpec.User user = ProcessSpec.User.ROOT;
            List<String> args = List.of();
            List<String> env = List.of();

            @Nullable
            String cwd;

            @Nullable
            CapabilitySets capabilities;

            List<Rlimit> rlimits = List.of();
            boolean noNewPrivileges;

            @Nullable
            String apparmor;

            @Nullable
            String selinux;

            @Nullable
            Integer oomScoreAdj;

            ProcessSpec.@Nullable Scheduler scheduler;
            ProcessSpec.@Nullable IoPriority ioPriority;
        };
        requireObject();
        in.object(name -> {
            switch (name) {
                case "terminal" -> fields.terminal = in.bool();
                case "consoleSize" -> fields.consoleSize = in.isNull() ? null : consoleSize();
                case "user" -> fields.user = in.isNull() ? ProcessSpec.User.ROOT : user();
                case "args" -> fields.args = in.strings();
                case "env" -> fields.env = environment();
                case "cwd" -> fields.cwd = in.path();
                case "capabilities" -> fields.capabilities = in.isNull() ? null : capabilities();
                case "rlimits" -> fields.rlimits = rlimits();
                case "noNewPrivileges" -> fields.noNewPrivileges = in.bool();
                case "apparmorProfile" -> fields.apparmor = in.string();
                case "selinuxLabel" -> fields.selinux = in.string();
                case "oomScoreAdj" -> fields.oomScoreAdj = in.integer(-1000, 1000);
                case "scheduler" -> fields.scheduler = in.isNull() ? null : scheduler();
                case "ioPriority" -> fields.ioPriority = in.isNull() ? null : ioPriority();
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (fields.args.isEmpty()) {
            throw in.wrongField("args", "must hold the program to run");
        }
        String cwd = fields.cwd;
        if (cwd == null || !cwd.startsWith("/")) {
            throw in.wrongField("cwd", "must be an absolute path");
        }
        return new ProcessSpec(
                fields.terminal,
                fields.consoleSize,
                fields.user,
                fields.args,
                fields.env,
                cwd,
                fields.capabilities,
                fields.rlimits,
                fields.noNewPrivileges,
                fields.apparmor,
                fields.selinux,
                fields.oomScoreAdj,
                fields.scheduler,
                fields.ioPriority);
    }

    private List<String> environment() throws SpecException {
        return in.list(() -> {
            String assignment = in.requiredString();
            if (assignment.indexOf('=') < 1) {
                throw in.wrong("must have the form NAME=value");
            }
            return assignment;
        });
    }

    private ProcessSpec.ConsoleSize consoleSize() throws SpecException {
        var fields = new Object() {
            long height;
            long width;
        };
        in.object(name -> {
            switch (name) {
                case "height" -> fields.height = in.requiredNumber(0, 0xffff);
                case "width" -> fields.width = in.requiredNumber(0, 0xffff);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new ProcessSpec.ConsoleSize((int) fields.height, (int) fields.width);
    }

    private ProcessSpec.User user() throws SpecException {
        var fields = new Object() {
            long uid;
            long gid;

            @Nullable
            Integer umask;

            List<Integer> additionalGids = List.of();

            @Nullable
            String username;
        };
        in.object(name -> {
            switch (name) {
                case "uid" -> fields.uid = in.requiredNumber(0, MOST_ID);
                case "gid" -> fields.gid = in.requiredNumber(0, MOST_ID);
                case "umask" -> fields.umask = in.integer(0, 0777);
                case "additionalGids" ->
                    fields.additionalGids = in.list(() -> Math.toIntExact(in.requiredNumber(0, MOST_ID)));
                case "username" -> fields.username = in.string();
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new ProcessSpec.User(
                (int) fields.uid, (int) fields.gid, fields.umask, fields.additionalGids, fields.username);
    }

    private CapabilitySets capabilities() throws SpecException {
        var fields = new Object() {
            List<String> bounding = List.of();
            List<String> effective = List.of();
            List<String> inheritable = List.of();
            List<String> permitted = List.of();
            List<String> ambient = List.of();
        };
        in.object(name -> {
            switch (name) {
                case "bounding" -> fields.bounding = in.strings();
                case "effective" -> fields.effective = in.strings();
                case "inheritable" -> fields.inheritable = in.strings();
                case "permitted" -> fields.permitted = in.strings();
                case "ambient" -> fields.ambient = in.strings();
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new CapabilitySets(
                fields.bounding, fields.effective, fields.inheritable, fields.permitted, fields.ambient);
    }

    private List<Rlimit> rlimits() throws SpecException {
        List<String> seen = new ArrayList<>();
        return in.list(() -> {
            var fields = new Object() {
                String type = "";
                long hard;
                long soft;
            };
            in.object(name -> {
                switch (name) {
                    case "type" -> fields.type = in.requiredString();
                    case "hard" -> fields.hard = in.unsigned();
                    case "soft" -> fields.soft = in.unsigned();
                    default -> {
                        return false;
                    }
                }
                return true;
            });
            if (!fields.type.startsWith("RLIMIT_")) {
                throw in.wrongField("type", "must be a name such as RLIMIT_NOFILE");
            }
            if (seen.contains(fields.type)) {
                throw in.wrongField("type", fields.type + " is given twice");
            }
            if (Long.compareUnsigned(fields.soft, fields.hard) > 0) {
                throw in.wrongField("soft", "must not be above hard");
            }
            seen.add(fields.type);
            return new Rlimit(fields.type, fields.hard, fields.soft);
        });
    }

    private ProcessSpec.Scheduler scheduler() throws SpecException {
        var fields = new Object() {
            String policy = "";
            long nice;
            long priority;
            List<String> flags = List.of();
            long runtime;
            long deadline;
            long period;
        };
        in.object(name -> {
            switch (name) {
                case "policy" -> fields.policy = in.requiredString();
                case "nice" -> fields.nice = in.requiredNumber(-20, 19);
                case "priority" -> fields.priority = in.requiredNumber(0, 99);
                case "flags" -> fields.flags = in.strings();
                case "runtime" -> fields.runtime = in.unsigned();
                case "deadline" -> fields.deadline = in.unsigned();
                case "period" -> fields.period = in.unsigned();
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new ProcessSpec.Scheduler(
                fields.policy,
                (int) fields.nice,
                (int) fields.priority,
                fields.flags,
                fields.runtime,
                fields.deadline,
                fields.period);
    }

    private ProcessSpec.IoPriority ioPriority() throws SpecException {
        var fields = new Object() {
            String priorityClass = "";
            long priority;
        };
        in.object(name -> {
            switch (name) {
                case "class" -> fields.priorityClass = in.requiredString();
                case "priority" -> fields.priority = in.requiredNumber(0, 7);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new ProcessSpec.IoPriority(fields.priorityClass, (int) fields.priority);
    }

    private void requireObject() throws SpecException {
        if (in.isNull()) {
            throw in.wrong("must be an object, not null");
        }
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
