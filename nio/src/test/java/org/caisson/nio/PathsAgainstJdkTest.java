package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

/** What can be done to paths without touching files, compared with the JDK's paths. */
class PathsAgainstJdkTest {
    private static final int ROUNDS = Integer.getInteger("caisson.nio.paths", 2_000);
    private static final String[] PARTS = {"", "/", "//", ".", "..", "a", "b", "ab", "..a", ".a", "...", "ä", "x y"};

    @Test
    void randomPathsBehaveAsTheJdks() throws IOException {
        long seed = Long.getLong("caisson.seed", 1);
        Random random = new Random(seed);
        try (FileSystem ours = MemoryTree.plain()) {
            for (int i = 0; i < ROUNDS; i++) {
                String one = text(random);
                String two = text(random);
                String three = text(random);
                List<String> expected = describe(FileSystems.getDefault(), one, two, three);
                List<String> actual = describe(ours, one, two, three);
                // The JDK's result may end in a NUL.
                assertThat(ours.getPath(one).resolve(two, three))
                        .isEqualTo(ours.getPath(one).resolve(two).resolve(three));
                for (int n = 0; n < expected.size(); n++) {
                    assertThat(actual.get(n))
                            .as("seed %d: '%s', '%s', '%s'", seed, one, two, three)
                            .isEqualTo(expected.get(n));
                }
            }
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(PARTS[random.nextInt(PARTS.length)]);
            text.append(random.nextBoolean() ? "/" : "");
        }
        return text.toString();
    }

    private static List<String> describe(FileSystem system, String one, String two, String three) {
        List<String> facts = new ArrayList<>();
        Path path = system.getPath(one);
        Path other = system.getPath(two);
        facts.add(path.toString());
        facts.add(system.getPath(one, two, three).toString());
        facts.add(path.isAbsolute() + " " + path.getRoot() + " " + path.getFileName() + " " + path.getParent());
        StringJoiner names = new StringJoiner("|");
        path.forEach(name -> names.add(name.toString()));
        facts.add(path.getNameCount() + " " + names);
        facts.add("normal " + path.normalize());
        facts.add("resolved " + path.resolve(other) + " " + path.resolveSibling(other) + " " + path.resolve(two));
        facts.add("more " + path.resolve(other).resolve(three));
        facts.add("relative " + attempt(() -> path.relativize(other).toString()));
        facts.add(path.startsWith(other) + " " + path.endsWith(other) + " " + path.equals(other));
        facts.add(Integer.signum(path.compareTo(other)) + " "
                + (path.hashCode() == system.getPath(one).hashCode()));
        for (int i = -1; i < 4; i++) {
            for (int end = i - 1; end < 5; end++) {
                int from = i;
                int to = end;
                facts.add(from + ".." + to + " "
                        + attempt(() -> path.subpath(from, to).toString()));
            }
        }
        return facts;
    }

    private static String attempt(java.util.function.Supplier<String> operation) {
        try {
            return operation.get();
        } catch (RuntimeException e) {
            return e.getClass().getName();
        }
    }
}
