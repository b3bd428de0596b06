package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After the tests of a class there are no more mounts, control groups and processes of Caisson than before. */
final class NothingLeft implements BeforeAllCallback, AfterAllCallback {
    private static final long PATIENCE_MILLIS = 10_000;
    private static final int GROUP_DEPTH = 6;

    private Set<String> before = Set.of();

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        before = traces();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        Set<String> left = traces();
        // A process that was killed takes a moment to go.
        while (!before.containsAll(left) && System.currentTimeMillis() < deadline) {
            Thread.onSpinWait();
            left = traces();
        }
        left.removeAll(before);
        assertThat(left).as("left behind").isEmpty();
    }

    private static Set<String> traces() throws IOException {
        Set<String> traces = new TreeSet<>();
        for (String mount : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            if (mount.contains("caisson")) {
                traces.add("mount " + mount);
            }
        }
        String program = Caisson.program().resolveSibling("").toString();
        try (var processes = ProcessHandle.allProcesses()) {
            processes
                    .map(process -> process.info().commandLine().orElse(""))
                    .filter(line -> line.contains(program) || line.startsWith("caisson-stage"))
                    .forEach(line -> traces.add("process " + line));
        }
        Files.walkFileTree(Path.of("/sys/fs/cgroup"), Set.of(), GROUP_DEPTH, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path group, BasicFileAttributes attributes) {
                if (group.getFileName().toString().startsWith("caisson-")) {
                    traces.add("control group " + group);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE; // It went away meanwhile.
            }

            @Override
            public FileVisitResult postVisitDirectory(Path group, @Nullable IOException e) {
                return FileVisitResult.CONTINUE;
            }
        });
        return traces;
    }
}
