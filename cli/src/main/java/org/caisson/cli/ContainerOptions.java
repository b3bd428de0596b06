package org.caisson.cli;

import java.util.List;
import org.caisson.linux.Terminal;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerIds;
import org.caisson.runtime.Network;
import org.caisson.runtime.SpecBuilder;
import org.caisson.runtime.spec.PolicyReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** What {@code do} and {@code run} have in common: options that shape a container, named as Docker names them. */
final class ContainerOptions {
    static final List<String> FORMATS = List.of("text", "json");

    private ContainerOptions() {}

    /** How the program is attached, and how the container is called. */
    static void addAttachment(CommandSpec spec) {
        spec.addOption(Model.value("NAME", "Name of the container (default: a random one).", "--name"));
        spec.addOption(Model.flag("Remove the container when its program ends.", "--rm"));
        spec.addOption(
                Model.flag("Return when the program has started, and print the container's name.", "-d", "--detach"));
        spec.addOption(
                Model.flag("Give the program our standard input; without, it reads /dev/null.", "-i", "--interactive"));
        spec.addOption(Model.flag("Give the program a terminal.", "-t", "--tty"));
        spec.addOption(Model.choice("FORMAT", FORMATS, "With -d, print text (default) or json.", "--format"));
        spec.addOption(Model.value("FILE", "Write the process id of the program to FILE.", "--pid-file"));
    }

    /** What the program sees and may use. */
    static void addShape(CommandSpec spec) {
        spec.addOption(Model.values("NAME[=VALUE]", "Set a variable, or pass on the caller's.", "-e", "--env"));
        spec.addOption(Model.values("FILE", "Read variables from FILE, one NAME=VALUE a line.", "--env-file"));
        spec.addOption(Model.value("DIR", "Working directory.", "-w", "--workdir"));
        spec.addOption(Model.value("USER[:GROUP]", "Run as this user, by name or number.", "-u", "--user"));
        spec.addOption(Model.values("SRC:DST[:ro]", "Show a file or directory of the host.", "-v", "--volume"));
        spec.addOption(Model.values("DIR[:OPTIONS]", "Mount an empty tmpfs.", "--tmpfs"));
        spec.addOption(Model.value("NAME", "Host name (default: caisson).", "-h", "--hostname"));
        spec.addOption(Model.flag("Make the root read-only.", "--read-only"));
        spec.addOption(Model.value("SIZE", "Memory limit, for example 256m; 0 for none.", "-m", "--memory"));
        spec.addOption(Model.value("SIZE", "Limit of memory plus swap, -1 for none.", "--memory-swap"));
        spec.addOption(Model.value("NUMBER", "CPU limit, for example 1.5; 0 for none.", "--cpus"));
        spec.addOption(Model.value("WEIGHT", "Relative CPU weight (default: 1024).", "-c", "--cpu-shares"));
        spec.addOption(Model.value("LIST", "CPUs to run on, for example 0-2,4.", "--cpuset-cpus"));
        spec.addOption(Model.value("COUNT", "Limit of processes and threads; 0 or -1 for none.", "--pids-limit"));
        spec.addOption(Model.choice(
                "NETWORK", List.of("none", "host"), "Network: none (default) or host.", "--network", "--net"));
        spec.addOption(Model.values("NAME", "Add a capability (or ALL).", "--cap-add"));
        spec.addOption(Model.values("NAME", "Drop a capability (or ALL).", "--cap-drop"));
        spec.addOption(Model.values("NAME=SOFT[:HARD]", "Set a resource limit, for example nofile=1024.", "--ulimit"));
        spec.addOption(Model.values("OPTION", "Security option: no-new-privileges.", "--security-opt"));
        PolicyOption.add(spec);
        spec.addOption(Model.flag("Run a small init as process 1 that reaps orphans.", "--init"));
        spec.addOption(Model.value("PROGRAM", "Run PROGRAM with the command as its arguments.", "--entrypoint"));
    }

    /** Reads what {@link #addShape} modelled into a specification. */
    static void apply(Caller caller, Arguments given, SpecBuilder spec) throws UsageException {
        for (String assignment : Environment.collect(caller, given.values("--env-file"), given.values("--env"))) {
            spec.env(assignment);
        }
        String directory = Volume.absolute("--workdir", given.value("--workdir"));
        if (directory != null) {
            spec.cwd(directory);
        }
        for (String text : given.values("--volume")) {
            Volume volume = Volume.parse(caller, text);
            spec.bind(volume.source(), volume.destination(), volume.readOnly());
        }
        for (String text : given.values("--tmpfs")) {
            int colon = text.indexOf(':');
            String destination = colon < 0 ? text : text.substring(0, colon);
            String clean = Volume.clean(destination);
            if (!destination.startsWith("/") || clean.equals("/")) {
                throw UsageException.invalid(
                        "--tmpfs", text, "give an absolute directory below the root, for example /run:size=64m");
            }
            spec.tmpfs(clean, colon < 0 ? "" : text.substring(colon + 1));
        }
        String hostname = given.value("--hostname");
        if (hostname != null) {
            spec.hostname(checkHostname(hostname));
        }
        if (given.flag("--read-only")) {
            spec.readOnlyRoot(true);
        }
        applyLimits(given, spec);
        applyRights(given, spec);
        String policy = PolicyOption.text(caller, given);
        if (policy != null) {
            spec.annotation(PolicyReader.ANNOTATION, policy);
        }
    }

