package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/** A namespace for tests of mounts, on whose root, a file system with a directory {@code base}, the caller's root is mounted. */
final class MountedTrees {
    final VirtualFileSystem vfs = new VirtualFileSystem();
    final MountOperations mounts = vfs.mounts();
    final Credentials admin = Credentials.root();
    final PlainTree base;
    final MountNamespace namespace;
    final VirtualDentry root;

    MountedTrees(String... directories) {
        try {
            namespace = vfs.newMountNamespace(new PlainTree().directories("base"));
            base = new PlainTree().directories(directories).files("f");
            PathOperation point = new PathOperation().root(namespace.root()).start(namespace.root());
            root = mounts.mount(admin, Name.of("base"), point.path("/base"), base, 0)
                    .root();
            mounts.types().add(new PlainTree.Type("tmpfs"));
        } catch (ErrnoException e) {
            throw new IllegalStateException(e);
        }
    }

    PathOperation at(String path) {
        return at(root, path);
    }

    static PathOperation at(VirtualDentry root, String path) {
        return new PathOperation().root(root).start(root).path(path).followFinal(true);
    }

    /** A detached tree itself, of a caller in this namespace. */
    PathOperation at(DetachedTree tree) {
        return at("").itself(tree.root());
    }

    Mount mount(String path, String... directories) throws ErrnoException {
        return mount(path, new PlainTree().directories(directories).files("f"));
    }

    Mount mount(String path, FileSystem fileSystem) throws ErrnoException {
        return mounts.mount(admin, Name.of(path.substring(1)), at(path), fileSystem, 0);
    }

    void set(String path, PropagationType type) throws ErrnoException {
        mounts.setPropagation(admin, at(path), type, false);
    }

    Mount mountAt(String path) throws ErrnoException {
        return vfs.lookup(admin, at(path)).mount();
    }

    /** The sources, points and optional fields of {@code mountinfo}, a line each. */
    String table() {
        return table(namespace, root);
    }

    String table(MountNamespace of, VirtualDentry seenFrom) {
        String text = new String(mounts.mountinfo(of, seenFrom), StandardCharsets.UTF_8);
        StringBuilder table = new StringBuilder();
        for (String line : text.split("\n", -1)) {
            if (line.isEmpty()) {
                continue;
            }
            String[] halves = line.split(" - ", -1);
            String[] fields = halves[0].split(" ", -1);
            table.append(halves[1].split(" ", -1)[1]).append(' ').append(fields[4]);
            for (int i = 6; i < fields.length; i++) {
                table.append(' ').append(fields[i]);
            }
            table.append('\n');
        }
        return table.toString();
    }

    static void assertFails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
