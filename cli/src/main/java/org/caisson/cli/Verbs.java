package org.caisson.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** All commands. One is made only when it is asked for, so that the others cost nothing at start-up. */
final class Verbs {
    /** In the order of the help page: first what people use, then the OCI runtime's. */
    static final List<String> NAMES = List.of(
            "do",
            "run",
            "exec",
            "ps",
            "stop",
            "kill",
            "rm",
            "diff",
            "commit",
            "cp",
            "list",
            "pause",
            "resume",
            "mount",
            "umount",
            "image",
            "daemon",
            "check",
            "version",
            "create",
            "start",
            "state",
            "delete",
            "spec",
            "features");

    private Verbs() {}

    static @Nullable Verb find(String name) {
        return switch (name) {
            case "do" -> new DoCommand();
            case "run" -> new RunCommand();
            case "exec" -> new ExecCommand();
            case "ps" -> new PsCommand();
            case "stop" -> new StopCommand();
            case "kill" -> new KillCommand();
            case "rm" -> new RmCommand();
            case "diff" -> new DiffCommand();
            case "commit" -> new CommitCommand();
            case "cp" -> new CpCommand();
            case "list", "ls" -> new ListCommand();
            case "pause" -> new PauseCommand();
            case "resume", "unpause" -> new ResumeCommand();
            case "mount" -> new MountCommand();
            case "umount", "unmount" -> new UmountCommand();
            case MountServerCommand.NAME -> new MountServerCommand();
            case "image" -> new ImageCommand();
            case DaemonCommand.NAME -> new DaemonCommand();
            case "check" -> new CheckCommand();
            case "version" -> new VersionCommand();
            case "create" -> new CreateCommand();
            case "start" -> new StartCommand();
            case "state" -> new StateCommand();
            case "delete" -> new DeleteCommand();
            case "spec" -> new SpecCommand();
            case "features" -> new FeaturesCommand();
            case "help" -> new HelpCommand();
            case KeeperCommand.NAME -> new KeeperCommand();
            case RehearseCommand.NAME -> new RehearseCommand();
            default -> null;
        };
    }

    /** All verbs of {@link #NAMES}, and after each what can follow it. */
    static List<Verb> all() {
        List<Verb> all = new ArrayList<>();
        for (String name : NAMES) {
            Verb verb = get(name);
            all.add(verb);
            for (String word : verb.subcommands()) {
                all.add(Objects.requireNonNull(verb.subcommand(word)));
            }
        }
        return all;
    }

    /** A verb of {@link #NAMES}. */
    static Verb get(String name) {
        Verb verb = find(name);
        if (verb == null) {
            throw new IllegalArgumentException("no verb " + name);
        }
        return verb;
    }
}
