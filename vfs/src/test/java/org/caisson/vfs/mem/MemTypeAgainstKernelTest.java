package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatFs;
import org.caisson.linux.Statx;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.differential.KernelQuotas;
import org.junit.jupiter.api.Test;

/** mount(2) and remounts of tmpfs by name, with the same data: outcome, limits, root and what mountinfo shows agree. */
class MemTypeAgainstKernelTest {
    private static final int CLONE_NEWNS = 0x20000;

    /** Data of a mount and of the remounts that follow. */
    private static final List<List<String>> DATA = List.of(
            List.of(""),
            List.of("size=4k,nr_inodes=10", "size=8k", "size=0", "size=4k", "nr_inodes=1", "nr_inodes=0"),
            List.of("size=0", "size=4k"),
            List.of("size=1", "nr_blocks=7", "size=2m,size=3m"),
            List.of("size=10%,nr_inodes=1k"),
            List.of("size=0x10000,mode=700,uid=7,gid=0x9", "mode=755,uid=8"),
            List.of("size=010k,mode=7777"),
            List.of("size=1M,nr_inodes=0"),
            List.of("mode=1777,uid=0,gid=0"),
            List.of(",,size=4k,,mode=1,"),
            List.of("size=" + "0".repeat(250) + "1k,nr_inodes=" + "0".repeat(250) + "5"),
            List.of("size"),
            List.of("size="),
            List.of("size=abc"),
            List.of("size=-1"),
            List.of("size=4kk"),
            List.of("size=4k%"),
            List.of("size=5,7"),
            List.of("nr_blocks=10%"),
            List.of("nr_inodes=x"),
            List.of("nr_inodes=20000000000000000"),
            List.of("mode=8"),
            List.of("mode=+7"),
            List.of("mode=100000000000"),
            List.of("mode"),
            List.of("uid=-1"),
            List.of("uid=4294967295"),
            List.of("uid=010"),
            List.of("uid=root"),
            List.of("gid=1x"),
            List.of("unknown"),
            List.of("unknown=1"),
            List.of("=1"),
            List.of("noswap,huge=advise,inode64"),
            List.of("huge=never,inode64,inode32"),
            List.of("huge=sometimes"),
            List.of("noswap=1"),
            List.of("inode32=1"),
            List.of("size=4k", "unknown", "size=x", "mode=9"),
            // The borders of numbers, and what begins like one of another base.
            List.of("nr_inodes=9007199254740991"),
            List.of("nr_inodes=18014398509481984"),
            List.of("nr_inodes=-1"),
            List.of("nr_inodes=1e"),
            List.of("nr_inodes=017"),
            List.of("nr_inodes=0x1F"),
            List.of("nr_inodes=12k1"),
            List.of("nr_blocks=1g"),
            List.of("nr_blocks=-1"),
            List.of("nr_blocks=0x7f"),
            List.of("nr_blocks=08"),
            List.of("size=0x"),
            List.of("size=0xg"),
            List.of("size=0xfg"),
            List.of("size=09"),
            List.of("size=0k"),
            List.of("size=1T"),
            List.of("size=1p"),
            List.of("size=1e"),
            List.of("size=4095"),
            List.of("size=4097"),
            List.of("size=0%"),
            List.of("size=1%"),
            List.of("size=200%"),
            List.of("size=1%%"),
            List.of("size=%"),
            List.of("mode="),
            List.of("mode=0"),
            List.of("mode=7"),
            List.of("mode=37777777777"),
            List.of("mode=40000000000"),
            List.of("mode=+"),
            List.of("mode=1\n"),
            List.of("mode=\n"),
            List.of("mode=-1"),
            List.of("uid=0x"),
            List.of("uid=0xf"),
            List.of("uid=0xfffffffe"),
            List.of("uid=0xffffffff"),
            List.of("uid=4294967296"),
            List.of("uid=+5"),
            List.of("uid=08"),
            List.of("uid=0"),
            List.of("uid=9"),
            List.of("gid=\u0661"),
            List.of("size=\u0661"),
            List.of("huge"),
            List.of("huge="),
            List.of("inode64=1"),
            List.of("inode64"),
            List.of("noswap"));

    /** The same for a kernel that has quotas (CONFIG_TMPFS_QUOTA); QuotaTest has what one that has them said. */
    private static final List<List<String>> QUOTAS = List.of(
            List.of("quota,size=1m", "quota", "grpquota", "size=2m"),
            List.of(
                    "usrquota,usrquota_block_hardlimit=8k,size=1m",
                    "usrquota_block_hardlimit=8192",
                    "usrquota_block_hardlimit=4k"),
            List.of("grpquota,grpquota_inode_hardlimit=0x10,size=1m", "grpquota_inode_hardlimit=x"),
            List.of("grpquota_inode_hardlimit=10,size=1m", "usrquota", "size=2m,grpquota_inode_hardlimit=10"),
            List.of("quota,usrquota_inode_hardlimit=0"),
            List.of("quota,usrquota_block_hardlimit=9223372036854775807"),
            List.of("quota,usrquota_block_hardlimit=9223372036854775808"));

