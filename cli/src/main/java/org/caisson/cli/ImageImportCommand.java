package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image import}: from a file, a directory or a pipe into the store. */
final class ImageImportCommand extends ImageVerb {
    ImageImportCommand() {
        super("import");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(),
                "Import an image: a directory or archive in the layout of OCI, an archive of docker save, a root directory, or an"
                        + " archive of one.");
        addPlatform(spec);
        spec.addOption(Model.value("NAME", "Which of several images of an archive or layout.", "--select"));
        spec.addOption(Model.flag("Show no progress.", "-q", "--quiet"));
        spec.addPositional(Model.operand("0", "1", "SOURCE", "A file, a directory, or - for standard input."));
        spec.addPositional(
                Model.operand("1", "0..1", "NAME", "What to call it (default: what the source says it is called)."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        List<String> operands = given.operands();
        String source = operands.getFirst();
        Reference name = operands.size() > 1 ? reference(operands.get(1)) : null;
        ImageStore store = store(given);
        StoredImage image;
        try (ProgressBars progress = ProgressBars.open(given.flag("--quiet"))) {
            Importer importer = new Importer(store, platform(given), progress, given.value("--select"));
            image = take(importer, source, name);
        }
        System.out.println(image.name().familiar() + " " + image.descriptor().digest());
        return 0;
    }

    private static StoredImage take(Importer importer, String source, @Nullable Reference name) throws IOException {
        return source.equals("-")
                ? importer.take(System.in, "standard input", name)
                : importer.take(Path.of(source), name);
    }
}
