package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.host.HostCaching;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that the kernel opens without asking, or asks for the backing file only: programs see the same as on the host's own disk. */
class PlainFilesTest {
    private static final int FILES_BEYOND_THE_MOST = 540;

    @TempDir
    Path scratch = Path.of("");

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

    /** What is served. */
    enum Kind {
        MEM,
        /** The kernel keeps for a while what is written. */
        MEM_LATE,
        HOST_PAST_US,
        HOST,
        /** No files are plain here: others may change them. */
        HOST_SHARED,
        OVERLAY
    }

    @AfterEach
    void close() throws Exception {
        while (!toClose.isEmpty()) {
            toClose.pop().close();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void programsSeeTheSameAsOnTheHost(Kind kind) throws Exception {
        Path point = serve(kind);
        Path oracle = Files.createDirectory(scratch.resolve("oracle"));
        fill(oracle);
        String all = String.join("\n#####\n", SCRIPTS);
        assertThat(python(point, all)).isEqualTo(python(oracle, all));
    }

    private static final List<String> SCRIPTS = List.of(
            // Who has a file open keeps it: when it is removed, and when another takes its name.
            """
            f = os.open('lost', os.O_RDWR | os.O_CREAT, 0o600)
            os.write(f, b'kept')
            other = os.open('lost', os.O_RDONLY)
            os.unlink('lost')
            print(os.fstat(f).st_nlink, os.pread(other, 10, 0), os.pwrite(f, b'more', 4), os.fstat(other).st_size)
            os.ftruncate(f, 2)
            print(os.pread(other, 10, 0), os.listdir('.').count('lost'))
            m = mmap.mmap(f, 2)
            m[0:2] = b'hi'
            m.flush()
            print(os.pread(other, 10, 0))
            os.close(f)
            print(os.pread(other, 10, 0))
            """,
            """
            write('old', b'old data'); write('new', b'new data')
            f = os.open('old', os.O_RDWR)
            os.rename('new', 'old')
            print(os.pread(f, 20, 0), os.pwrite(f, b'OLD', 0), os.pread(f, 20, 0), read('old'), os.fstat(f).st_nlink)
            os.fsync(f)
            os.unlink('old')
            print(os.pread(f, 20, 0))
            """,
            """
            f = os.open('below', os.O_RDWR)
            g = os.open('below', os.O_RDONLY)
            os.unlink('below')
            print(os.pread(g, 20, 0), os.pwrite(f, b'AB', 1), os.pread(g, 20, 0), os.pread(f, 20, 0), os.fstat(f).st_nlink)
            """,
            """
            f = os.open('beneath', os.O_RDONLY)
            g = os.open('beneath', os.O_WRONLY | os.O_APPEND)
            print(os.write(g, b' and more'), os.pread(f, 30, 0), os.fstat(f).st_size)
            os.rename('beneath', 'renamed')
            os.link('renamed', 'linked')
            os.unlink('renamed')
            print(os.write(g, b'!'), os.pread(f, 30, 0), read('linked'), os.fstat(g).st_nlink)
            """,
            // The mode counts when a file is opened, and not afterwards.
            """
            as_user()
            f = os.open('open/mine', os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o444)
            print(os.write(f, b'written'), os.pread(f, 10, 0))
            os.ftruncate(f, 3)
            print(os.fstat(f).st_size, attempt(lambda: os.open('open/mine', os.O_WRONLY)))
            os.chmod('open/mine', 0)
            print(os.pread(f, 10, 0), attempt(lambda: os.open('open/mine', os.O_RDONLY)))
            print(attempt(lambda: os.open('secret', os.O_RDONLY)), attempt(lambda: os.open('shown', os.O_RDWR)))
            print(attempt(lambda: os.open('shown', os.O_RDONLY | os.O_TRUNC)), read('shown'))
            os.unlink('open/mine')
            """,
            """
            write('program', open('/bin/true', 'rb').read()); os.chmod('program', 0o6755)
            print(subprocess.call(['./program']))
            f = os.open('program', os.O_WRONLY)
            print(attempt(lambda: subprocess.call(['./program'])))
            os.close(f)
            os.chmod('program', 0o6777)
            child = os.fork()
            if child == 0:
                as_user()
                f = os.open('program', os.O_WRONLY)
                os.pwrite(f, b'\\x7f', 0)
                os._exit(0)
            os.waitpid(child, 0)
            print(oct(os.stat('program').st_mode))
            os.unlink('program')
            """,
            // What open(2) does besides opening.
            """
            write('cut', b'0123456789')
            f = os.open('cut', os.O_RDONLY)
            os.close(os.open('cut', os.O_WRONLY | os.O_TRUNC))
            print(os.fstat(f).st_size, os.pread(f, 10, 0))
            for flags in (os.O_CREAT | os.O_EXCL, os.O_DIRECTORY, os.O_NOFOLLOW, os.O_WRONLY | os.O_APPEND):
                print(attempt(lambda: os.close(os.open('cut', flags))))
            a = os.open('cut', os.O_WRONLY | os.O_APPEND); b = os.open('cut', os.O_WRONLY | os.O_APPEND)
            os.write(a, b'one'); os.write(b, b'two'); os.write(a, b'three'); os.pwrite(a, b'four', 0)
            print(read('cut'), os.lseek(a, 0, os.SEEK_END))
            d = os.open('cut', os.O_RDWR | os.O_SYNC)
            print(os.pwrite(d, b'X' * 5000, 3), os.fstat(d).st_size, hash(read('cut')) == hash(b'one' + b'X' * 5000))
            os.unlink('cut')
            """,
            """
            f = os.open('.', os.O_RDWR | os.O_TMPFILE, 0o640)
            print(os.write(f, b'nameless'), os.fstat(f).st_nlink, oct(os.fstat(f).st_mode))
            print(attempt(lambda: os.link('/proc/self/fd/%d' % f, 'named', follow_symlinks=True)))
            print(os.pread(f, 20, 0), os.listdir('.').count('named'))
            """,
            """
            write('from', bytes(range(256)) * 64); write('to', b'')
            f = os.open('from', os.O_RDONLY); t = os.open('to', os.O_RDWR)
            print(os.copy_file_range(f, t, 10000, 100, 50), hash(read('to')[50:]) == hash(read('from')[100:10100]))
            os.posix_fallocate(t, 0, 20000)
            print(os.fstat(t).st_size, os.lseek(t, 0, os.SEEK_DATA) >= 0)
            fcntl.flock(f, fcntl.LOCK_EX)
            g = os.open('from', os.O_RDONLY)
            print(attempt(lambda: fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB)))
            os.close(f)
            print(attempt(lambda: fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB)))
            os.setxattr(g, 'user.a', b'b'); os.fchmod(g, 0o600); os.utime(g, (1, 2))
            print(os.getxattr('from', 'user.a'), os.stat('from').st_mtime, oct(os.stat('from').st_mode))
            os.unlink('from'); os.unlink('to')
            """,
            // What was just written is data, wherever it is kept yet.
            """
            f = os.open('sought', os.O_RDWR | os.O_CREAT)
            os.write(f, b'z' * 5000)
            print(os.lseek(f, 0, os.SEEK_DATA), os.lseek(f, 10, os.SEEK_DATA), os.lseek(f, 0, os.SEEK_HOLE))
            print(attempt(lambda: os.lseek(f, 5000, os.SEEK_DATA)), os.lseek(f, 0, os.SEEK_END))
            os.unlink('sought')
            """,
            // The first that opened it need not be the last that writes.
            """
            write('grows', b'x')
            first = os.open('grows', os.O_RDONLY); second = os.open('grows', os.O_RDWR)
            os.close(first)
            os.pwrite(second, b'y' * 9999, 1)
            print(os.stat('grows').st_size, os.fstat(second).st_size)
            os.ftruncate(second, 5); os.close(second)
            print(os.stat('grows').st_size, read('grows'))
            os.unlink('grows')
            """,
            """
            for i in range(%d): write('n%%d' %% i, b'%%d' %% i)
            files = [os.open('n%%d' %% i, os.O_RDWR) for i in range(%d)]
            for i, f in enumerate(files): os.pwrite(f, b'+', 0)
            print(sum(1 for i in range(%d) if read('n%%d' %% i)[:1] == b'+'))
            for i in range(%d): os.unlink('n%%d' %% i)
            print(sum(1 for f in files if os.pread(f, 9, 0)[:1] == b'+' and os.pwrite(f, b'-', 0) == 1))
            """.formatted(FILES_BEYOND_THE_MOST, FILES_BEYOND_THE_MOST, FILES_BEYOND_THE_MOST, FILES_BEYOND_THE_MOST));

    /** Runs scripts one after the other, each in a process of its own. */
    private static final String PRELUDE = """
            import errno, fcntl, mmap, os, subprocess, sys
            os.umask(0o022)
            def write(name, data):
                with open(name, 'wb') as f: f.write(data)
            def read(name):
                with open(name, 'rb') as f: return f.read()
            def as_user():
                os.setgroups([]); os.setresgid(1234, 1234, 1234); os.setresuid(1234, 1234, 1234)
            def attempt(what):
                try:
                    return (what(), 'done')[1]
                except OSError as e:
                    return errno.errorcode[e.errno]
            for script in sys.argv[1].split('\\n#####\\n'):
                child = os.fork()
                if child == 0:
                    print(script)
                    exec(script)
                    sys.stdout.flush()
                    os._exit(0)
                print(os.waitpid(child, 0)[1], flush=True)
            """;

    @Test
    void filesOfAnOverlayWithoutAnUpperLayerAreNotOpenedForWriting() throws Exception {
        VirtualDentry lower = host(filled("lower"));
        OverlayOptions options = OverlayOptions.builder().lower(lower).build();
        root = vfs.newMountNamespace(new OverlayFileSystem(vfs, Credentials.root(), options))
                .root();
        assertThat(python(serve(true, false), """
                print(attempt(lambda: os.open('below', os.O_RDWR)), attempt(lambda: os.mkdir('new')), read('below'))
                """)).contains("EROFS EROFS b'from below'\n");
    }

    /** What the tree keeps of a removed file goes when the kernel forgets it. */
    @Test
    void whatNobodyHasOpenIsNotKept() throws Exception {
        Path point = serve(Kind.MEM);
        long before = freeFiles();
        python(point, """
                for i in range(100):
                    write('gone%d' % i, b'data'); os.unlink('gone%d' % i)
                """);
        Deadline.await("the removed files are gone", () -> freeFiles() == before);
    }

    private long freeFiles() {
        FileSystemStatistics statistics = new FileSystemStatistics();
        try {
            vfs.statfs(Credentials.root(), new PathOperation().root(root).itself(root), statistics);
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
        return statistics.filesFree;
    }

    private VirtualDentry root = vfs.newMountNamespace(
                    new MemFileSystem(MemOptions.DEFAULT, MappedPageStore.anonymous()))
            .root();

    private Path serve(Kind kind) throws IOException {
        boolean shared = kind == Kind.HOST_SHARED;
        root = switch (kind) {
            case MEM, MEM_LATE -> mem();
            case HOST, HOST_PAST_US -> host(filled("shown"));
            case HOST_SHARED -> host(filled("shown"), HostCaching.timed(Duration.ofSeconds(1)));
            case OVERLAY -> overlay();
        };
        Path point = serve(!shared, shared || kind == Kind.HOST_PAST_US, kind == Kind.MEM_LATE);
        if (kind == Kind.MEM || kind == Kind.MEM_LATE) {
            fill(point);
        }
        return point;
    }

    private Path serve(boolean plain, boolean passthrough) throws IOException {
        return serve(plain, passthrough, false);
    }

    private Path serve(boolean plain, boolean passthrough, boolean writeback) throws IOException {
        FuseServer server = FuseServer.builder(vfs, root)
                .name("test")
                .onlyDoor(plain)
                .plainFiles(plain)
                .passthrough(passthrough)
                .writeback(writeback)
                .build();
        toClose.push(server);
        Path point = Files.createDirectory(scratch.resolve("point"));
        server.mountAt(point.toString());
        server.start();
        return point;
    }

    private VirtualDentry mem() {
        MappedPageStore store = MappedPageStore.anonymous();
        toClose.push(store);
        return vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                .root();
    }

    private VirtualDentry host(Path directory) throws IOException {
        return host(directory, HostCaching.EXCLUSIVE);
    }

    private VirtualDentry host(Path directory, HostCaching caching) throws IOException {
        HostFileSystem made = HostFileSystem.open(directory.toString(), HostOptions.DEFAULT.withCaching(caching));
        toClose.push(made);
        return vfs.newMountNamespace(made).root();
    }

    private VirtualDentry overlay() throws IOException {
        Path above = Files.createDirectory(scratch.resolve("above"));
        Files.createDirectory(above.resolve("upper"));
        Files.createDirectory(above.resolve("work"));
        VirtualDentry upper = host(above);
        OverlayOptions options = OverlayOptions.builder()
                .lower(host(filled("lower")))
                .upper(find(upper, "upper"), find(upper, "work"))
                .build();
        return vfs.newMountNamespace(new OverlayFileSystem(vfs, Credentials.root(), options))
                .root();
    }

    private VirtualDentry find(VirtualDentry directory, String name) throws IOException {
        return vfs.lookup(
                Credentials.root(),
                new PathOperation().root(directory).start(directory).path(name));
    }

    private Path filled(String name) throws IOException {
        Path directory = Files.createDirectory(scratch.resolve(name));
        fill(directory);
        return directory;
    }

    private static void fill(Path directory) throws IOException {
        python(directory, """
                write('below', b'from below'); write('beneath', b'from beneath')
                write('secret', b'secret'); os.chmod('secret', 0o600)
                write('shown', b'shown')
                os.mkdir('open'); os.chmod('open', 0o777)
                os.chmod('.', 0o755)
                """);
    }

    private static String python(Path directory, String script) throws IOException {
        List<String> command = new ArrayList<>(List.of("python3", "-c", PRELUDE, script));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the script does not end: " + script);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return printed;
    }
}
