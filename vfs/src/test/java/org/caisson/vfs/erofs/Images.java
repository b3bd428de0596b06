package org.caisson.vfs.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.FileSystemLog;

/** Image files of tests: made and checked by erofs-utils, mounted by the kernel, opened by us. */
public final class Images {
    private Images() {}

    /** Runs a program, which is to succeed. */
    public static void run(String... command) throws IOException {
        Path said = Files.createTempFile("said", "");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            int status = process.waitFor();
            assertThat(status)
                    .as(String.join(" ", command) + "\n" + Files.readString(said, StandardCharsets.ISO_8859_1))
                    .isZero();
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            Files.delete(said);
        }
    }

    /** Has mkfs.erofs make an image of a directory. */
    public static Path make(Path image, Path tree, String... options) throws IOException {
        run(Stream.of(Stream.of("mkfs.erofs"), Stream.of(options), Stream.of(image.toString(), tree.toString()))
                .flatMap(each -> each)
                .toArray(String[]::new));
        return image;
    }

    /** Opens an image with our reader. */
    public static ErofsFileSystem open(Path image, Path... devices) throws IOException {
        List<OwnedFd> further = new ArrayList<>();
        try (OwnedFd file = FileCalls.open(image.toString(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
            for (Path device : devices) {
                further.add(FileCalls.open(device.toString(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC));
            }
            return ErofsFileSystem.open(file, further, new FileSystemLog());
        } finally {
            further.forEach(OwnedFd::close);
        }
    }

    /** Does something with an image that the kernel has mounted. */
    @FunctionalInterface
    public interface Mounted<T> {
        T use(String mountPoint) throws Exception;
    }

    /** Has the kernel mount an image for as long as something is done with it. */
    public static <T> T mounted(Path image, Mounted<T> work, Path... devices) throws Exception {
        // What was just written must be on the disk before the kernel maps the file.
        for (Path file : Stream.concat(Stream.of(image), Stream.of(devices)).toList()) {
            try (OwnedFd written = FileCalls.open(file.toString(), OpenFlags.O_RDONLY)) {
                FileCalls.fsync(written.number());
            }
        }
        Path mountPoint = Files.createTempDirectory(image.getParent(), "mount");
        String options = String.join(
                ",", Stream.of(devices).map(device -> "device=" + device).toList());
        MountCalls.mount(
                image.toString(),
                mountPoint.toString(),
                "erofs",
                MountFlags.MS_RDONLY,
                options.isEmpty() ? null : options);
        try {
            return work.use(mountPoint.toString());
        } finally {
            MountCalls.umount2(mountPoint.toString(), 0);
            Files.delete(mountPoint);
        }
    }

    /** Asserts that the kernel and our reader show the same of an image. */
    public static void assertSeenAlike(Path image, Path... devices) throws Exception {
        Map<String, String> kernels = mounted(image, ImageFacts::ofKernel, devices);
        try (ErofsFileSystem ours = open(image, devices)) {
            assertThat(ImageFacts.ofOurs(ours)).isEqualTo(kernels);
        }
    }
}
