package org.caisson.vfs;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/** A tree of directories, empty files and links that can be changed, for tests of mounts. */
final class PlainTree extends TreeFileSystem {
    private final TreeDentry root = new Entry(null, Name.EMPTY, new Plain(StatMode.S_IFDIR | 0755, ""));
    final AtomicInteger releases = new AtomicInteger();
    final AtomicInteger aborts = new AtomicInteger();
    private final List<VirtualDentry> opened = new CopyOnWriteArrayList<>();
    final List<String> changes = new ArrayList<>();

    /** Takes {@code size=…} at creation and at a remount, nothing else. */
    static final class Type implements FileSystemType {
        private final String name;

        Type(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public FileSystemBuilder begin(FileSystemLog log) {
            PlainTree tree = new PlainTree();
            return new FileSystemBuilder() {
                @Override
                public boolean take(FileSystemParameter option) throws ErrnoException {
                    return tree.take(name, option, log);
                }

                @Override
                public FileSystem create(Name source) {
                    return tree;
                }
            };
        }
    }

    private boolean take(String type, FileSystemParameter option, FileSystemLog log) throws ErrnoException {
        if (!option.key().equals("size")) {
            return false;
        }
        boolean number = option instanceof FileSystemParameter.Text text
                && text.value().toString().matches("[0-9]+[kmg]?");
        if (!number) {
            log.badValue(type, "size");
            throw Errno.EINVAL.exception();
        }
        changes.add(option.key());
        return true;
    }

    @Override
    protected FileSystemChange change(FileSystemLog log) {
        return new FileSystemChange() {
            @Override
            public boolean take(FileSystemParameter option) throws ErrnoException {
                return PlainTree.this.take(type(), option, log);
            }

            @Override
            public void apply() {
                changes.add("applied");
            }
        };
    }

    @Override
    public String type() {
        return "tmpfs";
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    protected void release() {
        releases.incrementAndGet();
    }

    @Override
    protected boolean hasOrphans() {
        return opened.stream().anyMatch(place -> place.dentry().isGone());
    }

    @Override
    protected void abort() {
        aborts.incrementAndGet();
    }

    PlainTree directories(String... paths) {
        for (String path : paths) {
            add(path, StatMode.S_IFDIR | 0755, "");
        }
        return this;
    }

    PlainTree files(String... paths) {
        for (String path : paths) {
            add(path, StatMode.S_IFREG | 0644, "");
        }
        return this;
    }

    PlainTree link(String path, String target) {
        add(path, StatMode.S_IFLNK | 0777, target);
        return this;
    }

    private void add(String path, int mode, String target) {
        TreeDentry at = root;
        String[] names = path.split("/", -1);
        for (int i = 0; i < names.length; i++) {
            Name name = Name.of(names[i]);
            TreeDentry child = at.child(name);
            if (child == null) {
                boolean last = i == names.length - 1;
                Plain inode = last ? new Plain(mode, target) : new Plain(StatMode.S_IFDIR | 0755, "");
                child = attach(at, new Entry(at, name, inode));
            }
            at = child;
        }
    }

    @Override
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) {
        if (directory.isGone()) {
            return -Errno.ENOENT.number();
        }
        Entry made = new Entry(directory, path.component(), new Plain(StatMode.S_IFDIR | mode, ""));
        return attach(directory, made) == made ? DONE : -Errno.EEXIST.number();
    }

    @Override
    protected int createFile(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        if (directory.isGone()) {
            return -Errno.ENOENT.number();
        }
        Entry made = new Entry(directory, path.component(), new Plain(StatMode.S_IFREG | options.mode(), ""));
        if (attach(directory, made) != made) {
            return -Errno.EEXIST.number();
        }
        path.opened(openDescription(path.place(made), path.credentials(), options.flags()));
        return DONE;
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) {
        if (directory.isGone()) {
            return -Errno.ENOENT.number();
        }
        String text = new String(target.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        Entry made = new Entry(directory, path.component(), new Plain(StatMode.S_IFLNK | 0777, text));
        return attach(directory, made) == made ? DONE : -Errno.EEXIST.number();
    }

    @Override
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        synchronized (directory) {
            return names(path, directory, victim) && detach(directory, victim) ? DONE : AGAIN;
        }
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        if (victim.childCount() != 0) {
            return -Errno.ENOTEMPTY.number();
        }
        return detach(directory, victim) ? DONE : -Errno.ENOENT.number();
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags) {
        if (((TreeDentry) path.found()).isGone()) {
            return -Errno.ENOENT.number();
        }
        boolean moved;
        if (target == null) {
            moved = move(source, (TreeDentry) path.found(), path.component());
        } else if ((flags & TreeRename.EXCHANGE) != 0) {
            moved = exchange(source, target);
        } else if (target.childCount() != 0) {
            return -Errno.ENOTEMPTY.number();
        } else {
            moved = replace(source, target);
        }
        return moved ? DONE : -Errno.ENOENT.number();
    }

    @Override
    protected byte[] linkTarget(Credentials credentials, Inode link) {
        return Sprout.bytes(((Plain) link).target);
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
        out.type = 0x01021994;
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags) {
        return new Opened(place, credentials, flags);
    }

    private final class Opened extends FileDescription {
        Opened(VirtualDentry place, Credentials credentials, int flags) {
            super(place, credentials, flags);
            opened.add(place);
        }

        @Override
        protected void onRelease() {
            opened.remove(place());
        }

        @Override
        public void stat(Stat out) {
            PlainTree.this.stat((TreeDentry) place().dentry(), out);
        }
    }

    private static final class Entry extends TreeDentry {
        Entry(@Nullable TreeDentry parent, Name name, Inode inode) {
            super(parent, name, inode);
        }
    }

    private static final class Plain extends Inode {
        private static final AtomicInteger NUMBERS = new AtomicInteger();

        private final String target;

        Plain(int mode, String target) {
            super(NUMBERS.incrementAndGet(), mode, 0, 0);
            this.target = requireNonNull(target);
        }

        @Override
        protected void stat(Stat out) {
            out.mode = mode();
            out.inode = number();
            out.links = 1;
        }
    }
}
