package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The memory file system through the virtual file system, case by case. */
class MemFileSystemTest {
    private static final int CREATE = OpenFlags.O_CREAT | OpenFlags.O_RDWR;

    private final Credentials root = Credentials.root();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT.withSize(1 << 20), store);
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry top = vfs.newMountNamespace(fileSystem).root();

    @AfterEach
    void close() {
        store.close();
    }

    private PathOperation at(String path) {
        return new PathOperation().root(top).start(top).path(path);
    }

    private Stat stat(String path) throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(root, at(path), stat);
        return stat;
    }

    private FileDescription open(String path, int flags) throws ErrnoException {
        return vfs.open(root, at(path), new OpenOptions(flags, 0644));
    }

    private void create(String path, String content) throws ErrnoException {
        try (FileDescription file = open(path, CREATE)) {
            file.write(text(content));
        }
    }

    private String content(String path) throws ErrnoException {
        try (FileDescription file = open(path, OpenFlags.O_RDONLY)) {
            return content(file);
        }
    }

    private static String content(FileDescription file) throws ErrnoException {
        MemorySegment buffer = MemorySegment.ofArray(new byte[100]);
        int count = (int) file.read(buffer, 0);
        return new String(buffer.toArray(ValueLayout.JAVA_BYTE), 0, count, StandardCharsets.UTF_8);
    }

    private List<String> list(String path) throws ErrnoException {
        List<String> names = new ArrayList<>();
        try (FileDescription directory = open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) {
            directory.readDirectory(0, (name, inode, type, next) -> names.add(name.toString()));
        }
        return names;
    }

    private static MemorySegment text(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void whatIsWrittenIsRead() throws ErrnoException {
        vfs.mkdir(root, at("/a"), 0755);
        create("/a/file", "hello");
        assertThat(content("/a/file")).isEqualTo("hello");
        assertThat(stat("/a/file").size).isEqualTo(5);
        assertThat(stat("/a/file").blocks).isEqualTo(8);
        assertThat(list("/a")).containsExactly(".", "..", "file");
        assertThat(stat("/").links).isEqualTo(3);
    }

    @Test
    void anUnlinkedFileLivesUntilItsLastDescriptionIsGone() throws ErrnoException {
        FileDescription file = open("/file", CREATE);
        file.write(text("hello"));
        vfs.unlink(root, at("/file"));
        assertThat(content(file)).isEqualTo("hello");
        try (FileDescription again = vfs.open(root, at("").itself(file.place()), OpenOptions.READ)) {
            file.close();
            assertThat(content(again)).isEqualTo("hello");
            assertThat(store.used()).isEqualTo(1);
        }
        assertThat(store.used()).isZero();
    }

    @Test
    void aTemporaryFileGetsAName() throws ErrnoException {
        try (FileDescription file = open("/", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR)) {
            file.write(text("hello"));
            assertThat(list("/")).containsExactly(".", "..");
            vfs.link(root, at("").itself(file.place()), at("/named"));
        }
        assertThat(content("/named")).isEqualTo("hello");
        try (FileDescription file = open("/", OpenFlags.O_TMPFILE | OpenFlags.O_EXCL | OpenFlags.O_RDWR)) {
            fails(Errno.ENOENT, () -> vfs.link(root, at("").itself(file.place()), at("/other")));
        }
    }

    @Test
    void renamesMoveReplaceExchangeAndLeaveWhiteouts() throws ErrnoException {
        create("/one", "1");
        create("/two", "2");
        vfs.mkdir(root, at("/dir"), 0755);
        fails(Errno.EEXIST, () -> vfs.rename(root, at("/one"), at("/two"), 1));
        vfs.rename(root, at("/one"), at("/two"), 2);
        assertThat(content("/one")).isEqualTo("2");
        vfs.rename(root, at("/one"), at("/dir/three"), 4);
        assertThat(stat("/one").mode).isEqualTo(StatMode.S_IFCHR);
        assertThat(content("/dir/three")).isEqualTo("2");
        fails(Errno.ENOTEMPTY, () -> {
            vfs.mkdir(root, at("/other"), 0755);
            vfs.rename(root, at("/other"), at("/dir"), 0);
        });
        vfs.rename(root, at("/two"), at("/dir/three"), 0);
        assertThat(content("/dir/three")).isEqualTo("1");
        assertThat(store.used()).isEqualTo(1);
    }

    @Test
    void holesCostNothingAndReadAsZeros() throws ErrnoException {
        try (FileDescription file = open("/sparse", CREATE)) {
            file.write(text("end"), 0, 3, 1L << 40);
            assertThat(stat("/sparse").blocks).isEqualTo(8);
            assertThat(file.seek(0, FileDescription.SEEK_DATA)).isEqualTo(1L << 40);
            assertThat(file.seek(0, FileDescription.SEEK_HOLE)).isZero();
            MemorySegment buffer = MemorySegment.ofArray(new byte[] {1, 2, 3});
            assertThat(file.read(buffer, 12345)).isEqualTo(3);
            assertThat(buffer.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        }
    }

    @Test
    void aFullFileSystemTakesWhatFitsAndThenRefuses() throws ErrnoException {
        try (FileDescription file = open("/big", CREATE)) {
            MemorySegment data = MemorySegment.ofArray(new byte[(1 << 20) + 4096]);
            assertThat(file.write(data)).isEqualTo(1 << 20);
            fails(Errno.ENOSPC, () -> file.write(data));
            FileSystemStatistics statistics = new FileSystemStatistics();
            file.statFileSystem(statistics);
            assertThat(statistics.blocks).isEqualTo(256);
            assertThat(statistics.blocksFree).isZero();
        }
        vfs.unlink(root, at("/big"));
        assertThat(store.used()).isZero();
    }

    @Test
    void appendsGoToTheEndWhereverTheOffsetIs() throws ErrnoException {
        create("/log", "one");
        try (FileDescription file = open("/log", OpenFlags.O_WRONLY | OpenFlags.O_APPEND)) {
            file.write(text("two"), 0, 3, 0);
            file.write(text("three"));
            assertThat(file.seek(0, FileDescription.SEEK_CUR)).isEqualTo(11);
        }
        assertThat(content("/log")).isEqualTo("onetwothree");
    }

    private FileSystemStatistics statistics() throws ErrnoException {
        FileSystemStatistics statistics = new FileSystemStatistics();
        vfs.statfs(root, at("/"), statistics);
        return statistics;
    }

    @Test
    void limitsChangeAsFarAsWhatIsInUseFits() throws ErrnoException {
        try (FileDescription file = open("/file", CREATE)) {
            file.write(MemorySegment.ofArray(new byte[8 * 4096]));
            fileSystem.limit(8 * 4096, 0);
            assertThat(statistics().blocks).isEqualTo(8);
            assertThat(statistics().blocksFree).isZero();
            fails(Errno.ENOSPC, () -> file.write(MemorySegment.ofArray(new byte[1])));
            fails(Errno.EINVAL, () -> fileSystem.limit(7 * 4096, 0));
            // There was no limit of inodes, so none can be set.
            fails(Errno.EINVAL, () -> fileSystem.limit(8 * 4096, 100));
            fileSystem.limit(9 * 4096, 0);
            assertThat(file.write(MemorySegment.ofArray(new byte[1]))).isEqualTo(1);
        }
    }

    @Test
    void whatStaysWhileALargeDirectoryIsListedIsListedOnce() throws ErrnoException {
        int size = 5000;
        for (int i = 0; i < size; i++) {
            vfs.mknod(root, at("/f" + i), StatMode.S_IFREG | 0600, 0);
        }
        List<String> listed = new ArrayList<>();
        try (FileDescription directory = open("/", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) {
            long[] cookie = {0, -1};
            for (int round = 0; cookie[0] != cookie[1]; round++) {
                cookie[1] = cookie[0];
                int[] room = {97};
                directory.readDirectory(cookie[0], (name, inode, type, next) -> {
                    if (room[0]-- == 0) {
                        return false;
                    }
                    listed.add(name.toString());
                    cookie[0] = next;
                    return true;
                });
                if (round >= 40) {
                    continue;
                }
                // Some behind and some before where the reader is come, go and move.
                vfs.unlink(root, at("/f" + 7 * round));
                vfs.unlink(root, at("/f" + (size - 1 - 5 * round)));
                vfs.mknod(root, at("/n" + round), StatMode.S_IFREG | 0600, 0);
                vfs.rename(root, at("/f" + (2000 + 7 * round)), at("/m" + round), 0);
            }
        }
        assertThat(listed).doesNotHaveDuplicates();
        for (int i = 0; i < size; i++) {
            try {
                stat("/f" + i);
            } catch (ErrnoException gone) {
                continue;
            }
            assertThat(listed).contains("f" + i);
        }
    }
}