    /** A side of the comparison. */
    private interface Side {
        void mount(long flags, String data) throws ErrnoException;

        String look() throws ErrnoException;

        void unmount() throws ErrnoException;
    }

    private static List<String> play(Side side, List<List<String>> sequences) throws ErrnoException {
        List<String> lines = new ArrayList<>();
        for (List<String> sequence : sequences) {
            boolean mounted = false;
            for (String data : sequence) {
                String outcome;
                try {
                    side.mount(mounted ? MountFlags.MS_REMOUNT : 0, data);
                    mounted = true;
                    outcome = "fine";
                } catch (ErrnoException e) {
                    outcome = e.errno().name();
                }
                lines.add(sequence + " " + data + ": " + outcome + (mounted ? " " + side.look() : ""));
            }
            if (mounted) {
                side.unmount();
            }
        }
        return lines;
    }

    private static String shown(byte[] mountinfo) {
        String last = new String(mountinfo, StandardCharsets.UTF_8)
                .lines()
                .reduce((first, second) -> second)
                .orElse("");
        return last.substring(last.indexOf(" - "));
    }

    @Test
    void optionsMeanWhatTheyMeanToTheKernel() throws Exception {
        compare(DATA);
        if (KernelQuotas.areThere()) {
            compare(QUOTAS);
        }
    }

    private static void compare(List<List<String>> sequences) throws Exception {
        Path directory = Files.createTempDirectory("caisson-tmpfs");
        try {
            FutureTask<List<String>> kernel =
                    new FutureTask<>(() -> play(new KernelSide(directory.toString()), sequences));
            Thread thread = new Thread(kernel);
            thread.start();
            List<String> theirs = kernel.get(1, TimeUnit.MINUTES);
            try (MappedPageStore store = MappedPageStore.anonymous()) {
                assertThat(play(new OurSide(store), sequences)).containsExactlyElementsOf(theirs);
            }
        } finally {
            Files.delete(directory);
        }
    }

    private record KernelSide(String directory) implements Side {
        KernelSide {
            try {
                NamespaceCalls.unshare(CLONE_NEWNS);
                MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            } catch (ErrnoException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void mount(long flags, String data) throws ErrnoException {
            MountCalls.mount("here", directory, "tmpfs", flags, data);
        }

        @Override
        public String look() throws ErrnoException {
            try (Arena arena = Arena.ofConfined();
                    OwnedFd root = FileCalls.open(directory, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
                StatFs statistics = StatFs.allocate(arena);
                FileCalls.fstatfs(root.number(), statistics);
                Statx stat = Statx.allocate(arena);
                FileCalls.statx(root.number(), stat);
                return statistics.blocks() + " blocks " + statistics.files() + " files "
                        + Integer.toOctalString(stat.mode()) + " " + stat.uid() + " " + stat.gid()
                        + shown(FileCalls.readFile("/proc/thread-self/mountinfo"));
            }
        }

        @Override
        public void unmount() throws ErrnoException {
            MountCalls.umount2(directory, 0);
        }
    }

    private static final class OurSide implements Side {
        private final VirtualFileSystem vfs = new VirtualFileSystem();
        private final Credentials root = Credentials.root();
        private final MountNamespace namespace;
        private final PathOperation path;

        OurSide(PageStore store) throws ErrnoException {
            namespace = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store));
            path = new PathOperation().root(namespace.root()).start(namespace.root());
            vfs.mkdir(root, path.path("m"), 0755);
            vfs.mounts().types().add(new MemType(store));
        }

        @Override
        public void mount(long flags, String data) throws ErrnoException {
            vfs.mounts().mount(root, Name.of("here"), path.path("m"), "tmpfs", flags, Name.of(data));
        }

        @Override
        public String look() throws ErrnoException {
            FileSystemStatistics statistics = new FileSystemStatistics();
            vfs.statfs(root, path.path("m"), statistics);
            Stat stat = new Stat();
            vfs.stat(root, path.path("m"), stat);
            return statistics.blocks + " blocks " + statistics.files + " files " + Integer.toOctalString(stat.mode)
                    + " " + stat.uid + " " + stat.gid + shown(vfs.mounts().mountinfo(namespace, namespace.root()));
        }

        @Override
        public void unmount() throws ErrnoException {
            vfs.unmount(root, path.path("m"), 0);
        }
    }
}
