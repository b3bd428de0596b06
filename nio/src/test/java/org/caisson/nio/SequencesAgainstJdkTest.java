package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The same random sequences of calls on the JDK's provider and on ours: results, exceptions and the tree must agree. */
class SequencesAgainstJdkTest {
    private static final int SEQUENCES = Integer.getInteger("caisson.nio.sequences", 12);
    private static final int STEPS = Integer.getInteger("caisson.nio.steps", 150);
    private static final int ENOUGH = 5;

    @Test
    void randomSequencesAgree() throws IOException {
        long first = Long.getLong("caisson.seed", 1);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < SEQUENCES && differences.size() < ENOUGH; i++) {
            String difference = difference(first + i);
            if (difference != null) {
                differences.add("caisson.seed=" + (first + i) + difference);
            }
        }
        assertThat(differences).isEmpty();
    }

    /** Where a sequence first goes apart, after what; null if it does not. */
    private static @Nullable String difference(long seed) throws IOException {
        try (Ground kernel = Ground.kernel();
                Ground ours = Ground.memory()) {
            RandomCalls right = new RandomCalls(kernel, new Random(seed));
            RandomCalls tried = new RandomCalls(ours, new Random(seed));
            List<String> story = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                String expected = right.step();
                String actual = tried.step();
                if (!actual.equals(expected)) {
                    return told(story, expected, actual);
                }
                story.add(expected);
                String expectedTree = right.tree().toString();
                String actualTree = tried.tree().toString();
                if (!actualTree.equals(expectedTree)) {
                    return told(story, expectedTree, actualTree);
                }
            }
            return null;
        }
    }

    private static String told(List<String> story, String expected, String actual) {
        return "%nafter%n%s%nexpected%n%s%nbut was%n%s"
                .formatted(
                        String.join("\n", story.subList(Math.max(0, story.size() - 10), story.size())),
                        expected,
                        actual);
    }
}
