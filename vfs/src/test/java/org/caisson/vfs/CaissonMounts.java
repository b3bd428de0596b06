package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;

/** Caisson: the same as {@link KernelMounts}. */
final class CaissonMounts implements MountWorld {
    private final VirtualFileSystem virtual = new VirtualFileSystem();
    private final MountOperations mounts = virtual.mounts();
    private final Credentials credentials = Credentials.root();
    private final List<FileDescription> files = new ArrayList<>();
    private final List<DetachedTree> trees = new ArrayList<>();
    private final List<Left> left = new ArrayList<>();

    private MountNamespace namespace;
    private VirtualDentry root;

    /** A namespace that was left. */
    private record Left(MountNamespace namespace, VirtualDentry root) {}

    CaissonMounts() throws ErrnoException {
        mounts.types().add(new PlainTree.Type("tmpfs"));
        namespace = virtual.newMountNamespace(new PlainTree().directories("base"));
        root = namespace.root();
        mounts.mount(credentials, Name.of("none"), at("/base"), new PlainTree(), 0);
        root = virtual.lookup(credentials, at("/base"));
        holdDirectories();
        fill("");
    }

    /** For the root and the working directory. */
    private void holdDirectories() {
        root.mount().acquire();
        root.mount().acquire();
    }

    private void dropDirectories() {
        root.mount().release();
        root.mount().release();
    }

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).namespace(namespace).path(path);
    }

    private PathOperation at(int tree, String path) {
        PathOperation operation = at(path).emptyPath(true).followFinal(true);
        return tree < 0 || trees.isEmpty()
                ? operation
                : operation.start(trees.get(tree % trees.size()).root());
    }

    @Override
    public int mount(String source, String target, String type, long flags, String data) {
        return MountWorld.outcome(() -> mounts.mount(
                credentials, Name.of(source), at(target), type.isEmpty() ? null : type, flags, Name.of(data)));
    }

    @Override
    public int unmount(String target, int flags) {
        return MountWorld.outcome(() -> mounts.unmount(credentials, at(target), flags));
    }

    @Override
    public int pivotRoot(String newRoot, String putOld) {
        return MountWorld.outcome(() -> {
            VirtualDentry fresh = mounts.pivotRoot(credentials, at(newRoot), at(putOld));
            dropDirectories();
            root = fresh;
            holdDirectories();
        });
    }

    @Override
    public int open(String path, int flags) {
        return MountWorld.outcome(() -> files.add(virtual.open(credentials, at(path), new OpenOptions(flags, 0))));
    }

    @Override
    public int close(int which) {
        if (!files.isEmpty()) {
            files.remove(which % files.size()).close();
        }
        return 0;
    }

    @Override
    public int unshare() {
        return MountWorld.outcome(() -> {
            NamespaceCopy copy = mounts.copyNamespace(credentials, namespace, namespace.owner(), root, root);
            left.add(leave());
            namespace = copy.namespace();
            root = copy.root();
        });
    }

    /** The root stays held once. */
    private Left leave() {
        root.mount().release();
        return new Left(namespace, root);
    }

    @Override
    public int enter(int which) {
        if (!left.isEmpty()) {
            Left entered = left.remove(which % left.size());
            left.add(leave());
            namespace = entered.namespace;
            root = entered.root;
            root.mount().acquire();
        }
        return 0;
    }

    @Override
    public int openTree(String path, int flags) {
        return MountWorld.outcome(() -> trees.add(mounts.openTree(credentials, at(path), flags)));
    }

    @Override
    public int closeTree(int which) {
        if (!trees.isEmpty()) {
            trees.remove(which % trees.size()).close();
        }
        return 0;
    }

    @Override
    public int moveMount(int fromTree, String from, int toTree, String to, int flags) {
        return MountWorld.outcome(() -> mounts.moveMount(credentials, at(fromTree, from), at(toTree, to), flags));
    }

    @Override
    public int setAttributes(int tree, String path, int flags, long set, long clear, long propagation) {
        return MountWorld.outcome(
                () -> mounts.setAttributes(credentials, at(tree, path), flags, set, clear, propagation));
    }

    @Override
    public int mkdir(String path) {
        return MountWorld.outcome(() -> virtual.mkdir(credentials, at(path), 0755));
    }

    @Override
    public int create(String path) {
        OpenOptions options = new OpenOptions(OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0644);
        return MountWorld.outcome(
                () -> virtual.open(credentials, at(path), options).close());
    }

    @Override
    public int symlink(String target, String path) {
        MemorySegment bytes = MemorySegment.ofArray(Sprout.bytes(target));
        return MountWorld.outcome(() -> virtual.symlink(credentials, at(path), bytes));
    }

    @Override
    public int rmdir(String path) {
        return MountWorld.outcome(() -> virtual.rmdir(credentials, at(path)));
    }

    @Override
    public int unlink(String path) {
        return MountWorld.outcome(() -> virtual.unlink(credentials, at(path)));
    }

    @Override
    public int rename(String from, String to) {
        return MountWorld.outcome(() -> virtual.rename(credentials, at(from), at(to), 0));
    }

    @Override
    public String mountinfo() {
        return new String(mounts.mountinfo(namespace, root), StandardCharsets.UTF_8);
    }

    @Override
    public String mounts() {
        return new String(mounts.mounts(namespace, root), StandardCharsets.UTF_8);
    }

    @Override
    public String status() {
        StringBuilder text = new StringBuilder();
        try {
            long top = MountStatus.LSMT_ROOT;
            for (long id : mounts.listmount(credentials, at("/"), namespace, top, 0, 1000, false)) {
                MountStatus status = mounts.statmount(credentials, at("/"), namespace, id);
                Name point = status.point();
                text.append(status.id()).append(' ').append(status.parentId());
                text.append(' ').append(status.deviceMajor()).append(':').append(status.deviceMinor());
                text.append(' ').append(status.superFlags());
                text.append(' ').append(status.attributes()).append(' ').append(status.propagation());
                text.append(" shared:").append(status.peerGroup());
                text.append(" master:").append(status.master());
                text.append(" propagate_from:").append(status.propagateFrom());
                text.append(' ').append(status.root()).append(' ').append(point == null ? "" : point.toString());
                text.append(' ').append(status.type()).append('\n');
            }
        } catch (ErrnoException e) {
            text.append(e.errno().name());
        }
        return text.toString();
    }

    @Override
    public void close() {
        files.forEach(FileDescription::close);
        trees.forEach(DetachedTree::close);
    }
}
