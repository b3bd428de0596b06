package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;

/** Mounts layers as a start of a container does: EROFS by files, an overlay above them; nothing of it gets a name. */
final class LayerMounts {
    private static final double MILLI = 1e6;

    private LayerMounts() {}

    /** Milliseconds of each round, after some that warm up. */
    static Samples measure(List<Path> layers, int rounds) throws IOException {
        Samples samples = new Samples();
        for (int round = -10; round < rounds; round++) {
            long start = System.nanoTime();
            List<OwnedFd> mounts = mount(layers);
            long took = System.nanoTime() - start;
            mounts.reversed().forEach(OwnedFd::close);
            if (round >= 0) {
                samples.add(took / MILLI);
            }
        }
        return samples;
    }

    private static List<OwnedFd> mount(List<Path> layers) throws IOException {
        List<OwnedFd> mounts = new ArrayList<>();
        for (Path layer : layers) {
            try (OwnedFd context = MountCalls.fsopen("erofs")) {
                MountCalls.fsconfigString(context.number(), "source", layer.toString());
                MountCalls.fsconfigFlag(context.number(), "ro");
                MountCalls.fsconfigCreate(context.number());
                mounts.add(MountCalls.fsmount(context.number(), MountFlags.MOUNT_ATTR_RDONLY));
            }
        }
        if (layers.size() > 1) {
            try (OwnedFd context = MountCalls.fsopen("overlay")) {
                for (OwnedFd mount : List.copyOf(mounts)) {
                    MountCalls.fsconfigString(context.number(), "lowerdir+", "/proc/self/fd/" + mount.number());
                }
                MountCalls.fsconfigCreate(context.number());
                mounts.add(MountCalls.fsmount(context.number(), MountFlags.MOUNT_ATTR_RDONLY));
            }
        }
        return mounts;
    }
}
