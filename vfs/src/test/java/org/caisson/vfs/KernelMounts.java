package org.caisson.vfs;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMount;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/** The kernel: tmpfs in mount namespaces of the calling thread, which is rooted in the lowest of them. */
final class KernelMounts implements MountWorld {
    private static final int CLONE_NEWNS = 0x20000;
    private static final int PATH = OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment first = arena.allocate(8192);
    private final MemorySegment second = arena.allocate(8192);
    private final MemorySegment buffer = arena.allocate(65536);
    private final int proc;
    private final List<Integer> files = new ArrayList<>();
    private final List<Integer> trees = new ArrayList<>();
    private final List<Left> left = new ArrayList<>();

    /** A namespace that was left. */
    private record Left(int namespace, int root) {}

    KernelMounts(Path directory) throws ErrnoException {
        KernelTree.enterOwnMounts();
        MountCalls.mount("none", directory.toString(), "tmpfs", 0, null);
        String base = directory + "/base";
        must(Syscalls.call(SyscallNumbers.MKDIRAT, AtFlags.AT_FDCWD, c(first, base), 0755));
        MountCalls.mount("none", base, "tmpfs", 0, null);
        proc = (int) must(Syscalls.call(SyscallNumbers.OPENAT, AtFlags.AT_FDCWD, c(first, "/proc"), PATH, 0));
        must(Syscalls.call(SyscallNumbers.CHROOT, c(first, base)));
        must(Syscalls.call(SyscallNumbers.CHDIR, c(first, "/")));
        fill("");
    }

    private static long must(long result) throws ErrnoException {
        return Syscalls.check(result, "set-up");
    }

    private static long c(MemorySegment memory, String text) {
        byte[] bytes = Sprout.bytes(text);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        memory.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
        return memory.address();
    }

    @Override
    public int mount(String source, String target, String type, long flags, String data) {
        return MountWorld.outcome(() -> MountCalls.mount(source, target, type.isEmpty() ? null : type, flags, data));
    }

    @Override
    public int unmount(String target, int flags) {
        return (int) Syscalls.call(SyscallNumbers.UMOUNT2, c(first, target), flags);
    }

    @Override
    public int pivotRoot(String newRoot, String putOld) {
        return (int) Syscalls.call(SyscallNumbers.PIVOT_ROOT, c(first, newRoot), c(second, putOld));
    }

    @Override
    public int open(String path, int flags) {
        return keep(
                files,
                Syscalls.call(SyscallNumbers.OPENAT, AtFlags.AT_FDCWD, c(first, path), flags | OpenFlags.O_CLOEXEC, 0));
    }

    private static int keep(List<Integer> descriptors, long fd) {
        if (fd < 0) {
            return (int) fd;
        }
        descriptors.add((int) fd);
        return 0;
    }

    @Override
    public int close(int which) {
        if (files.isEmpty()) {
            return 0;
        }
        return (int) Syscalls.call(SyscallNumbers.CLOSE, files.remove(which % files.size()));
    }

    @Override
    public int unshare() {
        return MountWorld.outcome(() -> {
            Left leaving = leave();
            NamespaceCalls.unshare(CLONE_NEWNS);
            left.add(leaving);
        });
    }

    private Left leave() throws ErrnoException {
        long namespace = must(
                Syscalls.call(SyscallNumbers.OPENAT, proc, c(first, "thread-self/ns/mnt"), OpenFlags.O_CLOEXEC, 0));
        long root = must(Syscalls.call(SyscallNumbers.OPENAT, AtFlags.AT_FDCWD, c(first, "/"), PATH, 0));
        return new Left((int) namespace, (int) root);
    }

    @Override
    public int enter(int which) {
        if (left.isEmpty()) {
            return 0;
        }
        return MountWorld.outcome(() -> {
            Left entered = left.remove(which % left.size());
            left.add(leave());
            NamespaceCalls.setns(entered.namespace, CLONE_NEWNS);
            must(Syscalls.call(SyscallNumbers.FCHDIR, entered.root));
            must(Syscalls.call(SyscallNumbers.CHROOT, c(first, ".")));
            forget(entered);
        });
    }

    private static void forget(Left entry) {
        Syscalls.call(SyscallNumbers.CLOSE, entry.namespace);
        Syscalls.call(SyscallNumbers.CLOSE, entry.root);
    }

    @Override
    public int openTree(String path, int flags) {
        int all = flags | MountFlags.OPEN_TREE_CLONE | OpenFlags.O_CLOEXEC;
        return keep(trees, Syscalls.call(SyscallNumbers.OPEN_TREE, AtFlags.AT_FDCWD, c(first, path), all));
    }

    @Override
    public int closeTree(int which) {
        if (trees.isEmpty()) {
            return 0;
        }
        return (int) Syscalls.call(SyscallNumbers.CLOSE, trees.remove(which % trees.size()));
    }

    private int directory(int tree) {
        return tree < 0 || trees.isEmpty() ? AtFlags.AT_FDCWD : trees.get(tree % trees.size());
    }

