package org.caisson.cli;

import java.util.ArrayList;
import java.util.List;
import org.caisson.runtime.ContainerException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson mount}: a file system of ours at a directory of the host, served by a process of its own until it is unmounted. */
final class MountCommand extends Verb {
    MountCommand() {
        super("mount");
    }

    @Override
    CommandSpec model() {
        return model(name());
    }

    /** The model of this command and of the server that it starts. */
    static CommandSpec model(String name) {
        CommandSpec spec = Model.command(name, "Mount a file system of Caisson at a directory.");
        spec.addOption(
                Model.choice("TYPE", MountType.NAMES, "What to mount: mem, host, overlay or erofs.", "-t", "--type"));
        spec.addOption(Model.values(
                "LIST",
                "Options as of mount(8): ro, suid, dev, noexec, …; of mem: size, nr_inodes, mode, uid, gid; of host: cache (none,"
                        + " auto: for a second, always), passthrough (on, off: whether the kernel moves data by itself, for which it asks"
                        + " to open each file; on unless cache=always), locks (on, off: whether locks of files are the host's, for which"
                        + " it asks at each close; on unless cache=always); of overlay: lowerdir, upperdir, workdir, userxattr; of erofs: device, for each further"
                        + " file that an image has data in.",
                "-o",
                "--options"));
        spec.addOption(Model.flag("Let the kernel write late, in large pieces.", "--writeback"));
        spec.addOption(Model.value("N", "How many threads wait for requests (default: one a CPU).", "--threads"));
        spec.addOption(Model.flag("Serve in the foreground.", "-f", "--foreground"));
        spec.addPositional(Model.operand(
                "0..*",
                "1..*",
                "[SOURCE] MOUNTPOINT",
                "What is shown (of host: a directory; of erofs: an image file, or several with colons between, the"
                        + " uppermost layer first), and the directory to cover."));
        return spec;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        MountRequest request = MountRequest.of(given);
        List<String> arguments = new ArrayList<>(request.arguments());
        if (given.flag("--foreground")) {
            return MountLauncher.become(arguments);
        }
        MountLauncher.start(request, arguments);
        return 0;
    }
}
