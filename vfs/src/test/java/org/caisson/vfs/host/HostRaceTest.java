package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Threads that change names at once leave no name behind that the host does not have, nor miss one that it has. */
@ExtendWith(FdLeakCheck.class)
class HostRaceTest {
    private static final int THREADS = 3;
    private static final int STEPS = Integer.getInteger("caisson.host.raceSteps", 6000);
    private static final String[] NAMES = {"a", "b", "c", "d"};

    @TempDir
    Path directory;

    @ParameterizedTest(name = "seed {0}, names {1}")
    @CsvSource({"1, 1000000", "2, 1000000", "3, 1"})
    void namesAgreeWithTheHostAfterwards(long seed, int names) throws Exception {
        HostOptions options =
                HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE).withLimits(3, names);
        try (HostFileSystem fileSystem = HostFileSystem.open(directory.toString(), options)) {
            VirtualDentry root =
                    new VirtualFileSystem().newMountNamespace(fileSystem).root();
            for (String name : NAMES) {
                new HostTree(root).mkdir(name);
            }
            List<FutureTask<Integer>> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(seed * 31 + i);
                threads.add(new FutureTask<>(() -> change(new HostTree(root), random)));
                Thread.ofPlatform().start(threads.get(i));
            }
            for (FutureTask<Integer> thread : threads) {
                assertThat(thread.get(1, TimeUnit.MINUTES)).isPositive();
            }
            compare(new HostTree(root), directory, ".");
        }
    }

    private static int change(HostTree tree, Random random) {
        int done = 0;
        for (int i = 0; i < STEPS; i++) {
            String path = path(random);
            String other = path(random);
            try {
                switch (random.nextInt(8)) {
                    case 0 -> tree.mkdir(path);
                    case 1 -> tree.rmdir(path);
                    case 2 -> tree.write(path, "text");
                    case 3 -> tree.unlink(path);
                    case 4 -> tree.link(path, other);
                    case 5 -> tree.rename(path, other);
                    case 6 -> tree.vfs.rename(tree.caller, tree.at(path), tree.second.path(other), 2);
                    default -> tree.stat(path);
                }
                done++;
            } catch (ErrnoException expected) {
                // most of them, on so few names
            }
        }
        return done;
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder(NAMES[random.nextInt(NAMES.length)]);
        for (int depth = random.nextInt(3); depth > 0; depth--) {
            path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
        }
        return path.toString();
    }

    private static void compare(HostTree tree, Path host, String path) throws Exception {
        TreeSet<String> expected = new TreeSet<>();
        try (Stream<Path> entries = Files.list(host)) {
            entries.forEach(entry -> expected.add(entry.getFileName().toString()));
        }
        assertThat(tree.list(path)).isEqualTo(expected);
        for (String name : NAMES) {
            String child = path + "/" + name;
            if (!expected.contains(name)) {
                assertThat(tree.missing(child)).as(child).isNotNull();
                continue;
            }
            Path file = host.resolve(name);
            assertThat(tree.stat(child).inode).as(child).isEqualTo(Files.getAttribute(file, "unix:ino"));
            assertThat(tree.stat.links).as(child).isEqualTo(Files.getAttribute(file, "unix:nlink"));
            assertThat(tree.stat.mode).as(child).isEqualTo(Files.getAttribute(file, "unix:mode"));
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                compare(tree, file, child);
            } else {
                assertThat(tree.read(child)).isEqualTo("text");
            }
        }
    }
}
