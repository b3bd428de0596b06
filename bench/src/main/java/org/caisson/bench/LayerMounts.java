package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.image.store.MergedLayers;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;

/** Mounts layers as a start of a container does: one EROFS file with all layers, an overlay with a memory layer above; nothing of it gets a name. */
final class LayerMounts {
    private static final double MILLI = 1e6;
    private static final int WARM_UP = 10;

    private LayerMounts() {}

    /** Milliseconds of each round, after some that warm up. */
    static Samples measure(MergedLayers layers, int rounds) throws IOException {
        Samples samples = new Samples();
        for (int round = -WARM_UP; round < rounds; round++) {
            List<OwnedFd> mounts = new ArrayList<>();
            long start = System.nanoTime();
            try {
                mount(layers, mounts);
                long took = System.nanoTime() - start;
                if (round >= 0) {
                    samples.add(took / MILLI);
                }
            } finally {
                mounts.reversed().forEach(OwnedFd::close);
            }
        }
        return samples;
    }

    private static void mount(MergedLayers layers, List<OwnedFd> mounts) throws IOException {
        OwnedFd lower;
        try (OwnedFd context = MountCalls.fsopen("erofs")) {
            MountCalls.fsconfigString(context.number(), "source", layers.file().toString());
            for (Path device : layers.devices()) {
                MountCalls.fsconfigString(context.number(), "device", device.toString());
            }
            MountCalls.fsconfigFlag(context.number(), "ro");
            MountCalls.fsconfigCreate(context.number());
            lower = MountCalls.fsmount(context.number(), MountFlags.MOUNT_ATTR_RDONLY);
            mounts.add(lower);
        }
        OwnedFd memory;
        try (OwnedFd context = MountCalls.fsopen("tmpfs")) {
            MountCalls.fsconfigCreate(context.number());
            memory = MountCalls.fsmount(context.number(), 0);
            mounts.add(memory);
        }
        FileCalls.mkdirat(memory.number(), "upper", 0755);
        FileCalls.mkdirat(memory.number(), "work", 0755);
        try (OwnedFd context = MountCalls.fsopen("overlay")) {
            MountCalls.fsconfigString(context.number(), "lowerdir+", path(lower));
            MountCalls.fsconfigString(context.number(), "upperdir", path(memory) + "/upper");
            MountCalls.fsconfigString(context.number(), "workdir", path(memory) + "/work");
            MountCalls.fsconfigCreate(context.number());
            mounts.add(MountCalls.fsmount(context.number(), 0));
        }
    }

    private static String path(OwnedFd mount) {
        return "/proc/self/fd/" + mount.number();
    }
}
