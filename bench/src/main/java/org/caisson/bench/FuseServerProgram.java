package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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
    private static final long HOUR_NANOS = 3_600_000_000_000L;

    private FuseServerProgram() {}

    /** The command that serves one file of 4 KiB, {@code file}, at a mount point. */
    static List<String> command(Path mountPoint) {
        return List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FuseServerProgram.class.getName(),
                mountPoint.toString());
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        byte[] content = new byte[FILE_SIZE];
        Arrays.fill(content, (byte) 'c');
        GeneratedFile file = GeneratedFile.of((credentials, out) -> out.appendBytes(content))
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