    /** A limit of 0 is none, as in Docker. */
    private static void applyLimits(Arguments given, SpecBuilder spec) throws UsageException {
        String memory = given.value("--memory");
        long memoryBytes = memory == null ? 0 : Quantities.bytes("--memory", memory);
        if (memory != null && memoryBytes != 0) {
            if (memoryBytes < 6 << 20) {
                throw UsageException.invalid("--memory", memory, "less than 6m, with which no program starts");
            }
            spec.memory(memoryBytes);
        }
        String swap = given.value("--memory-swap");
        if (swap != null) {
            long bytes = Quantities.bytesOrUnlimited("--memory-swap", swap);
            if (memoryBytes == 0 || (bytes >= 0 && bytes < memoryBytes)) {
                throw UsageException.invalid(
                        "--memory-swap",
                        swap,
                        "it counts memory and swap together: give --memory too, and not more than this");
            }
            spec.memorySwap(bytes);
        }
        String cpus = given.value("--cpus");
        if (cpus != null) {
            long milliCpus = Quantities.milliCpus("--cpus", cpus);
            if (milliCpus != 0) {
                spec.milliCpus(milliCpus);
            }
        }
        String shares = given.value("--cpu-shares");
        if (shares != null) {
            spec.cpuShares(Quantities.whole("--cpu-shares", shares, 2, "give a whole number from 2 on"));
        }
        String cpuset = given.value("--cpuset-cpus");
        if (cpuset != null) {
            spec.cpusetCpus(checkCpuList(cpuset));
        }
        String pids = given.value("--pids-limit");
        if (pids != null) {
            long limit = Quantities.whole("--pids-limit", pids, -1, "give a whole number, or -1 for no limit");
            spec.pidsLimit(limit == 0 ? -1 : limit);
        }
        for (String text : given.values("--ulimit")) {
            Ulimit ulimit = Ulimit.parse(text);
            spec.ulimit(ulimit.type(), ulimit.soft(), ulimit.hard());
        }
    }

    private static void applyRights(Arguments given, SpecBuilder spec) throws UsageException {
        String network = given.value("--network");
        if (network != null) {
            spec.network(
                    switch (network) {
                        case "none" -> Network.NONE;
                        case "host" -> Network.HOST;
                        default -> throw UsageException.invalid("--network", network, "none and host are known");
                    });
        }
        for (String name : given.values("--cap-add")) {
            spec.capAdd(name);
        }
        for (String name : given.values("--cap-drop")) {
            spec.capDrop(name);
        }
        for (String option : given.values("--security-opt")) {
            switch (option) {
                case "no-new-privileges", "no-new-privileges=true", "no-new-privileges:true" ->
                    spec.noNewPrivileges(true);
                case "no-new-privileges=false", "no-new-privileges:false" -> spec.noNewPrivileges(false);
                default -> throw UsageException.invalid("--security-opt", option, "only no-new-privileges is known");
            }
        }
    }

    /** A terminal of the size of ours, if asked for; a variable TERM as ours, which {@link #apply} may replace. */
    static void applyTerminal(Caller caller, Arguments given, SpecBuilder spec) {
        if (!given.flag("--tty")) {
            return;
        }
        spec.terminal(true);
        int ours = caller.terminal();
        if (ours >= 0) {
            try {
                Terminal.WindowSize size = Terminal.windowSize(ours);
                if (size.rows() > 0 && size.columns() > 0) {
                    spec.consoleSize(size.rows(), size.columns());
                }
            } catch (org.caisson.linux.ErrnoException e) {
                // The terminal went away: the container's keeps the kernel's default size.
            }
        }
        String term = caller.variable("TERM");
        if (term != null && !term.isEmpty()) {
            spec.env("TERM=" + term);
        }
    }

    /** The command: the entry point, if any, then the operands from {@code from} on. */
    static List<String> command(Arguments given, int from) {
        List<String> operands = given.operands();
        List<String> rest = operands.subList(Math.min(from, operands.size()), operands.size());
        String entry = given.value("--entrypoint");
        if (entry == null) {
            return rest;
        }
        List<String> command = new java.util.ArrayList<>(List.of(entry));
        command.addAll(rest);
        return command;
    }

    /** The given name, or a random one. */
    static String id(Arguments given) throws ContainerException {
        String name = given.value("--name");
        return name == null ? ContainerIds.random() : ContainerIds.check(name);
    }

    static @Nullable String format(Arguments given) throws UsageException {
        String format = given.value("--format");
        if (format != null && !FORMATS.contains(format)) {
            throw UsageException.invalid("--format", format, "text and json are known");
        }
        return format;
    }

    private static String checkHostname(String name) throws UsageException {
        boolean good = !name.isEmpty() && name.length() <= 64 && name.charAt(0) != '-';
        for (int i = 0; good && i < name.length(); i++) {
            char c = name.charAt(i);
            good = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '.'
                    || c == '_';
        }
        if (!good) {
            throw UsageException.invalid("--hostname", name, "use 1 to 64 letters, digits, hyphens and dots");
        }
        return name;
    }

    private static String checkCpuList(String list) throws UsageException {
        int before = -1; // the number before a hyphen
        int number = -1;
        boolean good = !list.isEmpty();
        for (int i = 0; good && i <= list.length(); i++) {
            char c = i == list.length() ? ',' : list.charAt(i);
            if (c >= '0' && c <= '9') {
                number = Math.max(number, 0) * 10 + c - '0';
                good = number < 8192;
            } else if (c == '-') {
                good = number >= 0 && before < 0;
                before = number;
                number = -1;
            } else {
                good = c == ',' && number >= before && number >= 0;
                before = -1;
                number = -1;
            }
        }
        if (!good) {
            throw UsageException.invalid("--cpuset-cpus", list, "give CPU numbers and ranges, for example 0-2,4");
        }
        return list;
    }
}
