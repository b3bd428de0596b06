package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files and processes of one benchmark. Whatever it makes it registers here, and all of that is undone, last first, at the end: also
 * when the benchmark fails and when the user interrupts it.
 *
 * <p>Lock: its own monitor, held over the queue of clean-ups and while they run.
 */
final class Workspace implements AutoCloseable {
    private final Path home;
    private final Path temporary;
    private final Deque<CleanUp> cleanUps = new ArrayDeque<>();
    private final Thread atExit = new Thread(this::cleanUp, "clean-up");

    /** One undoing; its failure is reported and the next goes on. */
    @FunctionalInterface
    interface CleanUp {
        void run() throws IOException;
    }

    /** @param home the project's directory */
    Workspace(Path home) throws IOException {
        this.home = home;
        this.temporary = Files.createTempDirectory("caisson-bench-");
        onClose(() -> deleteTree(temporary));
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** A program built from {@code src/main/c}. */
    String program(String name) {
        return home.resolve("bench/target/native").resolve(name).toString();
    }

    /** The project's directory. */
    Path home() {
        return home;
    }

    /** The {@code caisson} command. */
    String caisson() {
        return home.resolve("caisson").toString();
    }

    /** A directory of this benchmark's own. */
    Path directory(String name) throws IOException {
        return Files.createDirectories(temporary.resolve(name));
    }

    synchronized void onClose(CleanUp cleanUp) {
        cleanUps.push(cleanUp);
    }

    /** A mount point in this workspace that is unmounted (lazily, so that nothing hangs) at the end, if it is one then. */
    Path mountPoint(String name) throws IOException {
        Path directory = directory(name);
        onClose(() -> {
            for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
                if (line.split(" ", 3)[1].equals(directory.toString())) {
                    Programs.run(List.of("umount", "-l", directory.toString()));
                }
            }
        });
        return directory;
    }

    /** Starts a program that runs until the end of the benchmark. */
    Server serve(List<String> command) throws IOException {
        Server server = Server.start(command);
        onClose(server::close);
        return server;
    }

    @Override
    public void close() {
        cleanUp();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    private synchronized void cleanUp() {
        while (!cleanUps.isEmpty()) {
            try {
                cleanUps.pop().run();
            } catch (IOException e) {
                System.err.println("bench: while cleaning up: " + e.getMessage());
            }
        }
    }

    private static void deleteTree(Path top) throws IOException {
        try (Stream<Path> paths = Files.walk(top)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
