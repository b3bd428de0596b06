package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Somebody on the host replaces files, moves directories in and out, and puts links and pipes in the place of files, while others work
 * there through Caisson. Nothing outside is read or changed, nobody waits for ever, and when it is quiet again both see the same. More of
 * it: {@code -Dcaisson.host.outsideSteps=100000}.
 */
@ExtendWith(FdLeakCheck.class)
class HostChangedOutsideTest {
    private static final int STEPS = Integer.getInteger("caisson.host.outsideSteps", 4000);
    private static final int HERE = AtFlags.AT_FDCWD;
    private static final int CLONE_NEWNS = 0x20000;
    private static final String[] NAMES = {"a", "b", "c", "d"};
    private static final String SECRET = "of the vault";

    @TempDir
    Path top;

    /** Who does what in the host's directory. */
    private record Intruder(Path inside, Path elsewhere, Path vault, Random random) {
        void step() throws ErrnoException {
            String path = inside.resolve(path(random)).toString();
            String other = inside.resolve(path(random)).toString();
            String out = elsewhere.resolve(NAMES[random.nextInt(NAMES.length)]).toString();
            switch (random.nextInt(12)) {
                case 0 -> FileCalls.mkdirat(HERE, path, 0755);
                case 1 -> FileCalls.unlinkat(HERE, path, AtFlags.AT_REMOVEDIR);
                case 2 -> FileCalls.unlinkat(HERE, path, 0);
                case 3 -> FileCalls.symlinkat(vault.toString(), HERE, path);
                case 4 -> FileCalls.symlinkat("../".repeat(random.nextInt(5)) + "vault/secret", HERE, path);
                case 5 -> FileCalls.mknodat(HERE, path, 0010666, 0);
                case 6 -> FileCalls.renameat2(HERE, path, HERE, out, 0);
                case 7 -> FileCalls.renameat2(HERE, out, HERE, path, 0);
                case 8 -> FileCalls.renameat2(HERE, path, HERE, out, FileCalls.RENAME_EXCHANGE);
                case 9 -> FileCalls.renameat2(HERE, path, HERE, other, FileCalls.RENAME_EXCHANGE);
                case 10 -> FileCalls.renameat2(HERE, path, HERE, other, 0);
                default -> FileCalls.mknodat(HERE, path, 0100666, 0);
            }
        }

        /** Has a mount of its own over the vault, for it follows its own links. */
        void hideVault() throws ErrnoException {
            NamespaceCalls.unshare(CLONE_NEWNS);
            MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            MountCalls.mount("none", vault.toString(), "tmpfs", 0, "");
        }

        void run() {
            try {
                hideVault();
            } catch (ErrnoException e) {
                throw new IllegalStateException(e);
            }
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    step();
                } catch (ErrnoException expected) {
                    // most of them, on so few names
                }
            }
        }
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder(NAMES[random.nextInt(NAMES.length)]);
        while (random.nextInt(3) != 0) {
            path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
        }
        return path.toString();
    }

    private static HostCaching caching(String name) {
        return switch (name) {
            case "none" -> HostCaching.NONE;
            case "timed" -> HostCaching.timed(Duration.ofMillis(1));
            default -> HostCaching.EXCLUSIVE;
        };
    }

    @ParameterizedTest(name = "seed {0}, {1}")
    @CsvSource({"1, none, 100000", "2, timed, 100000", "3, exclusive, 100000", "4, none, 64"})
    void nothingOutsideIsReachedAndNobodyHangs(long seed, String caching, int names) throws Exception {
        Path inside = Files.createDirectory(top.resolve("inside"));
        Path elsewhere = Files.createDirectory(top.resolve("elsewhere"));
        Path vault = Files.createDirectory(top.resolve("vault"));
        Files.writeString(vault.resolve("secret"), SECRET);
        for (String name : NAMES) {
            Files.writeString(vault.resolve(name), SECRET);
        }
        Map<String, String> before = describe(vault);
        Intruder intruder = new Intruder(inside, elsewhere, vault, new Random(seed));
        Thread outsider = Thread.ofPlatform().start(intruder::run);
        HostOptions options = HostOptions.DEFAULT.withCaching(caching(caching)).withLimits(4, names);
        try (HostFileSystem fileSystem = HostFileSystem.open(inside.toString(), options)) {
            VirtualDentry root =
                    new VirtualFileSystem().newMountNamespace(fileSystem).root();
            List<FutureTask<Integer>> workers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Random random = new Random(seed * 31 + i);
                workers.add(new FutureTask<>(() -> work(new HostTree(root), random)));
                Thread.ofPlatform().start(workers.get(i));
            }
            for (FutureTask<Integer> worker : workers) {
                assertThat(worker.get(1, TimeUnit.MINUTES)).isPositive();
            }
            outsider.interrupt();
            outsider.join();
            assertThat(describe(vault)).isEqualTo(before);
            if (caching.equals("none")) {
                compare(new HostTree(root), inside, ".");
            }
        } finally {
            outsider.interrupt();
            outsider.join();
        }
    }

    private static int work(HostTree tree, Random random) {
        int done = 0;
        for (int i = 0; i < STEPS; i++) {
            tree.caller = random.nextInt(4) == 0 ? Credentials.of(1000, 1000) : Credentials.root();
            String path = path(random);
            String other = path(random);
            try {
                switch (random.nextInt(10)) {
                    case 0 -> tree.mkdir(path);
                    case 1 -> tree.rmdir(path);
                    case 2 -> tree.write(path, "text");
                    case 3 -> tree.unlink(path);
                    case 4 -> tree.rename(path, other);
                    case 5 -> tree.link(path, other);
                    case 6 -> tree.chmod(path, 0700 | random.nextInt(0100));
                    case 7 -> tree.list(path);
                    case 8 -> {
                        int flags = OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK | OpenFlags.O_TRUNC;
                        try (FileDescription file = tree.open(path, flags)) {
                            assertThat(HostTree.read(file)).isNotEqualTo(SECRET);
                        }
                    }
                    default -> assertThat(tree.read(path)).isNotEqualTo(SECRET);
                }
                done++;
            } catch (ErrnoException expected) {
                // as of above
            }
        }
        return done;
    }

    private static Map<String, String> describe(Path directory) throws Exception {
        Map<String, String> found = new HashMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                String content = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.readString(file) : "";
                found.put(
                        file.toString(),
                        Files.readAttributes(file, "unix:mode,ino,nlink,lastModifiedTime", LinkOption.NOFOLLOW_LINKS)
                                + content);
            }
        }
        return found;
    }

    private static void compare(HostTree tree, Path host, String path) throws Exception {
        for (String name : NAMES) {
            Path file = host.resolve(name);
            String child = path + "/" + name;
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                assertThat(tree.missing(child)).as(child).isNotNull();
                continue;
            }
            assertThat(tree.stat(child).inode)
                    .as(child)
                    .isEqualTo(Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS));
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                compare(tree, file, child);
            }
        }
    }
}
