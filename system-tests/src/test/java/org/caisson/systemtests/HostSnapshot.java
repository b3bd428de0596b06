package org.caisson.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a container could leave behind on the host: mounts, processes, cgroups, sockets, temporary files. Also a program of one
 * source file, with which the build begins: it records a snapshot for {@link NothingIsLeftTest}.
 */
record HostSnapshot(
        Set<String> mounts, Set<String> processes, Set<String> cgroups, Set<String> sockets, Set<String> files) {

    static HostSnapshot take() throws IOException {
        return new HostSnapshot(
                mountPoints(), caissonProcesses(), cgroupDirectories(), unixSockets(), temporaryFiles());
    }

    /** Records a snapshot in the file that is given. */
    public static void main(String[] arguments) throws IOException {
        var file = Path.of(arguments[0]);
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, take().lines());
    }

    /** All of it, each with its kind. */
    Set<String> lines() {
        var lines = new TreeSet<String>();
        mounts.forEach(mount -> lines.add("mount " + mount));
        processes.forEach(process -> lines.add("process " + process));
        cgroups.forEach(cgroup -> lines.add("cgroup " + cgroup));
        sockets.forEach(socket -> lines.add("socket " + socket));
        files.forEach(file -> lines.add("file " + file));
        return lines;
    }

    private static Set<String> mountPoints() throws IOException {
        var points = new TreeSet<String>();
        for (var line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            points.add(line.substring(line.indexOf(' ', line.indexOf(' ') + 1)));
        }
        return points;
    }

    /** Live processes of Caisson itself (stages, keepers, commands) and of containers (another user namespace). */
    private static Set<String> caissonProcesses() throws IOException {
        var found = new TreeSet<String>();
        var ownUserNamespace = Files.readSymbolicLink(Path.of("/proc/self/ns/user"));
        try (var entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var entry : entries) {
                try {
                    var commandLine = Files.readString(entry.resolve("cmdline")).replace('\0', ' ');
                    if (commandLine.contains("caisson-stage")
                            || commandLine.contains("lib/caisson.jar")
                            || !ownUserNamespace.equals(Files.readSymbolicLink(entry.resolve("ns/user")))) {
                        found.add(entry.getFileName() + " " + commandLine);
                    }
                } catch (IOException ended) {
                    found.remove(entry.toString());
                }
            }
        }
        return found;
    }

    private static Set<String> cgroupDirectories() throws IOException {
        var found = new TreeSet<String>();
        Files.walkFileTree(
                Path.of("/sys/fs/cgroup"), EnumSet.noneOf(FileVisitOption.class), 6, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                        if (directory.getFileName().toString().startsWith("caisson")) {
                            found.add(directory.toString());
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException gone) {
                        return FileVisitResult.CONTINUE;
                    }
                });
        return found;
    }

    private static Set<String> unixSockets() throws IOException {
        var found = new TreeSet<String>();
        for (var line : Files.readAllLines(Path.of("/proc/net/unix"))) {
            if (line.contains("caisson") || line.contains("control.sock")) {
                found.add(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return found;
    }

    private static Set<String> temporaryFiles() {
        var found = new TreeSet<String>();
        for (var directory : new String[] {"/tmp", "/run", "/var/tmp", "/dev/shm", "/run/caisson"}) {
            if (!Files.isDirectory(Path.of(directory))) {
                continue;
            }
            try (var entries = Files.newDirectoryStream(Path.of(directory))) {
                for (var entry : entries) {
                    if (entry.getFileName().toString().contains("caisson") || "/run/caisson".equals(directory)) {
                        found.add(entry.toString());
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        found.remove("/run/caisson");
        return found;
    }
}
