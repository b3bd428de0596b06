package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.PathMatcher;
import java.util.Random;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;

/** Path matchers compared with the JDK's. */
class GlobsAgainstJdkTest {
    private static final int ROUNDS = Integer.getInteger("caisson.nio.globs", 20_000);
    private static final String[] GLOB = {
        "*", "**", "?", "[", "]", "[a-c]", "[!a]", "[-a]", "[b", "{", "}", ",", "{a,b}", "{*.c,d}", "\\", "\\*", "a",
        "b", "-", "!", "^", "/", ".", "$", "(", "+", "&&", "|"
    };
    private static final String[] TEXT = {
        "a", "b", "c", "d", "-", "!", "^", "/", ".", "$", "[", "{", "&", "*", "\\", ","
    };

    @Test
    void randomGlobsMatchAsTheJdks() throws IOException {
        long seed = Long.getLong("caisson.seed", 1);
        Random random = new Random(seed);
        try (FileSystem ours = MemoryTree.plain()) {
            for (int i = 0; i < ROUNDS; i++) {
                String glob = text(random, GLOB, 6);
                String path = text(random, TEXT, 5);
                String expected = match(FileSystems.getDefault(), glob, path);
                // The JDK stumbles over some sets, such as [+-[], that are in order.
                if (!expected.equals("bad translation")) {
                    assertThat(match(ours, glob, path))
                            .as("seed %d: glob '%s', path '%s'", seed, glob, path)
                            .isEqualTo(expected);
                }
            }
        }
    }

    private static String text(Random random, String[] parts, int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most); i >= 0; i--) {
            text.append(parts[random.nextInt(parts.length)]);
        }
        return text.toString();
    }

    private static String match(FileSystem system, String glob, String path) {
        try {
            return "" + system.getPathMatcher("glob:" + glob).matches(system.getPath(path));
        } catch (PatternSyntaxException e) {
            return e.getPattern().equals(glob) ? "bad glob" : "bad translation";
        }
    }

    @Test
    void matchersHaveASyntax() throws IOException {
        try (FileSystem ours = MemoryTree.plain()) {
            PathMatcher regex = ours.getPathMatcher("REGEX:a.c");
            assertThat(regex.matches(ours.getPath("abc"))).isTrue();
            assertThatThrownBy(() -> ours.getPathMatcher("strange:x"))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> ours.getPathMatcher("*.java")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ours.getPathMatcher("regex:(")).isInstanceOf(PatternSyntaxException.class);
        }
    }

    @Test
    void namesWithLineEndsMatch() throws IOException {
        try (FileSystem ours = MemoryTree.plain()) {
            assertThat(ours.getPathMatcher("glob:**b").matches(ours.getPath("a\nb")))
                    .isTrue();
        }
    }
}
