package org.caisson.linux;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A test class with {@code @ExtendWith(FdLeakCheck.class)} fails if it leaves more descriptors open than it found.
 * Files that the JVM opens for itself (its jars and modules, its random device) do not count.
 */
@SuppressWarnings({"exports", "missing-explicit-ctor"}) // a test-jar is no module: its users see JUnit themselves
public final class FdLeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(FdLeakCheck.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        context.getStore(NAMESPACE).put("before", openDescriptors());
    }

    @Override
    @SuppressWarnings("unchecked")
    public void afterAll(ExtensionContext context) throws IOException {
        Map<Integer, String> before = (Map<Integer, String>)
                requireNonNull(context.getStore(NAMESPACE).get("before", Map.class));
        Map<Integer, String> leaked = openedSince(before);
        // The JVM closes the pipes to a child that has ended in a thread of its own. What leaks stays.
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!leaked.isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
            leaked = openedSince(before);
        }
        if (!leaked.isEmpty()) {
            throw new AssertionError("descriptors left open: " + leaked);
        }
    }

    private static Map<Integer, String> openedSince(Map<Integer, String> before) throws IOException {
        Map<Integer, String> opened = openDescriptors();
        opened.entrySet().removeAll(before.entrySet());
        return opened;
    }

    /** The open descriptors of this process by number, each with what it leads to. */
    public static Map<Integer, String> openDescriptors() throws IOException {
        Map<Integer, String> descriptors = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path entry : entries) {
                try {
                    String target = Files.readSymbolicLink(entry).toString();
                    if (!isOfTheJvm(target)) {
                        descriptors.put(Integer.valueOf(entry.getFileName().toString()), target);
                    }
                } catch (NoSuchFileException gone) {
                    // the descriptor of this very listing, or one closed meanwhile
                }
            }
        }
        return descriptors;
    }

    private static boolean isOfTheJvm(String target) {
        return target.endsWith(".jar")
                || target.endsWith("/modules")
                || target.endsWith("random")
                || target.matches("/proc/\\d+/fd");
    }
}
