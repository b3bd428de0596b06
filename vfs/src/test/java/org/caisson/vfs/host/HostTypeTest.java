package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Directories of the host that are mounted by the name of their type. */
@ExtendWith(FdLeakCheck.class)
class HostTypeTest {
    private final Credentials root = Credentials.root();
    private final VirtualFileSystem vfs = new VirtualFileSystem();

    @TempDir
    Path directory;

    private MappedPageStore store;
    private MountNamespace namespace;
    private PathOperation path;

    @BeforeEach
    void begin() throws Exception {
        Files.writeString(
                Files.createDirectories(directory.resolve("base/inside")).resolve("file"), "text");
        Files.createSymbolicLink(directory.resolve("base/out"), Path.of("../.."));
        Files.writeString(directory.resolve("base/plain"), "");
        store = MappedPageStore.anonymous();
        namespace = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store));
        path = new PathOperation().root(namespace.root()).start(namespace.root());
        vfs.mkdir(root, path.path("m"), 0755);
        vfs.mounts().types().add(new HostType(directory.resolve("base").toString(), HostOptions.DEFAULT));
    }

    @AfterEach
    void end() throws Exception {
        namespace.release();
        store.close();
        Files.delete(directory.resolve("base/out"));
    }

    private void mount(String source, String data) throws ErrnoException {
        vfs.mounts().mount(root, Name.of(source), path.path("m"), HostType.NAME, 0, Name.of(data));
    }

    private void assertFails(Errno errno, String source, String data) {
        assertThatThrownBy(() -> mount(source, data))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void theSourceIsAPathBeneathTheBase() throws Exception {
        mount("/inside", "");
        Stat stat = new Stat();
        vfs.stat(root, path.path("m/file"), stat);
        assertThat(stat.size).isEqualTo(4);
        String shown = new String(vfs.mounts().mountinfo(namespace, namespace.root()), StandardCharsets.UTF_8);
        assertThat(shown).contains(" /m ").contains(" - host /inside ");
    }

    @Test
    void aLinkDoesNotLeadOut() throws Exception {
        mount("out", "caching=exclusive");
        Stat stat = new Stat();
        vfs.stat(root, path.path("m/inside/file"), stat);
        assertThat(stat.size).isEqualTo(4);
    }

    @Test
    void whatCannotBeShownIsRefused() {
        assertFails(Errno.ENOENT, "nothing", "");
        assertFails(Errno.ENOTDIR, "plain", "");
        assertFails(Errno.EINVAL, "inside", "caching=much");
        assertFails(Errno.EINVAL, "inside", "mounts=1");
        assertFails(Errno.EINVAL, "inside", "unknown");
    }
}
