package org.caisson.cli;

import java.nio.file.Path;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.runtime.ContainerException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson umount}: takes a mount off; the process that served it ends. */
final class UmountCommand extends Verb {
    UmountCommand() {
        super("umount");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Take a mount of caisson mount off.");
        spec.addOption(Model.flag(
                "Also while it is in use: now from the tree, in truth when nobody uses it.", "-l", "--lazy"));
        spec.addPositional(Model.operand("0..*", "1..*", "MOUNTPOINT", "Where it is mounted."));
        return spec;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws ContainerException {
        unmount(given);
        return 0;
    }

    static void unmount(Arguments given) throws ContainerException {
        int flags = MountFlags.UMOUNT_NOFOLLOW | (given.flag("--lazy") ? MountFlags.MNT_DETACH : 0);
        for (String operand : given.operands()) {
            Path target = Path.of(operand).toAbsolutePath().normalize();
            MountTableEntry entry = MountTableEntry.on(target);
            if (entry == null) {
                throw new ContainerException("cannot unmount " + target + ": nothing is mounted there");
            }
            if (!entry.isOurs()) {
                throw new ContainerException("cannot unmount " + target + ": it is a mount of type " + entry.type()
                        + ", not of caisson mount; use umount");
            }
            unmount(target, flags);
        }
    }

    private static void unmount(Path target, int flags) throws ContainerException {
        try {
            MountCalls.umount2(target.toString(), flags);
        } catch (ErrnoException e) {
            String hint = e.errno() == Errno.EBUSY ? " (files there are open; --lazy takes it off all the same)" : "";
            throw new ContainerException(
                    "cannot unmount " + target + ": " + e.errno().text() + hint, e);
        }
    }
}
