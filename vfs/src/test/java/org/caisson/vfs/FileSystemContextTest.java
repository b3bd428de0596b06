package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.caisson.vfs.MountedTrees.assertFails;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountFlags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Errnos and words are those of fsopen(2), fsconfig(2), fsmount(2) and fspick(2) with tmpfs. */
@ExtendWith(FdLeakCheck.class)
class FileSystemContextTest {
    private final MountedTrees trees = new MountedTrees("a", "b");

    private FileSystemContext open() throws ErrnoException {
        return trees.mounts.openFileSystem(trees.admin, "tmpfs");
    }

    private static FileSystemParameter text(String key, String value) {
        return new FileSystemParameter.Text(key, Name.of(value));
    }

    private DetachedTree mount(FileSystemContext context, long attributes) throws ErrnoException {
        return trees.mounts.mountDetached(trees.admin, trees.at("/"), context, attributes);
    }

    @Test
    void aFileSystemIsConfiguredMadeMountedAndAttached() throws ErrnoException {
        try (FileSystemContext context = open()) {
            context.set(text("source", "here"));
            context.set(text("size", "4k"));
            context.set(new FileSystemParameter.Flag("ro"));
            context.create();
            try (DetachedTree tree = mount(context, MountFlags.MOUNT_ATTR_NODEV | MountFlags.MOUNT_ATTR_NOATIME)) {
                trees.mounts.moveMount(trees.admin, trees.at(tree), trees.at("/a"), 0);
            }
        }
        Mount mount = trees.mountAt("/a");
        assertThat(mount.source()).isEqualTo(Name.of("here"));
        assertThat(mount.flags()).isEqualTo(MountFlags.MS_NODEV | MountFlags.MS_NOATIME);
        assertThat(mount.isReadOnly()).isTrue();
        assertThat(((PlainTree) mount.fileSystem()).changes).containsExactly("size");
    }

    @Test
    void whatIsWrongIsSaidInWords() throws ErrnoException {
        try (FileSystemContext context = open()) {
            assertFails(Errno.EINVAL, () -> context.set(text("foo", "bar")));
            assertThat(context.log().take()).isEqualTo("e tmpfs: Unknown parameter 'foo'");
            assertFails(Errno.EINVAL, () -> context.set(text("size", "bar")));
            assertThat(context.log().take()).isEqualTo("e tmpfs: Bad value for 'size'");
            context.set(text("source", "s"));
            assertFails(Errno.EINVAL, () -> context.set(text("source", "s")));
            assertThat(context.log().take()).isEqualTo("e Multiple sources");
            assertFails(Errno.EINVAL, () -> context.set(new FileSystemParameter.Flag("source")));
            assertThat(context.log().take()).isEqualTo("e Non-string source");
            assertThat(context.log().take()).isNull();
        }
    }

    @Test
    void theLogKeepsTheLastLines() {
        FileSystemLog log = new FileSystemLog();
        for (int i = 0; i < 10; i++) {
            log.inform("line " + i);
        }
        assertThat(log.take()).isEqualTo("i line 2");
        log.warn("late");
        for (int i = 3; i < 10; i++) {
            assertThat(log.take()).isEqualTo("i line " + i);
        }
        assertThat(log.take()).isEqualTo("w late");
        assertThat(log.take()).isNull();
    }

    @Test
    void eachCommandHasItsTime() throws ErrnoException {
        try (FileSystemContext context = open()) {
            assertFails(Errno.EINVAL, () -> mount(context, 0));
            assertFails(Errno.EBUSY, context::reconfigure);
            context.create();
            assertFails(Errno.EBUSY, context::create);
            assertFails(Errno.EBUSY, () -> context.set(text("size", "1k")));
            assertFails(Errno.EINVAL, () -> mount(context, 1L << 40));
            mount(context, 0).close();
            assertFails(Errno.EBUSY, () -> mount(context, 0));
            // from now on it is as if it had been picked
            assertFails(Errno.EBUSY, context::create);
        }
    }

