package org.caisson.vfs.differential;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;

/** Whether the kernel's tmpfs has quotas (CONFIG_TMPFS_QUOTA): it is asked by a mount. */
public final class KernelQuotas {
    private static final int CLONE_NEWNS = 0x20000;

    private KernelQuotas() {}

    /** Whether it takes the option. */
    public static boolean areThere() throws Exception {
        Path directory = Files.createTempDirectory("caisson-quotas");
        FutureTask<Boolean> attempt = new FutureTask<>(() -> mount(directory.toString()));
        try {
            new Thread(attempt, "quotas").start();
            return attempt.get(1, TimeUnit.MINUTES);
        } finally {
            Files.delete(directory);
        }
    }

    /** The mount goes with the thread, whose namespace it is in. */
    private static boolean mount(String directory) throws ErrnoException {
        NamespaceCalls.unshare(CLONE_NEWNS);
        MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
        try {
            MountCalls.mount("none", directory, "tmpfs", 0, "quota");
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EINVAL) {
                return false;
            }
            throw e;
        }
    }
}
