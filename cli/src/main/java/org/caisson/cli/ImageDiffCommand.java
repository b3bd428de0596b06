package org.caisson.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.TreeChange;
import org.caisson.vfs.difference.TreeDifference;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image diff}: how the files of two images, or of two layers, differ. */
final class ImageDiffCommand extends ImageVerb {
    ImageDiffCommand() {
        super("diff");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(),
                "Show what makes the files of the first image into those of the second, a line a file: A it is added,"
                        + " C it or something in it is changed, D it is removed.");
        addFormat(spec);
        spec.addOption(Model.flag("Times of modification do not count.", "--ignore-times"));
        spec.addPositional(
                Model.operand("0", "1", "FIRST", "An image, or IMAGE#N: its layer N alone, the lowest is 1."));
        spec.addPositional(Model.operand("1", "1", "SECOND", "The other one."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        boolean json = Table.isJson(given.value("--format"));
        Path store = storeRoot(given);
        DifferenceOptions options = DifferenceOptions.DEFAULT.withModifyTimes(!given.flag("--ignore-times"));
        try (ImageLayerName first = ImageLayerName.find(store, given.operands().get(0));
                ImageLayerName second =
                        ImageLayerName.find(store, given.operands().get(1));
                ImageFiles before = ImageFiles.open(first);
                ImageFiles after = before.beside(second);
                TreeDifference difference = TreeDifference.between(before.tree(), after.tree(), options)) {
            PrintStream out = Output.buffered();
            ChangeLines lines = new ChangeLines(out, json);
            TreeChange change = difference.next();
            while (change != null && !out.checkError()) {
                if (!change.path().isRoot()) {
                    lines.add(change);
                }
                change = difference.next();
            }
            lines.end();
            out.flush();
        }
        return 0;
    }
}