    @Test
    void aPickedFileSystemIsConfiguredAnew() throws ErrnoException {
        Mount mount = trees.mount("/a");
        PlainTree tree = (PlainTree) mount.fileSystem();
        assertFails(Errno.EINVAL, () -> trees.mounts.pickFileSystem(trees.admin, trees.at("/b")));
        try (FileSystemContext context = trees.mounts.pickFileSystem(trees.admin, trees.at("/a"))) {
            context.set(text("size", "8k"));
            context.set(new FileSystemParameter.Flag("ro"));
            assertFails(Errno.EINVAL, () -> context.set(text("mode", "8")));
            context.reconfigure();
            assertThat(tree.changes).containsExactly("size", "applied");
            assertThat(mount.isReadOnly()).isTrue();
            assertThat(mount.flags() & MountFlags.MS_RDONLY).isZero();
            context.set(new FileSystemParameter.Flag("rw"));
            context.reconfigure();
            assertThat(mount.isReadOnly()).isFalse();
        }
        assertThat(tree.releases).hasValue(0);
    }

    @Test
    void whatWasMadeAndNotMountedIsReleasedOnce() throws ErrnoException {
        PlainTree made = new PlainTree();
        trees.mounts.types().add(new FileSystemType() {
            @Override
            public String name() {
                return "given";
            }

            @Override
            public FileSystemBuilder begin(FileSystemLog log) {
                return new FileSystemBuilder() {
                    @Override
                    public boolean take(FileSystemParameter option) {
                        return false;
                    }

                    @Override
                    public FileSystem create(Name source) {
                        return made;
                    }
                };
            }
        });
        FileSystemContext context = trees.mounts.openFileSystem(trees.admin, "given");
        context.create();
        context.close();
        context.close();
        assertThat(made.releases).hasValue(1);
    }

    @Test
    void mountTakesTypesByNameAndOptionsAsText() throws ErrnoException {
        Name none = Name.EMPTY;
        Credentials admin = trees.admin;
        trees.mounts.mount(admin, Name.of("src"), trees.at("/a"), "tmpfs", MountFlags.MS_NODEV, Name.of("size=1m,,"));
        assertThat(trees.mountAt("/a").flags()).isEqualTo(MountFlags.MS_NODEV | MountFlags.MS_RELATIME);
        assertFails(Errno.ENODEV, () -> trees.mounts.mount(admin, none, trees.at("/b"), "nofs", 0, none));
        assertFails(Errno.EINVAL, () -> trees.mounts.mount(admin, none, trees.at("/b"), null, 0, none));
        assertFails(Errno.EINVAL, () -> trees.mounts.mount(admin, none, trees.at("/b"), "tmpfs", 0, Name.of("a=b")));
        assertFails(Errno.EINVAL, () -> trees.mounts.mount(admin, none, trees.at("/b"), null, 1L << 31, none));
        assertFails(
                Errno.EINVAL, () -> trees.mounts.mount(admin, none, trees.at("/b"), null, MountFlags.MS_BIND, none));
        Credentials user = Credentials.of(1000, 1000);
        assertFails(Errno.EPERM, () -> trees.mounts.mount(user, none, trees.at("/b"), "nofs", 0, none));
        assertFails(Errno.ENOENT, () -> trees.mounts.mount(user, none, trees.at("/missing"), "nofs", 0, none));
        trees.mounts.mount(admin, none, trees.at("/b"), "tmpfs", 0, Name.of("=passed over"));
        assertThat(trees.mountAt("/b")).isNotSameAs(trees.mountAt("/"));
    }

    @Test
    void knownTypesAreListed() {
        assertThat(new String(trees.mounts.types().list(), StandardCharsets.UTF_8))
                .isEqualTo("nodev\ttmpfs\n");
        assertFails(Errno.ENODEV, () -> trees.mounts.openFileSystem(trees.admin, "tmpfs.sub"));
        assertFails(Errno.EPERM, () -> trees.mounts.openFileSystem(Credentials.of(1, 1), "tmpfs"));
    }
}
