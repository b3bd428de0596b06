package org.caisson.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.caisson.image.store.MergedLayers;
import org.jspecify.annotations.Nullable;

/**
 * What {@code caisson mount} was asked for.
 *
 * @param source the directory that a host file system shows; else a name for the mount table, or null
 * @param lists the option lists as they were given
 * @param threads how many threads wait for requests, or 0 for as many as there are CPUs
 */
record MountRequest(
        MountType type, @Nullable String source, Path target, List<String> lists, boolean writeback, int threads) {
    private static final int MOST_THREADS = 256;

    static MountRequest of(Arguments given) throws UsageException {
        MountType type = MountType.of(given.value("--type"));
        List<String> operands = given.operands();
        if (operands.size() > 2) {
            throw new UsageException("mount: too many operands: give a source, if the type has one, and a mount point");
        }
        String source = operands.size() == 2 ? operands.getFirst() : null;
        if (type == MountType.HOST) {
            if (source == null) {
                throw new UsageException(
                        "mount: --type host needs two directories: what is shown, and the mount point");
            }
            Path shown = Path.of(source).toAbsolutePath();
            if (!Files.isDirectory(shown)) {
                throw new UsageException("mount: " + shown + " is not a directory");
            }
            source = shown.toString();
        }
        if (type == MountType.EROFS) {
            source = images(source);
        }
        Path target = Path.of(operands.getLast()).toAbsolutePath();
        if (!Files.isDirectory(target)) {
            throw new UsageException("mount: the mount point " + target + " is not a directory");
        }
        List<String> lists = given.values("--options");
        MountOptions.parse(lists);
        return new MountRequest(
                type, source, target, lists, given.flag("--writeback"), threads(given.value("--threads")));
    }

    /** For layers of an image, the uppermost first, or all of them merged. */
    static MountRequest ofImages(List<MergedLayers> layers, Path target) throws UsageException {
        String names = String.join(
                ":", layers.stream().map(layer -> escaped(layer.file())).toList());
        List<String> devices = layers.stream()
                .flatMap(layer -> layer.devices().stream())
                .map(device -> "device=" + device.toString().replace(",", "\\,"))
                .toList();
        return new MountRequest(MountType.EROFS, images(names), target, devices, false, 0);
    }

    private static String escaped(Path file) {
        return file.toString().replace("\\", "\\\\").replace(":", "\\:");
    }

    /** The files of images, by absolute paths: the server has another working directory. */
    private static String images(@Nullable String source) throws UsageException {
        if (source == null) {
            throw new UsageException("mount: --type erofs needs an image file and the mount point");
        }
        List<String> files = new ArrayList<>();
        for (String name : OverlayTree.split(source)) {
            Path file = Path.of(name).toAbsolutePath();
            if (!Files.isRegularFile(file)) {
                throw new UsageException(
                        "mount: " + file + (Files.exists(file) ? " is not a regular file" : " does not exist"));
            }
            files.add(escaped(file));
        }
        return String.join(":", files);
    }

    private static int threads(@Nullable String text) throws UsageException {
        if (text == null) {
            return 0;
        }
        try {
            int count = Integer.parseInt(text);
            if (count >= 1 && count <= MOST_THREADS) {
                return count;
            }
        } catch (NumberFormatException e) {
            throw UsageException.invalid("--threads", text, "it is a number from 1 to " + MOST_THREADS);
        }
        throw UsageException.invalid("--threads", text, "it is a number from 1 to " + MOST_THREADS);
    }

    /** What a file system shows that cannot be without a source. */
    String shown() {
        return Objects.requireNonNull(source, "a file system without a source");
    }

    /** The command line of the server. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        arguments.add(MountServerCommand.NAME);
        arguments.add("--type=" + type.label());
        for (String list : lists) {
            arguments.add("--options=" + list);
        }
        if (writeback) {
            arguments.add("--writeback");
        }
        if (threads != 0) {
            arguments.add("--threads=" + threads);
        }
        arguments.add("--");
        if (source != null) {
            arguments.add(source);
        }
        arguments.add(target.toString());
        return arguments;
    }
}
