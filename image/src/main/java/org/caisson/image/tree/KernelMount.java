package org.caisson.image.tree;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.image.store.MergedLayers;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;

/**
 * An image as the kernel mounts it: its layers as EROFS from their files, and overlayfs over them, read-only. Nothing is attached before
 * all of it is made, and no process is needed to serve it. It takes Linux 6.15: overlayfs has to take layers that are attached nowhere.
 */
public final class KernelMount {
    private static final int ATTRIBUTES =
            MountFlags.MOUNT_ATTR_RDONLY | MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV;

    private KernelMount() {}

    /**
     * Mounts layers at a directory.
     *
     * @param layers images of EROFS, the uppermost first; all layers merged are one
     * @param source what the mount table shows as the source
     */
    public static void attach(List<MergedLayers> layers, String source, Path target) throws ErrnoException {
        List<OwnedFd> mounts = new ArrayList<>();
        try (OwnedFd context = MountCalls.fsopen("overlay")) {
            for (MergedLayers layer : layers) {
                mounts.add(layer(layer));
            }
            // Overlayfs wants two layers at least where none is written.
            mounts.add(nothing());
            MountCalls.fsconfigString(context.number(), "source", source);
            for (OwnedFd mount : mounts) {
                MountCalls.fsconfigString(context.number(), "lowerdir+", "/proc/self/fd/" + mount.number());
            }
            MountCalls.fsconfigCreate(context.number());
            try (OwnedFd overlay = MountCalls.fsmount(context.number(), ATTRIBUTES)) {
                MountCalls.attach(overlay.number(), target.toString());
            }
        } finally {
            mounts.forEach(OwnedFd::close);
        }
    }

    private static OwnedFd layer(MergedLayers layer) throws ErrnoException {
        try (OwnedFd context = MountCalls.fsopen("erofs")) {
            MountCalls.fsconfigString(context.number(), "source", layer.file().toString());
            for (Path device : layer.devices()) {
                MountCalls.fsconfigString(context.number(), "device", device.toString());
            }
            MountCalls.fsconfigFlag(context.number(), "ro");
            MountCalls.fsconfigCreate(context.number());
            return MountCalls.fsmount(context.number(), ATTRIBUTES);
        }
    }

    private static OwnedFd nothing() throws ErrnoException {
        try (OwnedFd context = MountCalls.fsopen("tmpfs")) {
            MountCalls.fsconfigString(context.number(), "size", "4k");
            MountCalls.fsconfigString(context.number(), "mode", "0755");
            MountCalls.fsconfigCreate(context.number());
            return MountCalls.fsmount(context.number(), ATTRIBUTES);
        }
    }
}
