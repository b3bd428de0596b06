package org.caisson.runtime.stage;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** A root file system in a temporary directory: busybox, owned by the containers' root. */
final class BusyboxRoot implements AutoCloseable {
    static final long BASE = 0x10000000L;
    private static final String[] COMMANDS = {
        "sh",
        "id",
        "ls",
        "cat",
        "hostname",
        "mount",
        "umount",
        "sleep",
        "ps",
        "tty",
        "stty",
        "mkdir",
        "touch",
        "echo",
        "kill",
        "readlink",
        "grep",
        "stat",
        "ifconfig",
        "dnsdomainname",
        "unshare",
        "head",
        "wc",
        "true",
        "rm"
    };

    final Path path;

    /** One that another process made. */
    BusyboxRoot(Path path) {
        this.path = path;
    }

    BusyboxRoot() throws IOException {
        path = Files.createTempDirectory("caisson-stage");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String directory : new String[] {"bin", "dev", "proc", "sys", "tmp", "etc", "mnt"}) {
            Files.createDirectory(path.resolve(directory));
        }
        Files.copy(Path.of("/bin/busybox"), path.resolve("bin/busybox"));
        Files.setPosixFilePermissions(path.resolve("bin/busybox"), PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String command : COMMANDS) {
            Files.createSymbolicLink(path.resolve("bin").resolve(command), Path.of("busybox"));
        }
        Files.writeString(path.resolve("etc/secret"), "secret\n");
    }

    /** Gives everything to the containers' root. */
    BusyboxRoot owned() throws IOException {
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                return own(directory);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                return own(file);
            }

            private FileVisitResult own(Path file) throws IOException {
                Files.setAttribute(file, "unix:uid", (int) BASE, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(file, "unix:gid", (int) BASE, LinkOption.NOFOLLOW_LINKS);
                return FileVisitResult.CONTINUE;
            }
        });
        return this;
    }

    @Override
    public void close() throws IOException {
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
