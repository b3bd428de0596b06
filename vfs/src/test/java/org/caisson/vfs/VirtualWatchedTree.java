package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.InotifyFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.notify.Inotify;
import org.caisson.vfs.notify.InotifyAccounts;
import org.caisson.vfs.notify.InotifyEvent;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.jspecify.annotations.Nullable;

/** Our side: a file system in memory, or an overlay over one, in a namespace of its own. */
final class VirtualWatchedTree implements WatchedTree {
    private static final Name XATTR = Name.of("trusted.test");

    final MappedPageStore store = MappedPageStore.anonymous();
    final VirtualFileSystem vfs = new VirtualFileSystem();
    final InotifyAccounts accounts = new InotifyAccounts(vfs);
    final Inotify inotify;

    private final Credentials caller;
    private final PathOperation first = new PathOperation();
    private final PathOperation second = new PathOperation();
    private final MemorySegment buffer = MemorySegment.ofArray(new byte[65536]);
    private final @Nullable FileDescription[] files = new FileDescription[SLOTS];

    VirtualWatchedTree(Credentials caller, Ground ground) throws ErrnoException {
        this.caller = caller;
        VirtualDentry root = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store))
                .root();
        if (ground != Ground.MEMORY) {
            root = vfs.newMountNamespace(overlay(new TestTree(vfs, root), ground))
                    .root();
        }
        first.root(root).start(root);
        second.root(root).start(root);
        inotify = Inotify.open(accounts, caller, InotifyFlags.IN_NONBLOCK | InotifyFlags.IN_CLOEXEC);
    }

    private OverlayFileSystem overlay(TestTree layers, Ground ground) throws ErrnoException {
        layers.mkdir("lower").mkdir("upper").mkdir("work");
        if (ground == Ground.LAYERS) {
            layers.mkdir("lower/d").write("lower/d/u", "0123456789").write("lower/f", "0123456789");
        }
        OverlayOptions options = OverlayOptions.builder()
                .lower(layers.in("lower").subtree().top())
                .upper(
                        layers.in("upper").subtree().top(),
                        layers.in("work").subtree().top())
                .build();
        return new OverlayFileSystem(vfs, Credentials.root(), options);
    }

    /** Something to do that gives a number. */
    @FunctionalInterface
    private interface Call {
        long make() throws ErrnoException;
    }

    /** Something to do. */
    @FunctionalInterface
    private interface Action {
        void take() throws ErrnoException;
    }

    private static int outcome(Call call) {
        try {
            return (int) call.make();
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    private static int outcome(Action action) {
        return outcome(() -> {
            action.take();
            return 0;
        });
    }

    private FileDescription file(int slot) throws ErrnoException {
        FileDescription file = files[slot];
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    @Override
    public int open(int slot, String path, int flags, int mode) {
        return outcome(() -> {
            FileDescription opened = vfs.open(caller, first.path(path), new OpenOptions(flags, mode));
            closeFile(slot);
            files[slot] = opened;
        });
    }

    @Override
    public int closeFile(int slot) {
        FileDescription file = files[slot];
        if (file != null) {
            file.close();
            files[slot] = null;
        }
        return 0;
    }

    @Override
    public int read(int slot, int length) {
        return outcome(() -> file(slot).read(buffer.asSlice(0, length)));
    }

    private List<MemorySegment> vector(int length) {
        return List.of(buffer.asSlice(0, length), buffer.asSlice(8192, length));
    }

    @Override
    public int readVector(int slot, int length) {
        return outcome(() -> file(slot).read(vector(length)));
    }

    @Override
    public int write(int slot, int length) {
        return outcome(() -> file(slot).write(buffer.asSlice(0, length)));
    }

    @Override
    public int writeVector(int slot, int length) {
        return outcome(() -> file(slot).write(vector(length)));
    }

    @Override
    public int list(int slot) {
        return outcome(() -> {
            FileDescription directory = file(slot);
            long[] position = {directory.seek(0, FileDescription.SEEK_CUR)};
            directory.readDirectory(position[0], (name, inode, type, cookie) -> {
                position[0] = cookie;
                return true;
            });
            directory.seek(position[0], FileDescription.SEEK_SET);
        });
    }

    @Override
    public int truncateOpened(int slot, long size) {
        return outcome(() -> {
            SetStat change = new SetStat();
            change.mask = SetStat.SIZE;
            change.size = size;
            file(slot).setStat(caller, change);
        });
    }

    @Override
    public int changeModeOpened(int slot, int mode) {
        return outcome(() -> file(slot).setStat(caller, mode(mode)));
    }

    @Override
    public int allocate(int slot, int mode, long offset, long length) {
        return outcome(() -> file(slot).allocate(mode, offset, length));
    }

    @Override
    public int copyRange(int from, int to, int length) {
        return outcome(() -> file(from).copyRange(0, file(to), 0, length, 0));
    }

    @Override
    public int makeDirectory(String path) {
        return outcome(() -> vfs.mkdir(caller, first.path(path), 0755));
    }

    @Override
    public int makeNode(String path, int mode) {
        return outcome(() -> vfs.mknod(caller, first.path(path), mode, 0));
    }

    @Override
    public int makeDevice(String path, int major, int minor) {
        long number = FileCalls.deviceNumber(major, minor);
        return outcome(() -> vfs.mknod(caller, first.path(path), StatMode.S_IFCHR | 0666, number));
    }

    @Override
    public int symlink(String path) {
        return outcome(() -> vfs.symlink(caller, first.path(path), MemorySegment.ofArray(Sprout.bytes("target"))));
    }

    @Override
    public int link(String from, String to) {
        return outcome(() -> vfs.link(caller, first.path(from), second.path(to)));
    }

    @Override
    public int unlink(String path) {
        return outcome(() -> vfs.unlink(caller, first.path(path)));
    }

    @Override
    public int removeDirectory(String path) {
        return outcome(() -> vfs.rmdir(caller, first.path(path)));
    }

    @Override
    public int rename(String from, String to, int flags) {
        return outcome(() -> vfs.rename(caller, first.path(from), second.path(to), flags));
    }

    @Override
    public int truncate(String path, long size) {
        return outcome(() -> {
            SetStat change = new SetStat();
            change.mask = SetStat.SIZE;
            change.size = size;
            vfs.setStat(caller, first.path(path).followFinal(true), change);
        });
    }

    private static SetStat mode(int mode) {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = mode;
        return change;
    }

    @Override
    public int changeMode(String path, int mode) {
        return outcome(() -> vfs.setStat(caller, first.path(path).followFinal(true), mode(mode)));
    }

    @Override
    public int changeOwner(String path, int uid, int gid) {
        return outcome(() -> {
            SetStat change = new SetStat();
            change.mask = SetStat.OWNER | (uid == -1 ? 0 : SetStat.UID) | (gid == -1 ? 0 : SetStat.GID);
            change.uid = uid;
            change.gid = gid;
            vfs.setStat(caller, first.path(path), change);
        });
    }

    @Override
    public int setTimes(String path, boolean access, boolean modify) {
        if (!access && !modify) {
            return 0; // what utimensat(2) answers before it looks for the file
        }
        return outcome(() -> {
            SetStat change = new SetStat();
            change.mask = (access ? SetStat.ACCESS_TIME : 0) | (modify ? SetStat.MODIFY_TIME : 0);
            change.accessSeconds = 100;
            change.modifySeconds = 200;
            vfs.setStat(caller, first.path(path), change);
        });
    }

    @Override
    public int setXattr(String path) {
        MemorySegment value = MemorySegment.ofArray(Sprout.bytes("tru"));
        return outcome(() -> vfs.setXattr(caller, first.path(path), XATTR, value, 0));
    }

    @Override
    public int removeXattr(String path) {
        return outcome(() -> vfs.removeXattr(caller, first.path(path), XATTR));
    }

    @Override
    public int setXattrOpened(int slot) {
        MemorySegment value = MemorySegment.ofArray(Sprout.bytes("tru"));
        return outcome(() -> file(slot).setXattr(caller, XATTR, value, 0));
    }

    @Override
    public int removeXattrOpened(int slot) {
        return outcome(() -> file(slot).removeXattr(caller, XATTR));
    }

    @Override
    public int mountMemory(String path) {
        MemFileSystem mounted = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
        return outcome(() -> {
            vfs.mount(caller, first.path(path), mounted, 0);
        });
    }

    @Override
    public int unmount(String path, int flags) {
        return outcome(() -> vfs.unmount(caller, first.path(path), flags));
    }

    @Override
    public int watch(String path, int mask) {
        return outcome(() -> inotify.addWatch(vfs, caller, first.path(path), mask));
    }

    @Override
    public int unwatch(int number) {
        return outcome(() -> inotify.removeWatch(number));
    }

    @Override
    public int available() {
        return inotify.available();
    }

    @Override
    public List<InotifyEvent> readEvents(int length) throws ErrnoException {
        long count = inotify.read(buffer.asSlice(0, length));
        List<InotifyEvent> events = new ArrayList<>();
        for (long at = 0; at < count; ) {
            InotifyEvent event = InotifyEvent.readFrom(buffer, at);
            events.add(event);
            at += event.size();
        }
        return events;
    }

    @Override
    public void close() {
        for (int slot = 0; slot < SLOTS; slot++) {
            closeFile(slot);
        }
        inotify.close();
        store.close();
    }
}
