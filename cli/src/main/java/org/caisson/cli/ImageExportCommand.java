package org.caisson.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.caisson.image.source.LayoutWriter;
import org.caisson.image.store.ImageStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image export}: out of the store, unchanged. */
final class ImageExportCommand extends ImageVerb {
    private static final int BUFFER = 128 * 1024;

    ImageExportCommand() {
        super("export");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(),
                "Export an image as it came, with the same digests: as an archive that docker load and skopeo read, or as a directory"
                        + " in the layout of OCI.");
        spec.addOption(Model.choice(
                "KIND",
                List.of("archive", "layout"),
                "Write an archive or a layout (default: an archive to - and to *.tar, else a layout).",
                "--to"));
        spec.addPositional(Model.operand("0", "1", "IMAGE", "A name, or the first digits of an ID or digest."));
        spec.addPositional(Model.operand("1", "1", "TARGET", "A file or directory to make, or - for standard output."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        String target = given.operands().get(1);
        boolean archive = isArchive(given.value("--to"), target);
        ImageStore store = store(given);
        LayoutWriter writer = new LayoutWriter(store, store.find(given.operand()));
        if (!archive) {
            writer.writeDirectory(Path.of(target));
            return 0;
        }
        if (target.equals("-")) {
            try (OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER)) {
                writer.writeArchive(out);
            }
            return 0;
        }
        Path file = Path.of(target);
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
            writer.writeArchive(out);
        } catch (java.nio.file.FileAlreadyExistsException e) {
            throw e;
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        return 0;
    }

    private static boolean isArchive(@Nullable String kind, String target) throws UsageException {
        if (kind == null) {
            return target.equals("-") || target.endsWith(".tar");
        }
        if (kind.equals("archive")) {
            return true;
        }
        if (kind.equals("layout")) {
            if (target.equals("-")) {
                throw UsageException.invalid("--to", kind, "a directory cannot go to standard output");
            }
            return false;
        }
        throw UsageException.invalid("--to", kind, "archive and layout are known");
    }
}
