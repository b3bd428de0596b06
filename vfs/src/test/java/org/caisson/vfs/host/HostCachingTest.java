package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of a host directory, and for how long. */
@ExtendWith(FdLeakCheck.class)
class HostCachingTest {
    private static final HostOptions EXCLUSIVE = HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE);

    @TempDir
    Path directory;

    private HostFileSystem open(HostOptions options) throws ErrnoException {
        return HostFileSystem.open(directory.toString(), options);
    }

    @Test
    void nothingIsRememberedByDefault() throws Exception {
        try (HostFileSystem fileSystem = open(HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(tree.missing("file")).isEqualTo(Errno.ENOENT);
            Files.writeString(directory.resolve("file"), "text");
            assertThat(tree.stat("file").size).isEqualTo(4);
            Files.writeString(directory.resolve("file"), "longer text");
            assertThat(tree.stat("file").size).isEqualTo(11);
            Files.delete(directory.resolve("file"));
            assertThat(tree.missing("file")).isEqualTo(Errno.ENOENT);
        }
    }

    @Test
    void permissionsOfTheRootAreAskedFor() throws Exception {
        Files.writeString(directory.resolve("file"), "text");
        try (HostFileSystem fileSystem = open(HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            tree.caller = Credentials.of(1000, 1000);
            FileCalls.fchmodat(-100, directory.toString(), 0700, 0);
            assertThat(tree.missing("file")).isEqualTo(Errno.EACCES);
            FileCalls.fchmodat(-100, directory.toString(), 0755, 0);
            assertThat(tree.missing("file")).isNull();
        }
    }

    @Test
    void whatIsKnownOfAnExclusiveDirectoryIsNotAskedAgain() throws Exception {
        Files.createDirectories(directory.resolve("a/b"));
        Files.writeString(directory.resolve("a/b/file"), "text");
        try (HostFileSystem fileSystem = open(EXCLUSIVE)) {
            HostTree tree = new HostTree(fileSystem);
            tree.stat("a/b/file");
            assertThat(tree.missing("a/b/none")).isEqualTo(Errno.ENOENT);
            Files.writeString(directory.resolve("a/b/none"), "text");
            Files.delete(directory.resolve("a/b/file"));
            // nobody may do that; but it shows that the host is not asked
            assertThat(tree.stat("a/b/file").size).isEqualTo(4);
            assertThat(tree.missing("a/b/none")).isEqualTo(Errno.ENOENT);
        }
    }

    @Test
    void missingNamesAreForgottenWhenTheirDirectoryChanges() throws Exception {
        try (HostFileSystem fileSystem = open(EXCLUSIVE)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(tree.missing("one")).isEqualTo(Errno.ENOENT);
            tree.write("one", "text");
            assertThat(tree.stat("one").size).isEqualTo(4);
            assertThat(tree.missing("two")).isEqualTo(Errno.ENOENT);
            tree.rename("one", "two");
            assertThat(tree.stat("two").size).isEqualTo(4);
            assertThat(tree.missing("one")).isEqualTo(Errno.ENOENT);
            tree.link("two", "one");
            assertThat(tree.stat("one").links).isEqualTo(2);
            tree.unlink("two");
            assertThat(tree.stat("one").links).isEqualTo(1);
        }
    }

    @Test
    void whatIsRememberedForATimeIsAskedAfterIt() throws Exception {
        Files.writeString(directory.resolve("file"), "text");
        HostOptions shortly = HostOptions.DEFAULT.withCaching(HostCaching.timed(Duration.ofNanos(1)));
        HostOptions lastingly = HostOptions.DEFAULT.withCaching(HostCaching.timed(Duration.ofHours(1)));
        try (HostFileSystem forgetful = open(shortly);
                HostFileSystem mindful = open(lastingly)) {
            HostTree one = new HostTree(forgetful);
            HostTree other = new HostTree(mindful);
            assertThat(one.missing("none")).isEqualTo(other.missing("none")).isEqualTo(Errno.ENOENT);
            assertThat(one.stat("file").size).isEqualTo(4);
            assertThat(other.stat("file").size).isEqualTo(4);
            Files.writeString(directory.resolve("file"), "longer text");
            Files.writeString(directory.resolve("none"), "there");
            assertThat(one.stat("file").size).isEqualTo(11);
            assertThat(one.stat("none").size).isEqualTo(5);
            assertThat(other.stat("file").size).isEqualTo(4);
            assertThat(other.missing("none")).isEqualTo(Errno.ENOENT);
        }
    }

    @Test
    void namesOfOneFileHaveOneIdentity() throws Exception {
        Files.writeString(directory.resolve("one"), "text");
        Files.createLink(directory.resolve("two"), directory.resolve("one"));
        try (HostFileSystem fileSystem = open(EXCLUSIVE)) {
            HostTree tree = new HostTree(fileSystem);
            Object one = fileSystem.identityOf(
                    tree.vfs.lookup(tree.caller, tree.at("one")).dentry());
            Object two = fileSystem.identityOf(
                    tree.vfs.lookup(tree.caller, tree.at("two")).dentry());
            assertThat(one).isSameAs(two);
            tree.chmod("one", 0600);
            assertThat(tree.stat("two").mode & 07777).isEqualTo(0600);
            assertThat(tree.stat.inode).isEqualTo(Files.getAttribute(directory.resolve("one"), "unix:ino"));
        }
    }

    @Test
    void forgottenNamesAreFoundAgainAsTheSameDentry() throws Exception {
        for (int i = 0; i < 50; i++) {
            Files.createDirectory(directory.resolve("d" + i));
            Files.writeString(directory.resolve("d" + i + "/file"), "text" + i);
        }
        try (HostFileSystem fileSystem = open(EXCLUSIVE.withLimits(4, 10))) {
            HostTree tree = new HostTree(fileSystem);
            Object first = tree.vfs.lookup(tree.caller, tree.at("d7/file")).dentry();
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 50; i++) {
                    assertThat(tree.read("d" + i + "/file")).isEqualTo("text" + i);
                }
            }
            assertThat(tree.vfs.lookup(tree.caller, tree.at("d7/file")).dentry())
                    .isSameAs(first);
        }
    }

    @Test
    void dataThatGoesPastIsSeenInTheAttributes() throws Exception {
        try (HostFileSystem fileSystem = open(EXCLUSIVE);
                Arena arena = Arena.ofConfined()) {
            HostTree tree = new HostTree(fileSystem);
            try (FileDescription file = tree.create("file")) {
                ((BackedByHostFile) file).bypass();
                int fd = ((BackedByHostFile) file).descriptor();
                assertThat(tree.stat("file").size).isZero();
                FileCalls.pwrite(fd, arena.allocate(100), 0);
                assertThat(tree.stat("file").size).isEqualTo(100);
            }
            assertThat(tree.stat("file").size).isEqualTo(100);
        }
    }

    @Test
    void statOfWhatIsKnownAllocatesNothing() throws Exception {
        Files.createDirectories(directory.resolve("a/b"));
        Files.writeString(directory.resolve("a/b/file"), "text");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (HostFileSystem fileSystem = open(EXCLUSIVE)) {
            HostTree tree = new HostTree(fileSystem);
            tree.at("a/b/file");
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 10; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 10_000; i++) {
                    tree.vfs.stat(tree.caller, tree.operation, tree.stat);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).isLessThan(10_000);
        }
    }

    @Test
    void filesThatAreMadeBelongToTheirMaker() throws Exception {
        FileCalls.fchmodat(-100, directory.toString(), 01777, 0);
        try (HostFileSystem fileSystem = open(EXCLUSIVE)) {
            HostTree tree = new HostTree(fileSystem);
            tree.caller = Credentials.of(1234, 4321).withUmask(0);
            tree.vfs.mkdir(tree.caller, tree.at("directory"), 0777);
            try (FileDescription file = tree.open("file", OpenFlags.O_CREAT | OpenFlags.O_WRONLY)) {
                file.stat(tree.stat);
                assertThat(tree.stat.uid).isEqualTo(1234);
            }
            for (String name : new String[] {"directory", "file"}) {
                assertThat(Files.getAttribute(directory.resolve(name), "unix:uid"))
                        .isEqualTo(1234);
                assertThat(Files.getAttribute(directory.resolve(name), "unix:gid"))
                        .isEqualTo(4321);
            }
            assertThat((int) Files.getAttribute(directory.resolve("directory"), "unix:mode") & 07777)
                    .isEqualTo(0777);
        }
    }
}
