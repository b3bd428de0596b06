package org.caisson.vfs.differential;

import java.util.List;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.LinkProtection;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.mem.MemQuotas;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random sequences on the memory file system, in anonymous memory and in a memfd, and on the kernel's tmpfs. More of them, and longer: {@code -Dcaisson.differential.seeds=100
 * -Dcaisson.differential.steps=5000}.
 */
@ExtendWith(FdLeakCheck.class)
class MemAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.differential.steps", 1000);
    private static final long FIRST = Long.getLong("caisson.differential.first", 1);

    private static final int PAGES = 64;
    private static final int INODES = 60;

    private static List<Long> seeds() {
        int count = Integer.getInteger("caisson.differential.seeds", 6);
        return java.util.stream.LongStream.range(FIRST, FIRST + count).boxed().toList();
    }

    /** Quotas are compared where the kernel has them (CONFIG_TMPFS_QUOTA); QuotaTest has what one that has them said. */
    static List<Arguments> cases() throws Exception {
        List<Boolean> kinds = KernelQuotas.areThere() ? List.of(false, true) : List.of(false);
        return kinds.stream()
                .flatMap(quotas -> seeds().stream().map(seed -> Arguments.of(seed, quotas)))
                .toList();
    }

    @ParameterizedTest(name = "seed {0}, quotas {1}")
    @MethodSource("cases")
    void everyCallEndsAsOnTmpfs(long seed, boolean quotas) throws Exception {
        if (quotas) {
            compare(
                    seed,
                    ",quota,usrquota_block_hardlimit=80k,usrquota_inode_hardlimit=15"
                            + ",grpquota_block_hardlimit=100k,grpquota_inode_hardlimit=18",
                    MemQuotas.counted().withUserLimits(20 * 4096, 15).withGroupLimits(25 * 4096, 18));
        } else {
            compare(seed, "", MemQuotas.NONE);
        }
    }

    private static void compare(long seed, String further, MemQuotas quotas) throws Exception {
        int umask = new int[] {022, 027, 0}[(int) (seed % 3)];
        String options = "mode=1777,size=" + PAGES * 4096 + ",nr_inodes=" + INODES + further;
        LinkProtection protection = KernelSubject.protection();
        Differential differential = new Differential(
                umask, directory -> MountCalls.mount("none", directory, "tmpfs", MountFlags.MS_NODEV, options), () -> {
                    MemOptions limits = MemOptions.DEFAULT
                            .withSize(PAGES * 4096L)
                            .withInodes(INODES)
                            .withQuotas(quotas);
                    VirtualFileSystem vfs = new VirtualFileSystem();
                    MappedPageStore store =
                            seed % 2 == 0 ? MappedPageStore.ofMemFd("differential") : MappedPageStore.anonymous();
                    VirtualDentry root = vfs.newMountNamespace(new MemFileSystem(limits, store))
                            .root();
                    PathOperation top =
                            new PathOperation().root(root).start(root).path("/");
                    vfs.remount(Credentials.root(), top, MountFlags.MS_NODEV);
                    vfs.protection(protection);
                    return new VfsSubject(vfs, root, umask, store::close);
                });
        differential.compare(seed, new RandomSteps(seed).make(STEPS, 20));
    }
}