    @Override
    public int moveMount(int fromTree, String from, int toTree, String to, int flags) {
        int all = flags
                | MountFlags.MOVE_MOUNT_F_EMPTY_PATH
                | MountFlags.MOVE_MOUNT_T_EMPTY_PATH
                | MountFlags.MOVE_MOUNT_F_SYMLINKS
                | MountFlags.MOVE_MOUNT_T_SYMLINKS;
        return (int) Syscalls.call(
                SyscallNumbers.MOVE_MOUNT, directory(fromTree), c(first, from), directory(toTree), c(second, to), all);
    }

    @Override
    public int setAttributes(int tree, String path, int flags, long set, long clear, long propagation) {
        buffer.set(ValueLayout.JAVA_LONG, 0, set);
        buffer.set(ValueLayout.JAVA_LONG, 8, clear);
        buffer.set(ValueLayout.JAVA_LONG, 16, propagation);
        buffer.set(ValueLayout.JAVA_LONG, 24, 0);
        return (int) Syscalls.call(
                SyscallNumbers.MOUNT_SETATTR,
                directory(tree),
                c(first, path),
                flags | AtFlags.AT_EMPTY_PATH,
                buffer.address(),
                32);
    }

    @Override
    public int mkdir(String path) {
        return (int) Syscalls.call(SyscallNumbers.MKDIRAT, AtFlags.AT_FDCWD, c(first, path), 0755);
    }

    @Override
    public int create(String path) {
        int flags = OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC;
        long fd = Syscalls.call(SyscallNumbers.OPENAT, AtFlags.AT_FDCWD, c(first, path), flags, 0644);
        return fd < 0 ? (int) fd : (int) Syscalls.call(SyscallNumbers.CLOSE, fd);
    }

    @Override
    public int symlink(String target, String path) {
        return (int) Syscalls.call(SyscallNumbers.SYMLINKAT, c(second, target), AtFlags.AT_FDCWD, c(first, path));
    }

    @Override
    public int rmdir(String path) {
        return (int) Syscalls.call(SyscallNumbers.UNLINKAT, AtFlags.AT_FDCWD, c(first, path), AtFlags.AT_REMOVEDIR);
    }

    @Override
    public int unlink(String path) {
        return (int) Syscalls.call(SyscallNumbers.UNLINKAT, AtFlags.AT_FDCWD, c(first, path), 0);
    }

    @Override
    public int rename(String from, String to) {
        return (int) Syscalls.call(
                SyscallNumbers.RENAMEAT2, AtFlags.AT_FDCWD, c(first, from), AtFlags.AT_FDCWD, c(second, to), 0);
    }

    @Override
    public String mountinfo() {
        return read("thread-self/mountinfo");
    }

    @Override
    public String mounts() {
        return read("thread-self/mounts");
    }

    @Override
    public String status() {
        long asked = StatMount.STATMOUNT_SB_BASIC
                | StatMount.STATMOUNT_MNT_BASIC
                | StatMount.STATMOUNT_PROPAGATE_FROM
                | StatMount.STATMOUNT_MNT_ROOT
                | StatMount.STATMOUNT_MNT_POINT
                | StatMount.STATMOUNT_FS_TYPE;
        StatMount status = StatMount.wrap(buffer.asSlice(0, 4096));
        StringBuilder text = new StringBuilder();
        try {
            int count = MountCalls.listmount(MountCalls.LSMT_ROOT, 0, second);
            for (int i = 0; i < count; i++) {
                MountCalls.statmount(second.getAtIndex(ValueLayout.JAVA_LONG, i), asked, status);
                MemorySegment struct = status.segment();
                text.append(status.mountId()).append(' ').append(status.parentId());
                text.append(' ').append(status.deviceMajor()).append(':').append(status.deviceMinor());
                text.append(' ').append(struct.get(ValueLayout.JAVA_INT, StatMount.SB_FLAGS));
                text.append(' ').append(status.attributes()).append(' ').append(status.propagation());
                text.append(" shared:").append(struct.get(ValueLayout.JAVA_LONG, StatMount.MNT_PEER_GROUP));
                text.append(" master:").append(struct.get(ValueLayout.JAVA_LONG, StatMount.MNT_MASTER));
                text.append(" propagate_from:").append(struct.get(ValueLayout.JAVA_LONG, StatMount.PROPAGATE_FROM));
                text.append(' ').append(text(status.root())).append(' ').append(text(status.mountPoint()));
                text.append(' ').append(text(status.fileSystemType())).append('\n');
            }
        } catch (ErrnoException e) {
            text.append(e.errno().name());
        }
        return text.toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String read(String file) {
        long fd = Syscalls.call(SyscallNumbers.OPENAT, proc, c(first, file), OpenFlags.O_CLOEXEC, 0);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        long count = Syscalls.call(SyscallNumbers.READ, fd, buffer.address(), buffer.byteSize());
        while (count > 0) {
            text.writeBytes(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
            count = Syscalls.call(SyscallNumbers.READ, fd, buffer.address(), buffer.byteSize());
        }
        Syscalls.call(SyscallNumbers.CLOSE, fd);
        return text.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        for (int fd : files) {
            Syscalls.call(SyscallNumbers.CLOSE, fd);
        }
        for (int fd : trees) {
            Syscalls.call(SyscallNumbers.CLOSE, fd);
        }
        left.forEach(KernelMounts::forget);
        Syscalls.call(SyscallNumbers.CLOSE, proc);
        arena.close();
    }
}
