package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.ProcessCalls.ResourceLimit;
import org.caisson.vfs.FileDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors are few: no more are kept than allowed, and all are closed. */
@ExtendWith(FdLeakCheck.class)
class HostDescriptorsTest {
    private static final HostOptions EXCLUSIVE = HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE);

    @TempDir
    Path directory;

    private static int descriptors() throws IOException {
        return FdLeakCheck.openDescriptors().size();
    }

    /** While they are, the file system cannot become read-only. */
    @Test
    void filesWithoutANameAreKnownForAsLongAsTheyAreOpen() throws Exception {
        try (HostFileSystem fileSystem = HostFileSystem.open(directory.toString(), HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            try (FileDescription removed = tree.create("removed")) {
                assertThat(fileSystem.hasOrphans()).isFalse();
                tree.unlink("removed");
                assertThat(fileSystem.hasOrphans()).isTrue();
                assertThat(removed.isReadable()).isTrue();
            }
            assertThat(fileSystem.hasOrphans()).isFalse();
            try (FileDescription nameless = tree.open(".", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR)) {
                assertThat(fileSystem.hasOrphans()).isTrue();
                tree.vfs.link(tree.caller, tree.at("").itself(nameless.place()), tree.second.path("named"));
                assertThat(fileSystem.hasOrphans()).isFalse();
            }
        }
    }

    @Test
    void tenThousandFilesNeedFewDescriptors() throws Exception {
        int before = descriptors();
        try (HostFileSystem fileSystem =
                HostFileSystem.open(directory.toString(), EXCLUSIVE.withLimits(100, 1 << 20))) {
            HostTree tree = new HostTree(fileSystem);
            for (int i = 0; i < 100; i++) {
                tree.mkdir("d" + i);
                for (int j = 0; j < 100; j++) {
                    tree.write("d" + i + "/f" + j, "x");
                }
            }
            for (int i = 0; i < 100; i++) {
                for (int j = 0; j < 100; j++) {
                    tree.chmod("d" + i + "/f" + j, 0600);
                }
            }
            assertThat(fileSystem.keptDescriptors()).isLessThanOrEqualTo(101);
            assertThat(descriptors()).isLessThanOrEqualTo(before + 105);
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    @Test
    void noMoreDescriptorsMakesRoom() throws Exception {
        ResourceLimit limit = ProcessCalls.prlimit(0, ProcessCalls.RLIMIT_NOFILE);
        try (HostFileSystem fileSystem =
                HostFileSystem.open(directory.toString(), EXCLUSIVE.withLimits(10_000, 1 << 20))) {
            HostTree tree = new HostTree(fileSystem);
            tree.mkdir("warm");
            tree.list("warm");
            for (int i = 0; i < 300; i++) {
                tree.mkdir("d" + i);
            }
            int highest = highestDescriptor();
            ProcessCalls.setPrlimit(0, ProcessCalls.RLIMIT_NOFILE, new ResourceLimit(highest + 40L, limit.hard()));
            try {
                for (int i = 0; i < 300; i++) {
                    tree.write("d" + i + "/file", "text");
                }
                for (int i = 0; i < 300; i++) {
                    tree.unlink("d" + i + "/file");
                }
            } finally {
                ProcessCalls.setPrlimit(0, ProcessCalls.RLIMIT_NOFILE, limit);
            }
        }
    }

    private static int highestDescriptor() throws IOException {
        try (var entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.mapToInt(
                            entry -> Integer.parseInt(entry.getFileName().toString()))
                    .max()
                    .orElseThrow();
        }
    }

    @Test
    void removedFileStaysForItsDescriptions() throws Exception {
        int before = descriptors();
        try (HostFileSystem fileSystem = HostFileSystem.open(directory.toString(), EXCLUSIVE.withLimits(2, 1000))) {
            HostTree tree = new HostTree(fileSystem);
            tree.write("file", "text");
            tree.write("other", "text");
            tree.mkdir("directory");
            List<FileDescription> held = new ArrayList<>();
            held.add(tree.open("file", OpenFlags.O_PATH));
            held.add(tree.open("other", OpenFlags.O_RDWR));
            held.add(tree.open("directory", OpenFlags.O_PATH));
            tree.unlink("file");
            tree.unlink("other");
            tree.rmdir("directory");
            for (int i = 0; i < 20; i++) {
                tree.mkdir("d" + i);
                tree.chmod("d" + i, 0700);
            }
            for (FileDescription description : held) {
                description.stat(tree.stat);
                assertThat(tree.stat.links).isZero();
                tree.vfs.stat(tree.caller, tree.operation.itself(description.place()), tree.stat);
                assertThat(tree.stat.links).isZero();
            }
            assertThat(HostTree.read(held.get(1))).isEqualTo("text");
            assertThat(tree.missing("file")).isEqualTo(Errno.ENOENT);
            held.forEach(FileDescription::close);
            assertThat(descriptors()).isLessThanOrEqualTo(before + 5);
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    @Test
    void descriptionOutlivesTheFileSystem() throws Exception {
        FileDescription file;
        try (HostFileSystem fileSystem = HostFileSystem.open(directory.toString(), EXCLUSIVE)) {
            HostTree tree = new HostTree(fileSystem);
            tree.write("file", "text");
            file = tree.open("file", OpenFlags.O_RDONLY);
        }
        try (file) {
            assertThat(HostTree.read(file)).isEqualTo("text");
        }
    }
}
