package org.caisson.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Code that knows nothing of us runs on our paths. */
class LibrariesTest {
    private CaissonFileSystem system;

    @BeforeEach
    void begin() {
        system = MemoryTree.plain();
    }

    @AfterEach
    void end() throws IOException {
        system.close();
    }

    private Path file(String path, String content) throws IOException {
        Path file = system.getPath(path);
        Files.createDirectories(file.resolveSibling(""));
        return Files.writeString(file, content);
    }

    @Test
    void zipFileSystemStandsOnOurs() throws IOException {
        Path zip = system.getPath("/archive.zip");
        try (FileSystem inside = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            Files.createDirectories(inside.getPath("/a/b"));
            Files.writeString(inside.getPath("/a/b/file"), "content".repeat(1000));
        }
        try (FileSystem inside = FileSystems.newFileSystem(zip)) {
            Files.writeString(inside.getPath("/a/second"), "2");
            Files.delete(inside.getPath("/a/b/file"));
        }
        try (FileSystem inside = FileSystems.newFileSystem(zip);
                Stream<Path> walk = Files.walk(inside.getPath("/a"))) {
            assertThat(walk.map(Path::toString)).containsExactlyInAnyOrder("/a", "/a/b", "/a/second");
        }
        try (ZipFile read = ZipFile.builder().setPath(zip).get()) {
            assertThat(read.getEntry("a/second").getSize()).isEqualTo(1);
        }
    }

    @Test
    void tarArchiveKeepsATree() throws IOException {
        file("/from/a/one", "1");
        file("/from/two", "2".repeat(100_000));
        Files.createSymbolicLink(system.getPath("/from/link"), system.getPath("a/one"));
        Files.setPosixFilePermissions(system.getPath("/from/two"), PosixFilePermissions.fromString("rwx--x--x"));
        Path tar = system.getPath("/archive.tar");
        pack(system.getPath("/from"), tar);
        unpack(tar, system.getPath("/to"));
        assertThat(Files.mismatch(system.getPath("/from/two"), system.getPath("/to/two")))
                .isEqualTo(-1);
        assertThat(system.getPath("/to/link")).hasContent("1");
        assertThat(Files.getPosixFilePermissions(system.getPath("/to/two")))
                .isEqualTo(Files.getPosixFilePermissions(system.getPath("/from/two")));
    }

    private static void pack(Path top, Path tar) throws IOException {
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(tar));
                Stream<Path> walk = Files.walk(top)) {
            for (Path path : (Iterable<Path>) walk.skip(1)::iterator) {
                String name = top.relativize(path).toString();
                TarArchiveEntry entry;
                if (Files.isSymbolicLink(path)) {
                    entry = new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK);
                    entry.setLinkName(Files.readSymbolicLink(path).toString());
                } else {
                    entry = new TarArchiveEntry(path, name);
                    entry.setMode((Integer) Files.getAttribute(path, "unix:mode"));
                }
                out.putArchiveEntry(entry);
                if (entry.isFile() && !entry.isSymbolicLink()) {
                    Files.copy(path, out);
                }
                out.closeArchiveEntry();
            }
        }
    }

    private static void unpack(Path tar, Path top) throws IOException {
        try (TarArchiveInputStream in = new TarArchiveInputStream(Files.newInputStream(tar))) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path path = entry.resolveIn(top);
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                    continue;
                }
                Files.createDirectories(path.resolveSibling(""));
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, path.getFileSystem().getPath(entry.getLinkName()));
                } else {
                    Files.copy(in, path);
                    Files.setAttribute(path, "unix:mode", entry.getMode() & 0777);
                }
            }
        }
    }

    @Test
    void compilerCompilesFromAndTo() throws Exception {
        Path sources = system.getPath("/src");
        file("/src/p/Hello.java", "package p; public class Hello { public String toString() { return Other.TEXT; } }");
        file("/src/p/Other.java", "package p; class Other { static final String TEXT = \"hello\"; }");
        Path classes = Files.createDirectory(system.getPath("/classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
            files.setLocationFromPaths(StandardLocation.SOURCE_PATH, List.of(sources));
            files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
            assertThat(compiler.getTask(
                                    null,
                                    files,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    files.getJavaFileObjects(sources.resolve("p/Hello.java")))
                            .call())
                    .isTrue();
        }
        assertThat(classes.resolve("p/Other.class")).exists();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jarOf(classes)})) {
            assertThat(loader.loadClass("p.Hello").getDeclaredConstructor().newInstance())
                    .hasToString("hello");
        }
    }

    /** A class loader reads jars of the host alone. */
    private static URL jarOf(Path classes) throws IOException {
        Path jar = Files.createTempFile("caisson-nio", ".jar");
        jar.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> walk = Files.walk(classes)) {
            for (Path path : (Iterable<Path>) walk.filter(Files::isRegularFile)::iterator) {
                entries.putNextEntry(new ZipEntry(classes.relativize(path).toString()));
                Files.copy(path, entries);
            }
        }
        return jar.toUri().toURL();
    }

    @Test
    void indexIsWrittenAndSearched() throws IOException {
        for (String kind : new String[] {"NIOFSDirectory", "MMapDirectory"}) {
            Path index = Files.createDirectory(system.getPath("/" + kind));
            LuceneIndex.write(LuceneIndex.open(kind, index), new StandardAnalyzer(), 200);
            assertThat(LuceneIndex.count(LuceneIndex.open(kind, index), "wordd"))
                    .isEqualTo(29);
        }
    }

    @Test
    void guavaDeletesATree() throws IOException {
        file("/top/a/b/c/file", "");
        Files.createSymbolicLink(system.getPath("/top/a/link"), system.getPath("/"));
        // Without leave to be insecure it needs a SecureDirectoryStream.
        MoreFiles.deleteRecursively(system.getPath("/top"));
        assertThat(system.getPath("/top")).doesNotExist();
        file("/top/file", "");
        MoreFiles.deleteDirectoryContents(system.getPath("/top"), RecursiveDeleteOption.ALLOW_INSECURE);
        assertThat(system.getPath("/top")).isEmptyDirectory();
    }

    @Test
    void urlsAndPropertiesAreRead() throws IOException {
        Path file = file("/a.properties", "key=value");
        Properties properties = new Properties();
        try (InputStream in =
                Files.newInputStream(Path.of(URI.create(file.toUri().toString())))) {
            properties.load(in);
        }
        assertThat(new HashMap<>(properties)).isEqualTo(Map.of("key", "value"));
    }
}
