package org.caisson.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image}: the commands for images. */
final class ImageCommand extends Verb {
    ImageCommand() {
        super("image");
    }

    @Override
    CommandSpec model() {
        return Model.command(
                name(), "Images: pull, import, make, list, inspect, compare, mount, export, push and remove them.");
    }

    @Override
    List<String> subcommands() {
        return List.of(
                "pull",
                "import",
                "ls",
                "inspect",
                "history",
                "verify",
                "export",
                "push",
                "rm",
                "prune",
                "tree",
                "diff",
                "mount",
                "umount",
                "build-rootfs");
    }

    @Override
    @Nullable
    Verb subcommand(String word) {
        return switch (word) {
            case "pull" -> new ImagePullCommand();
            case "import", "load" -> new ImageImportCommand();
            case "ls", "list" -> new ImageListCommand();
            case "inspect" -> new ImageInspectCommand();
            case "history" -> new ImageHistoryCommand();
            case "verify" -> new ImageVerifyCommand();
            case "export", "save" -> new ImageExportCommand();
            case "push" -> new ImagePushCommand();
            case "rm", "remove" -> new ImageRemoveCommand();
            case "prune" -> new ImagePruneCommand();
            case "tree" -> new ImageTreeCommand();
            case "diff" -> new ImageDiffCommand();
            case "mount" -> new ImageMountCommand();
            case "umount", "unmount" -> new ImageUmountCommand();
            case "build-rootfs" -> new ImageBuildRootfsCommand();
            default -> null;
        };
    }

    @Override
    boolean quick() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException {
        throw new UsageException(
                "image: give one of " + String.join(", ", subcommands()) + "; see caisson image --help");
    }
}
