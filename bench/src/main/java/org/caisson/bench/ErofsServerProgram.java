package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.caisson.fuse.FuseServer;
import org.caisson.linux.AtFlags;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;

/** A JVM of its own that serves EROFS images over FUSE as a mount of Caisson's does, until SIGTERM. */
final class ErofsServerProgram {
    /** What the launcher of the product, {@code cli/src/main/c/caisson.c}, says to the JVM of a file server. */
    private static final List<String> FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-XX:MaxRAMPercentage=50",
            "-XX:ReservedCodeCacheSize=64m",
            "-Xss512k",
            "-XX:-UsePerfData");

    private ErofsServerProgram() {}

    /** The command that serves images, the uppermost first, at a mount point. */
    static List<String> command(Path mountPoint, List<Path> images) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(FLAGS);
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ErofsServerProgram.class.getName(),
                mountPoint.toString()));
        images.forEach(image -> command.add(image.toString()));
        return command;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        VirtualFileSystem files = new VirtualFileSystem();
        OverlayOptions.Builder options = OverlayOptions.builder();
        FileSystem shown = null;
        for (int i = 1; i < arguments.length; i++) {
            try (OwnedFd file = FileCalls.openat(AtFlags.AT_FDCWD, arguments[i], OpenFlags.O_RDONLY, 0)) {
                shown = ErofsFileSystem.open(file);
                options.lower(files.newMountNamespace(shown).root());
            }
        }
        if (shown == null || arguments.length > 2) {
            shown = new OverlayFileSystem(files, Credentials.root(), options.build());
        }
        VirtualDentry root = files.newMountNamespace(shown).root();
        try (FuseServer server = FuseServer.builder(files, root)
                .name("bench")
                .onlyDoor(true)
                .plainFiles(true)
                .passthrough(false)
                .build()) {
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "close"));
            server.mountAt(arguments[0]);
            server.start();
            System.out.println("ready");
            new CountDownLatch(1).await();
        }
    }
}
