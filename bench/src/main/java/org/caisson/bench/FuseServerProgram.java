package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.caisson.fuse.FuseServer;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;

/** Our side of the fuse benchmark, a JVM of its own: the same file that {@code fuse-peer.c} serves, until SIGTERM. */
final class FuseServerProgram {
    private static final int FILE_SIZE = 4096;
    private static final int LINE = 64;
    private static final String NAME = "a-name-of-thirty-one-characters";
    private static final int NUMBER_WIDTH = 32;

    /** What the launcher of the product, {@code cli/src/main/c/caisson.c}, says to the JVM about memory and compiling. */
    private static final List<String> FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-Xms9m",
            "-Xmn4m",
            "-Xmx96m",
            "-Xss512k",
            "-XX:ReservedCodeCacheSize=24m",
            "-XX:-UsePerfData",
            "-XX:CompileThresholdScaling=10");

    private static final long HOUR_NANOS = 3_600_000_000_000L;

    private FuseServerProgram() {}

    /** The command that serves one file of 4 KiB, {@code file}, at a mount point. */
    static List<String> command(Path mountPoint) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(FLAGS);
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FuseServerProgram.class.getName(),
                mountPoint.toString()));
        return command;
    }

    /** As a file of /proc: made anew for each read from the start. */
    private static GeneratedFile.Content content() {
        AtomicLong reads = new AtomicLong();
        return (credentials, out) -> {
            long first = reads.getAndIncrement();
            for (int line = 0; line < FILE_SIZE / LINE; line++) {
                out.appendAscii(NAME).appendPadded(first + line, NUMBER_WIDTH).newLine();
            }
        };
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        GeneratedFile file = GeneratedFile.of(content())
                .withSize(FILE_SIZE)
                .withCachePolicy(new CachePolicy(HOUR_NANOS, 0, true, false));
        SyntheticDirectory top = SyntheticDirectory.builder()
                .cachePolicy(CachePolicy.NAMES)
                .add("file", file)
                .build();
        VirtualFileSystem files = new VirtualFileSystem();
        MountNamespace namespace = files.newMountNamespace(SyntheticFileSystem.proc(top));
        try (FuseServer server = FuseServer.builder(files, namespace.root())
                .name("bench")
                .threads(1)
                .defaultPermissions(false)
                .build()) {
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "close"));
            server.mountAt(arguments[0]);
            server.start();
            System.out.println("ready");
            new CountDownLatch(1).await();
        }
    }
}
