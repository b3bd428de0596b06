package org.caisson.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.caisson.vfs.FileDescription;

/**
 * Makes empty files in one directory, in memory, and prints how many bytes of heap one takes with its name of eight bytes, and how many
 * nanoseconds the slowest took, among those during which no garbage was collected.
 */
final class ManyFilesProgram {
    private ManyFilesProgram() {}

    static List<String> command(String kind, int files) {
        return List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-Xms6g",
                "-Xmx6g",
                "-Xmn3g",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ManyFilesProgram.class.getName(),
                kind,
                Integer.toString(files));
    }

    /** One more empty file. */
    private interface Maker {
        void make(String name) throws IOException;
    }

    public static void main(String[] arguments) throws IOException {
        int files = Integer.parseInt(arguments[1]);
        try (MemTree tree = new MemTree();
                JavaTree jimfs = JavaTree.jimfs()) {
            Maker maker = arguments[0].equals("ours") ? ours(tree) : jimfs(jimfs);
            warmUp(maker);
            long before = used();
            long slowest = 0;
            for (int i = 0; i < files; i++) {
                long collections = collections();
                String name = String.format("%08d", i);
                long begun = System.nanoTime();
                maker.make(name);
                long took = System.nanoTime() - begun;
                if (collections() == collections) {
                    slowest = Math.max(slowest, took);
                }
            }
            System.out.println((used() - before) / files + " " + slowest);
        }
    }

    private static Maker ours(MemTree tree) throws IOException {
        tree.makeDirectories("/many/");
        return name -> {
            FileDescription made = tree.create("/many/" + name);
            made.close();
        };
    }

    private static Maker jimfs(JavaTree tree) throws IOException {
        tree.makeDirectories("many");
        return name -> FileChannel.open(
                        tree.at("many/" + name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                .close();
    }

    /** Compiles what is to be measured. */
    private static void warmUp(Maker maker) throws IOException {
        for (int i = 0; i < 50_000; i++) {
            maker.make("warm-" + i);
        }
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(collector -> collector.getCollectionCount())
                .sum();
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
