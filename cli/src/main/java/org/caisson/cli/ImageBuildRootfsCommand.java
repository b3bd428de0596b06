package org.caisson.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image build-rootfs}: an image of a Debian system that debootstrap(8) makes. */
final class ImageBuildRootfsCommand extends ImageVerb {
    private static final String SUITE = "bookworm";
    private static final String VARIANT = "minbase";

    ImageBuildRootfsCommand() {
        super("build-rootfs");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(),
                "Make an image of a Debian system: debootstrap(8) installs it in a directory of the store, which"
                        + " becomes the image's one layer. What debootstrap says goes to standard error.");
        spec.addOption(Model.value("NAME", "The release (default: " + SUITE + ").", "--suite"));
        spec.addOption(Model.value("PACKAGES", "Packages to install as well, with commas between.", "--include"));
        spec.addOption(Model.value("URL", "Where packages come from (default: what debootstrap knows).", "--mirror"));
        spec.addOption(Model.value(
                "NAME", "Which packages it begins with (default: " + VARIANT + "; see debootstrap(8)).", "--variant"));
        spec.addOption(Model.flag("Show no progress, and nothing of debootstrap unless it fails.", "-q", "--quiet"));
        spec.addPositional(Model.operand("0", "1", "NAME", "What to call the image."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        Reference name = reference(given.operand());
        String program = find("debootstrap");
        if (program == null) {
            throw new ImageException("debootstrap is not installed: apt-get install debootstrap brings it");
        }
        ImageStore store = store(given);
        for (String option : List.of("--suite", "--mirror")) {
            String value = given.value(option);
            if (value != null && (value.isEmpty() || value.startsWith("-"))) {
                throw UsageException.invalid(option, value, "debootstrap would take it for an option");
            }
        }
        boolean quiet = given.flag("--quiet");
        StoredImage image;
        try (Work work = store.begin()) {
            Path root = Files.createDirectory(work.scratch().resolve("root"));
            Path log = quiet ? work.scratch().resolve("log") : null;
            install(command(program, given, root), log);
            try (ProgressBars progress = ProgressBars.open(quiet)) {
                image = new Importer(store, Platform.host(), progress, null).take(root, name);
            }
        }
        System.out.println(image.name().familiar() + " " + image.descriptor().digest());
        return 0;
    }

    /**
     * What is mounted in the new root meanwhile is mounted in a namespace that ends with it, and whatever runs there is killed with us: so
     * nothing is left, and the directory can be removed, however this ends.
     */
    private static List<String> command(String debootstrap, Arguments given, Path root) {
        List<String> command = new ArrayList<>(List.of(
                "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", debootstrap));
        String variant = given.value("--variant");
        command.add("--variant=" + (variant == null ? VARIANT : variant));
        String packages = given.value("--include");
        if (packages != null) {
            command.add("--include=" + packages);
        }
        String suite = given.value("--suite");
        command.add(suite == null ? SUITE : suite);
        command.add(root.toString());
        String mirror = given.value("--mirror");
        if (mirror != null) {
            command.add(mirror);
        }
        return command;
    }

    private static void install(List<String> command, @Nullable Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(new File("/dev/null"));
        if (log != null) {
            builder.redirectOutput(log.toFile());
        }
        Process process = builder.start();
        // Its standard output is our standard error: ours is for the result.
        process.getInputStream().transferTo(System.err);
        int status = finish(process);
        if (status == 0) {
            return;
        }
        if (log != null) {
            System.err.print(Files.readString(log));
        }
        throw new ImageException("debootstrap failed with status " + status
                + ": what it said is above; correct --suite, --include or --mirror");
    }

    private static int finish(Process process) throws IOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static @Nullable String find(String program) {
        String path = System.getenv("PATH");
        List<String> directories = new ArrayList<>(List.of((path == null ? "" : path).split(":", -1)));
        directories.add("/usr/sbin");
        for (String directory : directories) {
            Path file = Path.of(directory.isEmpty() ? "." : directory, program);
            if (Files.isExecutable(file) && Files.isRegularFile(file)) {
                return file.toString();
            }
        }
        return null;
    }
}
