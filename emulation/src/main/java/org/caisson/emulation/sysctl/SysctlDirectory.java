package org.caisson.emulation.sysctl;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.Name;
import org.caisson.vfs.synthetic.ControlFile;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticNode;
import org.jspecify.annotations.Nullable;

/** One directory of a container's {@code /proc/sys}: the table's entries over those that the kernel has inside. */
public final class SysctlDirectory implements DynamicDirectory.Entries {
    private static final String ROOT = "sys";
    private static final int PERMISSIONS = 07777;
    private static final int OTHERS_WRITE = 0002;
    private static final int OWNER_WRITES = 0200;
    private static final int LARGEST_READ = 64 << 10;
    /** The kernel shows 0, but sendfile(2) reads a file behind FUSE only up to its size. */
    private static final int SHOWN_SIZE = 4096;
    /** A write(2) to a sysctl takes less than a page ({@code proc_sys_call_handler}). */
    private static final int LARGEST_WRITE = 4096;

    private final Shared shared;
    private final String path;

    private SysctlDirectory(Shared shared, String path) {
        this.shared = shared;
        this.path = path;
    }

    /** The node that stands for {@code /proc/sys}. */
    public static DynamicDirectory root(NamespaceFiles inside) {
        return root(inside, HostSysctls.NONE, Integer.MAX_VALUE);
    }

    /** The same for a container with so many ids that may want something of the host. */
    public static DynamicDirectory root(NamespaceFiles inside, HostSysctls host, int idCount) {
        Shared shared = new Shared(inside, new SysctlTable(), new SysctlValues(inside, host, idCount));
        return DynamicDirectory.of(new SysctlDirectory(shared, ""));
    }

    @Override
    public @Nullable SyntheticNode<?> lookup(Credentials credentials, Name name) throws ErrnoException {
        String child = child(name.toString());
        SysctlEntry entry = shared.table.entry(child);
        if (entry != null && !isOfNetwork(entry)) {
            return SysctlValues.exists(entry) ? emulated(entry) : null;
        }
        NamespaceFiles.@Nullable Node node = stat(credentials.callerTid(), child);
        if (entry != null && (node == null || (node.mode() & OWNER_WRITES) == 0)) {
            return SysctlValues.exists(entry) ? emulated(entry) : null;
        }
        if (entry != null && entry.kind() == SysctlEntry.Kind.PING_GROUPS) {
            return emulated(entry);
        }
        if (node == null) {
            return shared.table.hasDirectory(child) ? directory(child) : null;
        }
        int mode = node.mode() & PERMISSIONS;
        return node.isDirectory()
                ? directory(child).withMode(mode).withOwner(node.uid(), node.gid())
                : inside(child).withMode(mode).withOwner(node.uid(), node.gid());
    }

    @Override
    public void list(Credentials credentials, DynamicDirectory.EntrySink sink) throws ErrnoException {
        Set<String> listed = new HashSet<>();
        for (String name : shared.table.names(path)) {
            SysctlEntry entry = shared.table.entry(child(name));
            if (entry == null || SysctlValues.exists(entry)) {
                int type = entry == null ? StatMode.S_IFDIR : StatMode.S_IFREG;
                sink.entry(Name.of(name), DirectorySink.typeOf(type));
            }
            listed.add(name);
        }
        for (NamespaceFiles.Entry entry : listInside(credentials.callerTid())) {
            if (listed.add(entry.name())) {
                sink.entry(Name.of(entry.name()), entry.type());
            }
        }
    }

    /** What the kernel has there, which is nothing where only the table has entries. */
    private List<NamespaceFiles.Entry> listInside(int caller) throws ErrnoException {
        try {
            return shared.inside.list(caller, path.isEmpty() ? ROOT : ROOT + '/' + path);
        } catch (ErrnoException missing) {
            if (missing.errno() == Errno.ENOENT) {
                return List.of();
            }
            throw missing;
        }
    }

    /** Those are the kernel's where it lets the container write them. */
    private static boolean isOfNetwork(SysctlEntry entry) {
        return entry.path().startsWith("net/");
    }

    private NamespaceFiles.@Nullable Node stat(int caller, String child) throws ErrnoException {
        try {
            return shared.inside.stat(caller, ROOT + '/' + child);
        } catch (ErrnoException failure) {
            if (failure.errno() == Errno.ENOENT) {
                return null;
            }
            throw failure;
        }
    }

    private String child(String name) {
        return path.isEmpty() ? name : path + '/' + name;
    }

    private DynamicDirectory directory(String child) {
        return DynamicDirectory.of(new SysctlDirectory(shared, child));
    }

    private SyntheticNode<?> emulated(SysctlEntry entry) {
        GeneratedFile.Content content =
                (credentials, out) -> out.appendBytes(shared.values.read(credentials.callerTid(), entry));
        if (entry.kind() == SysctlEntry.Kind.HOST || entry.kind() == SysctlEntry.Kind.BOOT_ID) {
            return GeneratedFile.of(content).withMode(entry.mode()).withSize(SHOWN_SIZE);
        }
        return ControlFile.of(content, (credentials, data, offset) -> {
                    byte[] text = text(data);
                    if (offset == 0) {
                        shared.values.write(credentials.callerTid(), entry, text);
                    }
                })
                .withMode(entry.mode())
                .withSize(SHOWN_SIZE);
    }

    private ControlFile inside(String child) {
        String file = ROOT + '/' + child;
        return ControlFile.of(
                        (credentials, out) ->
                                out.appendBytes(shared.inside.read(credentials.callerTid(), file, LARGEST_READ)),
                        (credentials, data, offset) -> {
                            byte[] text = text(data);
                            mustOwn(credentials, child);
                            if (offset == 0) {
                                shared.inside.write(credentials.callerTid(), file, text);
                            }
                        })
                .withSize(SHOWN_SIZE);
    }

    /** Whoever opened the file, where the writer is it may be another's: the kernel asks at each write, too. */
    private void mustOwn(Credentials writer, String child) throws ErrnoException {
        if (writer.uid() == 0) {
            return;
        }
        NamespaceFiles.@Nullable Node node = stat(writer.callerTid(), child);
        if (node == null || (node.uid() != writer.uid() && (node.mode() & OTHERS_WRITE) == 0)) {
            throw Errno.EPERM.exception();
        }
    }

    /**
     * What was written. A write past the start changes nothing, as with {@code kernel.sysctl_writes_strict} at its
     * default of 1.
     */
    private static byte[] text(MemorySegment data) throws ErrnoException {
        if (data.byteSize() >= LARGEST_WRITE) {
            throw Errno.ENOMEM.exception();
        }
        return data.toArray(ValueLayout.JAVA_BYTE);
    }

    /** What all directories of one container have in common. */
    private record Shared(NamespaceFiles inside, SysctlTable table, SysctlValues values) {}
}
