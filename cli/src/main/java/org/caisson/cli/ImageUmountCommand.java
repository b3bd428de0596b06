package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image umount}: takes an image off again. */
final class ImageUmountCommand extends Verb {
    ImageUmountCommand() {
        super("image umount");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Take a mount of caisson image mount off.");
        spec.addOption(Model.flag(
                "Also while it is in use: now from the tree, in truth when nobody uses it.", "-l", "--lazy"));
        spec.addPositional(Model.operand("0..*", "1..*", "DIR", "Where it is mounted."));
        return spec;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws ContainerException {
        UmountCommand.unmount(given);
        return 0;
    }
}
