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

/** {@code caisson image export}: out of the store, unchanged unless another kind of layers is wanted. */
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
                        + " in the layout of OCI. With --layers erofs, its layers are EROFS images instead.");
        spec.addOption(Model.choice(
                "KIND",
                List.of("archive", "layout"),
                "Write an archive or a layout (default: an archive to - and to *.tar, else a layout).",
                "--to"));
        spec.addOption(Model.choice(
                "KIND",
                List.of("original", "erofs"),
                "Write the layers as they came, or as EROFS images compressed by zstd, which containerd and caisson use without converting"
                        + " them; that is another image of the same files (default: original).",
                "--layers"));
        spec.addPositional(Model.operand("0", "1", "IMAGE", "A name, or the first digits of an ID or digest."));
        spec.addPositional(Model.operand("1", "1", "TARGET", "A file or directory to make, or - for standard output."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        String target = given.operands().get(1);
        boolean archive = isArchive(given.value("--to"), target);
        ImageStore store = store(given);
        LayoutWriter writer = hasErofsLayers(given.value("--layers"))
                ? LayoutWriter.withErofsLayers(store, store.find(given.operand()))
                : new LayoutWriter(store, store.find(given.operand()));
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

    private static boolean hasErofsLayers(@Nullable String layers) throws UsageException {
        if (layers == null || layers.equals("original")) {
            return false;
        }
        if (layers.equals("erofs")) {
            return true;
        }
        throw UsageException.invalid("--layers", layers, "original and erofs are known");
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
