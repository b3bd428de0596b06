package org.caisson.vfs.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DetachedTree;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.HeldUserNamespace;
import org.caisson.vfs.IdMapping;
import org.caisson.vfs.LinkProtection;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.host.HostCaching;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same layers and the same sequence of operations for the kernel's overlayfs and for ours, over memory or over directories of the
 * host: results, errors and all that is seen afterwards must agree, and what one wrote must be the same when the other mounts it. {@code
 * -Dcaisson.overlay.seeds=FIRST-LAST} runs more seeds.
 */
class OverlayAgainstKernelTest {
    private static final int CLONE_NEWNS = 0x20000;
    private static final int STEPS = 120;
    private static final int SEEDED = 30;

    /** So few names are remembered that most are forgotten between two steps. */
    private static final int FEW = 1;

    private static final int MANY = 1 << 18;
    private static final String[] DIRECTORIES = {"l1", "l2", "l3", "upper", "work", "merged", "upper2", "work2", "view"
    };

    /** What our layers are on, and those of the kernel. */
    private enum Under {
        /** Memory, and tmpfs. */
        MEMORY,
        /** Directories of a tmpfs of the host. */
        HOST,
        /** Directories among the host's temporary files. */
        DISK
    }

    /** By which mounts layers are seen. */
    private enum Owners {
        AS_STORED,
        /** All layers are on an id-mapped mount. */
        MAPPED,
        /** Only lower ones are, and the upper one is in the same file system. */
        MAPPED_BELOW
    }

    private static final int SHIFT = 100_000;
    private static final int IDS = 65_536;
    private static final int NOBODYS = 12_345;
    private static final IdMapping MAPPING =
            new IdMapping(List.of(new IdMapping.Range(SHIFT, 0, IDS)), List.of(new IdMapping.Range(SHIFT, 0, IDS)));

    /** What one seed came to. */
    private static final class Comparison {
        private final Random random;
        private final Step.Paths paths;
        private final Path directory;
        private final Under under;
        private final int names;
        private final Owners owners;
        private final HeldUserNamespace userNamespace;
        private Step.Variant variant = new Step.Variant(false, false, false, false, false);
        private final List<String> log = new ArrayList<>();
        private final List<String> differences = new ArrayList<>();
        private final Map<Long, Long> numbers = new HashMap<>();
        private final Map<String, Integer> seen = new TreeMap<>();

        Comparison(long seed, Path directory, Under under, int names, Owners owners, HeldUserNamespace userNamespace) {
            this.under = under;
            this.names = names;
            this.owners = owners;
            this.userNamespace = userNamespace;
            this.random = new Random(seed);
            paths = new Step.Paths(random);
            this.directory = directory;
        }

