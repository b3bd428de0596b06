package org.caisson.vfs.dev;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.mem.PageStore;

/** The usual content of {@code /dev}: the nodes of the standard devices, and links to a process's own descriptors. */
public final class DeviceTree {
    private static final int EVERYBODY = StatMode.S_IFCHR | 0666;

    private record Node(String name, int major, int minor) {}

    private record Link(String name, String target) {}

    private static final List<Node> NODES = List.of(
            new Node("null", DeviceTable.MEMORY, 3),
            new Node("zero", DeviceTable.MEMORY, 5),
            new Node("full", DeviceTable.MEMORY, 7),
            new Node("random", DeviceTable.MEMORY, 8),
            new Node("urandom", DeviceTable.MEMORY, 9),
            new Node("tty", DeviceTable.TERMINALS, 0));

    private static final List<Link> LINKS = List.of(
            new Link("fd", "/proc/self/fd"),
            new Link("stdin", "/proc/self/fd/0"),
            new Link("stdout", "/proc/self/fd/1"),
            new Link("stderr", "/proc/self/fd/2"));

    private DeviceTree() {}

    /** A file system in memory with this content, as the kernel's devtmpfs is one; more may be made in it. */
    public static MemFileSystem fileSystem(PageStore store) throws ErrnoException {
        MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
        VirtualFileSystem vfs = new VirtualFileSystem();
        plant(vfs, vfs.newMountNamespace(fileSystem).root());
        return fileSystem;
    }

    /** Makes this content in a directory. EEXIST if a part of it is there. */
    public static void plant(VirtualFileSystem vfs, VirtualDentry directory) throws ErrnoException {
        Credentials maker = Credentials.root().withUmask(0);
        PathOperation path = new PathOperation().root(directory).start(directory);
        for (Node node : NODES) {
            vfs.mknod(maker, path.path(node.name), EVERYBODY, FileCalls.deviceNumber(node.major, node.minor));
        }
        for (Link link : LINKS) {
            byte[] target = link.target.getBytes(StandardCharsets.US_ASCII);
            vfs.symlink(maker, path.path(link.name), MemorySegment.ofArray(target));
        }
    }
}
