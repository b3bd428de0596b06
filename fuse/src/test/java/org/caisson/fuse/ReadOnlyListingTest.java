package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.AtFlags;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Directories of a tree that nobody can change: the kernel lists them without opening them, and programs see what it shows itself. */
@ExtendWith(FdLeakCheck.class)
class ReadOnlyListingTest {
    private static final int MANY = 3000;
    private static final int MORE_THAN_ARE_KEPT_OPEN = 600;

    /** Lists by two open files at once, in turns, with a jump back; and says what is there, in order. */
    private static final String SCRIPT = """
            import ctypes, os, sys
            os.chdir(sys.argv[1])
            libc = ctypes.CDLL(None, use_errno=True)
            class Entry(ctypes.Structure):
                _fields_ = [('ino', ctypes.c_uint64), ('off', ctypes.c_int64), ('len', ctypes.c_uint16),
                            ('type', ctypes.c_uint8), ('name', ctypes.c_char * 256)]
            for name, kind in (('opendir', ctypes.c_void_p), ('telldir', ctypes.c_long)):
                getattr(libc, name).restype = kind
            libc.readdir.restype = ctypes.POINTER(Entry)
            for name in 'readdir', 'telldir', 'closedir', 'rewinddir': getattr(libc, name).argtypes = [ctypes.c_void_p]
            libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
            def next(d):
                e = libc.readdir(d)
                return (e.contents.ino, e.contents.type, e.contents.name) if e else None
            def rest(d):
                found = []
                while (e := next(d)): found.append(e)
                return found
            one, two = libc.opendir(b'many'), libc.opendir(b'many')
            seen = []
            for i in range(1000):
                seen.append((next(one), next(two)))
            at = libc.telldir(one)
            first = next(one)
            print(seen, rest(two), rest(one))
            libc.seekdir(one, at)
            print(next(one) == first)
            libc.rewinddir(two)
            print(next(two), len(rest(two)))
            libc.closedir(one)
            libc.closedir(two)
            print(rest(libc.opendir(b'empty')), rest(libc.opendir(b'.')))
            for top, directories, files in sorted(os.walk('dirs')):
                print(top, sorted(directories), sorted(files), oct(os.stat(top).st_mode))
            d = os.open('many', os.O_RDONLY)
            print(os.fstat(d).st_ino == os.stat('many').st_ino, len(os.listdir(d)))
            os.close(d)
            """;

    @TempDir
    Path scratch = Path.of("");

    @Test
    void programsListWhatTheKernelsOwnErofsLists() throws Exception {
        Path image = image();
        Path point = Files.createDirectory(scratch.resolve("kernel"));
        run(List.of("mount", "-t", "erofs", "-o", "loop,ro", image.toString(), point.toString()));
        try (MountedTree tree = serve(image)) {
            String shown = run(List.of("python3", "-c", SCRIPT, tree.path.toString()));
            assertThat(shown).isEqualTo(run(List.of("python3", "-c", SCRIPT, point.toString())));
            assertThat(tree.server.tree().plain).isNotNull();
        } finally {
            run(List.of("umount", point.toString()));
        }
    }

    @Test
    void anOpenDirectoryIsNothingHere() throws Exception {
        try (MountedTree tree = serve(image());
                OwnedFd open = FileCalls.openat(
                        AtFlags.AT_FDCWD, tree.at("many"), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0)) {
            assertThat(open.number()).isNotNegative();
            assertThat(tree.shell("ls many | wc -l")).contains(Integer.toString(MANY));
            assertThat(tree.server.tree().handles.size()).isZero();
        }
    }

    @Test
    void whoMayNotReadADirectoryMayNotListIt() throws Exception {
        try (MountedTree tree = serve(image())) {
            assertThat(tree.shell("ls locked >/dev/null && setpriv --reuid 1234 --clear-groups ls locked"))
                    .contains("Permission denied");
        }
    }

    private Path image() throws IOException, InterruptedException {
        Path tree = Files.createDirectory(scratch.resolve("tree"));
        Path many = Files.createDirectory(tree.resolve("many"));
        for (int i = 0; i < MANY; i++) {
            Files.createFile(many.resolve("a-file-with-a-name-of-some-length-" + "x".repeat(i % 9) + i));
        }
        Files.createDirectory(tree.resolve("empty"));
        for (int i = 0; i < MORE_THAN_ARE_KEPT_OPEN; i++) {
            Files.createFile(Files.createDirectories(tree.resolve("dirs/" + i)).resolve("file"));
        }
        Path locked = Files.createDirectory(tree.resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("rwx------"));
        Path image = scratch.resolve("image");
        run(List.of("mkfs.erofs", "-x-1", image.toString(), tree.toString()));
        return image;
    }

    private static MountedTree serve(Path image) throws IOException {
        try (OwnedFd file = FileCalls.openat(AtFlags.AT_FDCWD, image.toString(), OpenFlags.O_RDONLY, 0)) {
            return MountedTree.of(
                    ErofsFileSystem.open(file),
                    builder -> builder.onlyDoor(true).plainFiles(true).passthrough(false));
        }
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(text).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
