package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.caisson.image.oci.ImageException;
import org.caisson.image.store.MergedLayers;
import org.caisson.image.tree.KernelMount;
import org.caisson.linux.ErrnoException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image mount}: an image at a directory of the host, read-only. */
final class ImageMountCommand extends ImageVerb {
    ImageMountCommand() {
        super("mount");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(),
                "Mount an image, or one layer, read-only at a directory, and print who serves it: host, the kernel"
                        + " (EROFS and overlayfs), or fuse, a process of Caisson. It stays there when the image is removed"
                        + " from the store.");
        spec.addOption(RootKernel.option());
        spec.addPositional(
                Model.operand("0", "1", "IMAGE", "An image, or IMAGE#N: its layer N alone, the lowest is 1."));
        spec.addPositional(Model.operand("1", "1", "DIR", "The directory to cover."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        RootKernel wanted = RootKernel.of(given.value("--kernel"));
        Path target = Path.of(given.operands().get(1)).toAbsolutePath().normalize();
        if (!Files.isDirectory(target)) {
            throw new UsageException("image mount: the mount point " + target + " is not a directory");
        }
        try (ImageLayerName name = ImageLayerName.find(storeRoot(given), given.operand())) {
            List<MergedLayers> layers = name.files();
            if (layers.isEmpty()) {
                throw new ImageException("the image " + name.familiar() + " has no layers: there is nothing to mount");
            }
            for (MergedLayers layer : layers) {
                if (Files.isDirectory(layer.file())) {
                    throw new ImageException("data of " + name.familiar() + " is still to come: caisson image pull "
                            + name.familiar() + " fetches it");
                }
            }
            System.out.println(mount(wanted, layers, name, target).word());
        }
        return 0;
    }

    private static RootKernel mount(RootKernel wanted, List<MergedLayers> layers, ImageLayerName name, Path target)
            throws UsageException, IOException {
        if (wanted != RootKernel.FUSE) {
            try {
                KernelMount.attach(layers, MountTableEntry.IMAGE + name.familiar(), target);
                return RootKernel.HOST;
            } catch (ErrnoException e) {
                if (wanted == RootKernel.HOST) {
                    throw new ImageException(
                            "the kernel cannot mount the image at " + target + ": " + e.getMessage()
                                    + "; this takes Linux 6.15 or newer with EROFS; --kernel=fuse does without",
                            e);
                }
            }
        }
        MountRequest request = MountRequest.ofImages(layers, target);
        MountLauncher.start(request, request.arguments());
        return RootKernel.FUSE;
    }
}