        void run() throws ErrnoException {
            String top = directory.toString();
            if (under == Under.DISK) {
                FileCalls.fchmodat(-100, top, 0755, 0);
            } else {
                MountCalls.mount("none", top, "tmpfs", 0, "mode=0755");
            }
            try {
                if (under == Under.MEMORY) {
                    try (MappedPageStore store = MappedPageStore.anonymous()) {
                        runOver(new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store));
                    }
                    return;
                }
                FileCalls.mkdirat(-100, host(), 0755);
                HostOptions options =
                        HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE).withLimits(names == FEW ? 8 : 0, names);
                try (HostFileSystem host = HostFileSystem.open(host(), options)) {
                    runOver(host);
                }
            } finally {
                if (under != Under.DISK) {
                    MountCalls.umount2(top, MountFlags.MNT_DETACH);
                }
            }
        }

        /** Where our layers are, if they are the host's. */
        private String host() {
            return directory + "/host";
        }

        private void runOver(FileSystem fileSystem) throws ErrnoException {
            VirtualFileSystem vfs = new VirtualFileSystem();
            vfs.protection(new LinkProtection(
                    setting("symlinks"), setting("hardlinks"), setting("regular"), setting("fifos")));
            CaissonSide ours =
                    new CaissonSide(vfs, vfs.newMountNamespace(fileSystem).root());
            for (String name : DIRECTORIES) {
                FileCalls.mkdirat(-100, directory + "/" + name, 0777);
                FileCalls.fchmodat(-100, directory + "/" + name, 0777, 0);
                ours.mkdir(name, 0777);
                ours.chmod(name, 0777);
                boolean mapped = owners == Owners.MAPPED || (owners == Owners.MAPPED_BELOW && name.startsWith("l"));
                if (mapped) {
                    FileCalls.fchownat(-100, directory + "/" + name, SHIFT, SHIFT, 0);
                    ours.chown(name, SHIFT, SHIFT);
                }
            }
            variant = Step.Variant.of(random, hasAttributes(ours));
            if (owners == Owners.AS_STORED) {
                compare(directory.toString(), directory.toString(), ours, ours, ours);
                return;
            }
            userNamespace.show(directory.toString(), directory + "/view");
            try (DetachedTree tree = mapped(vfs, ours.top())) {
                CaissonSide view = new CaissonSide(vfs, tree.root());
                String uppers = owners == Owners.MAPPED ? directory + "/view" : directory.toString();
                compare(directory + "/view", uppers, view, owners == Owners.MAPPED ? view : ours, ours);
            } finally {
                MountCalls.umount2(directory + "/view", MountFlags.MNT_DETACH);
            }
        }

        private static DetachedTree mapped(VirtualFileSystem vfs, VirtualDentry top) throws ErrnoException {
            PathOperation at = new PathOperation().root(top).start(top);
            DetachedTree tree = vfs.mounts().openTree(Credentials.root(), at.path("/"), 0);
            vfs.mounts()
                    .setAttributes(
                            Credentials.root(), at.itself(tree.root()), 0, MountFlags.MOUNT_ATTR_IDMAP, 0, 0, MAPPING);
            return tree;
        }

        private void compare(String lowers, String uppers, CaissonSide ourLowers, CaissonSide ours, CaissonSide plain)
                throws ErrnoException {
            int layers = 1 + random.nextInt(3);
            for (int layer = 1; layer <= layers; layer++) {
                seed("l" + layer, layer == layers, lowers, ourLowers);
            }
            if (owners != Owners.AS_STORED) {
                leaveOut(layers, plain);
            }
            compare(layers, lowers, uppers, ourLowers, ours);
        }

        /** Gives some files of the layers to who is not mapped. */
        private void leaveOut(int layers, CaissonSide plain) throws ErrnoException {
            for (int layer = 1; layer <= layers; layer++) {
                KernelSide kernel = new KernelSide(directory + "/l" + layer);
                for (String path : names(TreeDescription.of(kernel))) {
                    if (!path.isEmpty() && random.nextInt(6) == 0) {
                        int uid = random.nextBoolean() ? NOBODYS : SHIFT;
                        kernel.chown(path, uid, uid == NOBODYS ? SHIFT : NOBODYS);
                        plain.in("l" + layer).chown(path, uid, uid == NOBODYS ? SHIFT : NOBODYS);
                    }
                }
            }
        }

        private static int setting(String what) throws ErrnoException {
            byte[] text = FileCalls.readFile("/proc/sys/fs/protected_" + what);
            return Integer.parseInt(new String(text, StandardCharsets.US_ASCII).strip());
        }

        private static boolean hasAttributes(CaissonSide side) throws ErrnoException {
            try {
                side.setXattr("upper", "trusted.test", new byte[1], 0);
                side.removeXattr("upper", "trusted.test");
                return true;
            } catch (ErrnoException e) {
                if (e.errno() == Errno.EOPNOTSUPP) {
                    return false;
                }
                throw e;
            }
        }

        private void seed(String layer, boolean lowest, String lowers, CaissonSide ours) throws ErrnoException {
            KernelSide kernelLayer = new KernelSide(lowers + "/" + layer);
            CaissonSide ourLayer = ours.in(layer);
            for (Step step : Step.skeleton(random)) {
                both(layer + " ", step, kernelLayer, ourLayer);
            }
            for (int i = 0; i < SEEDED; i++) {
                if (i % 10 == 0) {
                    paths.known(names(TreeDescription.of(kernelLayer)));
                }
                Step step = Step.seed(random, paths, variant);
                if (!lowest || !step.text().startsWith("whiteout")) {
                    both(layer + " ", step, kernelLayer, ourLayer);
                }
            }
        }

        private static List<String> names(Map<String, String> description) {
            return description.keySet().stream().map(path -> path.substring(1)).toList();
        }

        private void both(String what, Step step, TreeSide kernel, TreeSide ours) {
            String expected = step.on(kernel);
            kernel.actAs(0);
            String actual = step.on(ours);
            if (!expected.startsWith("-") || !expected.equals(actual) || Boolean.getBoolean("caisson.overlay.log")) {
                log.add(what + step + " = " + expected);
            }
            String outcome = expected.matches("-[0-9]+") ? expected : "0";
            seen.merge(step.text().split(" ", -1)[0] + " " + outcome, 1, Integer::sum);
            if (!expected.equals(actual)) {
                differences.add(what + step + ": kernel " + expected + ", ours " + actual);
            }
        }

        private void compare(int layers, String lowers, String uppers, CaissonSide ourLowers, CaissonSide ours)
                throws ErrnoException {
            String data = mountInKernel(layers, lowers, uppers, "");
            log.add("mounted " + data);
            KernelSide kernel = new KernelSide(directory + "/merged");
            CaissonSide caisson = mountHere(layers, "", ourLowers, ours);
            expectSame("at first", kernel, caisson);
            for (int i = 0; i < STEPS && differences.isEmpty(); i++) {
                both("", Step.random(random, paths, variant), kernel, caisson);
                if (i % 10 == 0) {
                    expectSame("after " + i, kernel, caisson);
                    expectSameNumbers("after " + i, kernel, caisson);
                }
            }
            expectSame("at last", kernel, caisson);
            kernel.closeAll();
            caisson.closeAll();
            CaissonSide again = mountHere(layers, "", ourLowers, ours);
            expectSame("mounted again", kernel, again);
            expectSameNumbers("mounted again", kernel, again);
            Map<String, String> kernels = describe(kernel);
            MountCalls.umount2(directory + "/merged", 0);
            if (variant.hardLinks() || !differences.isEmpty()) {
                // The kernel's index finds copies by file handles, which memory does not have.
                return;
            }
            TreeCopy.copy(ours.in("upper"), new KernelSide(uppers + "/upper2"));
            mountInKernel(layers, lowers, uppers, "2");
            expectSame("our upper layer in the kernel", kernel, caisson);
            MountCalls.umount2(directory + "/merged", 0);
            TreeCopy.copy(new KernelSide(uppers + "/upper"), ours.in("upper2"));
            expectSame("the kernel's upper layer here", kernels, describe(mountHere(layers, "2", ourLowers, ours)));
            if (under != Under.MEMORY && owners == Owners.AS_STORED) {
                changeInKernel(layers, numbersOf(mountHere(layers, "", ourLowers, ours)));
            }
        }

        /** Has the kernel mount our very layers and go on with them, and mounts them here after that. */
        private void changeInKernel(int layers, Map<String, Long> before) throws ErrnoException {
            mountInKernel(layers, host(), host(), "");
            KernelSide kernel = new KernelSide(directory + "/merged");
            expectNumbers("our layers in the kernel", numbersOf(kernel), before);
            for (int i = 0; i < STEPS; i++) {
                Step step = Step.random(random, paths, variant);
                log.add("kernel alone " + step + " = " + step.on(kernel));
            }
            kernel.closeAll();
            Map<String, String> kernels = describe(kernel);
            Map<String, Long> kernelNumbers = numbersOf(kernel);
            MountCalls.umount2(directory + "/merged", 0);
            try (HostFileSystem host = HostFileSystem.open(host(), HostOptions.DEFAULT)) {
                VirtualFileSystem vfs = new VirtualFileSystem();
                CaissonSide ours =
                        new CaissonSide(vfs, vfs.newMountNamespace(host).root());
                CaissonSide overlay = mountHere(layers, "", ours, ours);
                expectSame("the layers that the kernel went on with", kernels, describe(overlay));
                expectNumbers("the layers that the kernel went on with", kernelNumbers, numbersOf(overlay));
            }
        }

        /** The numbers of files that have one name: of others the kernel tells that of the copy. */
        private static Map<String, Long> numbersOf(TreeSide side) throws ErrnoException {
            Map<String, Long> numbers = new TreeMap<>();
            for (String path : TreeDescription.of(side).keySet()) {
                TreeSide.Facts facts = side.stat(path.substring(1));
                if (facts.links() == 1) {
                    numbers.put(path, facts.inode());
                }
            }
            return numbers;
        }

        private void expectNumbers(String when, Map<String, Long> expected, Map<String, Long> actual) {
            Map<String, Long> odd = new TreeMap<>(actual);
            odd.entrySet().removeAll(expected.entrySet());
            if (differences.isEmpty() && !odd.isEmpty()) {
                differences.add(when + ": numbers " + odd + " and not " + expected);
            }
        }

        private String mountInKernel(int layers, String lowers, String uppers, String suffix) throws ErrnoException {
            StringBuilder lower = new StringBuilder();
            for (int layer = 1; layer <= layers; layer++) {
                lower.append(layer == 1 ? "" : ":").append(lowers).append("/l").append(layer);
            }
            String data = "lowerdir=" + lower + ",upperdir=" + uppers + "/upper" + suffix + ",workdir=" + uppers
                    + "/work" + suffix + "," + variant.kernelOptions();
            MountCalls.mount("overlay", directory + "/merged", "overlay", 0, data);
            return data;
        }

        private CaissonSide mountHere(int layers, String suffix, CaissonSide ourLowers, CaissonSide ours)
                throws ErrnoException {
            OverlayOptions.Builder options = OverlayOptions.builder();
            for (int layer = 1; layer <= layers; layer++) {
                options.lower(ourLowers.in("l" + layer).top());
            }
            options.upper(
                    ours.in("upper" + suffix).top(), ours.in("work" + suffix).top());
            variant.apply(options);
            options.names(names);
            OverlayFileSystem overlay = new OverlayFileSystem(ours.vfs(), Credentials.root(), options.build());
            return new CaissonSide(
                    ours.vfs(), ours.vfs().newMountNamespace(overlay).root());
        }

        /**
         * Of the names of a file that has several, we may choose another one than the kernel to copy it up by; and a file keeps its times
         * when its data follows its attributes up, which it does not in the kernel.
         */
        private Map<String, String> describe(TreeSide side) throws ErrnoException {
            return TreeDescription.of(side, !variant.hardLinks(), !variant.metacopy());
        }

        private void expectSame(String when, TreeSide kernel, TreeSide ours) throws ErrnoException {
            if (differences.isEmpty()) {
                Map<String, String> expected = describe(kernel);
                paths.known(names(expected));
                expectSame(when, expected, describe(ours));
            }
        }

        /** A file keeps its number, when it is copied up, moved, or the overlay is mounted again. */
        private void expectSameNumbers(String when, TreeSide kernel, TreeSide ours) throws ErrnoException {
            if (under == Under.DISK) {
                return; // which gives numbers again
            }
            for (String path :
                    differences.isEmpty() ? TreeDescription.of(kernel).keySet() : List.<String>of()) {
                long theirs = kernel.stat(path.substring(1)).inode();
                long own = ours.stat(path.substring(1)).inode();
                Long known = numbers.putIfAbsent(theirs, own);
                if (known != null && known != own) {
                    differences.add(when + " " + path + " has another number than before");
                }
            }
            if (Set.copyOf(numbers.values()).size() != numbers.size()) {
                differences.add(when + " two files have the same number");
            }
        }

        private void expectSame(String when, Map<String, String> expected, Map<String, String> actual) {
            Map<String, String> all = new TreeMap<>(expected);
            actual.forEach(all::putIfAbsent);
            for (String path : all.keySet()) {
                String theirs = expected.getOrDefault(path, "nothing");
                String own = actual.getOrDefault(path, "nothing");
                if (!theirs.equals(own)) {
                    differences.add(when + " " + path + ":\n   kernel " + theirs + "\n   ours   " + own);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static Comparison run(
            long seed, Path directory, Under under, int names, Owners owners, HeldUserNamespace userNamespace)
            throws Exception {
        Comparison comparison = new Comparison(seed, directory, under, names, owners, userNamespace);
        FutureTask<Void> task = new FutureTask<>(() -> {
            NamespaceCalls.unshare(CLONE_NEWNS);
            MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            comparison.run();
            return null;
        });
        Thread.ofPlatform().start(task);
        try {
            task.get(2, TimeUnit.MINUTES);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new AssertionError("seed " + seed + " after\n" + String.join("\n", comparison.log), e.getCause());
        }
        return comparison;
    }

    @ParameterizedTest
    @CsvSource({
        "MEMORY, 1-25, " + MANY,
        "MEMORY, 26-50, " + FEW,
        "HOST, 101-108, " + MANY,
        "HOST, 109-116, " + FEW,
        "DISK, 201-206, " + MANY,
        "DISK, 207-212, " + FEW
    })
    void randomOperationsComeToTheSame(Under under, String seeds, int names) throws Exception {
        compare(under, seeds, names, Owners.AS_STORED);
    }

    @ParameterizedTest
    @CsvSource({
        "MEMORY, 301-310, " + MANY + ", MAPPED",
        "MEMORY, 311-320, " + MANY + ", MAPPED_BELOW",
        "HOST, 321-326, " + MANY + ", MAPPED",
        "HOST, 327-332, " + FEW + ", MAPPED_BELOW"
    })
    void layersMayBeIdMapped(Under under, String seeds, int names, Owners owners) throws Exception {
        compare(under, seeds, names, owners);
    }

    private static void compare(Under under, String seeds, int names, Owners owners) throws Exception {
        String map = SHIFT + " 0 " + IDS;
        try (HeldUserNamespace userNamespace = new HeldUserNamespace(map, map)) {
            compare(under, seeds, names, owners, userNamespace);
        }
    }

    private static void compare(Under under, String seeds, int names, Owners owners, HeldUserNamespace userNamespace)
            throws Exception {
        String[] range = System.getProperty("caisson.overlay.seeds", seeds).split("-", -1);
        Map<String, Integer> seen = new TreeMap<>();
        List<String> failures = new ArrayList<>();
        for (long seed = Long.parseLong(range[0]); seed <= Long.parseLong(range[1]); seed++) {
            Path directory = Files.createTempDirectory("caisson-overlay");
            try {
                Comparison comparison = run(seed, directory, under, names, owners, userNamespace);
                comparison.seen.forEach((what, count) -> seen.merge(what, count, Integer::sum));
                if (!comparison.differences.isEmpty()) {
                    failures.add("seed " + seed + " after\n" + String.join("\n", comparison.log) + "\ndiffers:\n"
                            + String.join("\n", comparison.differences));
                }
                if (failures.size() == 3) {
                    break;
                }
            } finally {
                delete(directory);
            }
        }
        assertThat(failures).isEmpty();
        if (under != Under.MEMORY || owners != Owners.AS_STORED) {
            return; // with fewer seeds
        }
        assertThat(seen)
                .containsKeys("rename 0", "rename -18", "rename -22", "unlink 0", "rmdir 0", "rmdir -39", "link 0")
                .containsKeys("mkdir 0", "mkdir -17", "mkdir -13", "write 0", "chmod 0", "chmod -1", "truncate 0");
    }
}
