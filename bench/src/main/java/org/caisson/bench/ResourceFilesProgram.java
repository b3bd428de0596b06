package org.caisson.bench;

import static java.util.Objects.requireNonNull;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.ContainerCgroups;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.emulation.EmulationOptions;
import org.caisson.linux.MountCalls;
import org.jspecify.annotations.Nullable;

/**
 * Many containers' emulated files in one JVM. It takes lines: {@code containers N} makes as many as there are to be,
 * {@code allocated} tells the bytes that all threads have allocated, {@code collect} collects garbage. The tree of the first
 * container is mounted at a directory, and its control groups are named by the argument after.
 */
final class ResourceFilesProgram {
    private static final int IDS = 65536;
    private static final String[] CONTROLLERS = {"memory", "cpu", "cpuacct", "cpuset", "pids", "blkio"};

    private ResourceFilesProgram() {}

    /** The command: a mount point, and a directory below that of each control group for each container. */
    static List<String> command(Path mountPoint, String group) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(List.of("-XX:+UseSerialGC", "-Xms16m", "-Xmx512m", "-Xss512k", "-XX:-UsePerfData"));
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ResourceFilesProgram.class.getName(),
                mountPoint.toString(),
                group));
        return command;
    }

    /** The directories of one container's groups. */
    static List<Path> groups(String group) {
        List<Path> directories = new ArrayList<>();
        for (String controller : CONTROLLERS) {
            directories.add(Path.of("/sys/fs/cgroup", controller, group));
        }
        directories.add(Path.of("/sys/fs/cgroup/unified", group));
        return directories;
    }

    private static ContainerEmulation container(String group) throws IOException {
        List<@Nullable Path> made = new ArrayList<>();
        for (Path directory : groups(group)) {
            boolean exists = Files.isDirectory(requireNonNull(directory.getParent()));
            if (exists) {
                Files.createDirectories(directory);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    if (!directory.toFile().delete()) {
                        System.err.println("bench: " + directory + " stays");
                    }
                }));
            }
            made.add(exists ? directory : null);
        }
        ContainerCgroups cgroups = new ContainerCgroups(
                made.get(0), made.get(1), made.get(2), null, made.get(4), made.get(5), made.get(6));
        return ContainerEmulation.create(new EmulationOptions(cgroups, 0, IDS, 2));
    }

    public static void main(String[] arguments) throws IOException {
        List<ContainerEmulation> containers = new ArrayList<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "containers" -> {
                    while (containers.size() < Integer.parseInt(words[1])) {
                        ContainerEmulation made = container(arguments[1] + "-" + containers.size());
                        if (containers.isEmpty()) {
                            MountCalls.attach(made.mountFd().number(), arguments[0]);
                        }
                        containers.add(made);
                    }
                    System.out.println("ok");
                }
                case "allocated" ->
                    System.out.println(
                            ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes());
                default -> {
                    System.gc();
                    System.out.println("ok");
                }
            }
        }
        for (ContainerEmulation container : containers) {
            container.close();
        }
    }
}
