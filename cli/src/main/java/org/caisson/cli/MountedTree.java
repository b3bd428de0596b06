package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.caisson.image.store.MergedLayers;
import org.caisson.image.tree.ImageLayers;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.Subtree;
import org.caisson.vfs.host.HostCaching;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.jspecify.annotations.Nullable;

/**
 * A tree of the VFS that is to be mounted.
 *
 * @param isOurs whether nothing changes it but us
 * @param passthrough whether the kernel may move the data of files that are the host's
 * @param ownLocks whether locks are the tree's, and by that the host's, and not the kernel's for this mount alone
 * @param resource what is to be closed when it is used no more
 */
record MountedTree(
        VirtualFileSystem vfs,
        VirtualDentry root,
        boolean isOurs,
        boolean passthrough,
        boolean ownLocks,
        Closer resource)
        implements AutoCloseable {
    /** Gives back what a tree uses. */
    interface Closer {
        void close();
    }

    private static final String DEFAULT_SIZE = "50%";
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final int OCTAL = 8;
    private static final int DECIMAL = 10;
    private static final int ALL_PERMISSIONS = 07777;

    /** A memory file system, with the options of tmpfs(5). */
    static MountedTree mem(MountOptions options) throws UsageException, ErrnoException {
        String size = options.take("size");
        MemOptions wanted = MemOptions.DEFAULT.withSize(size(size == null ? DEFAULT_SIZE : size));
        String inodes = options.take("nr_inodes");
        if (inodes != null) {
            wanted = wanted.withInodes(Quantities.bytes("--options nr_inodes", inodes));
        }
        String mode = options.take("mode");
        if (mode != null) {
            wanted = wanted.withMode(number("mode", mode, OCTAL, ALL_PERMISSIONS));
        }
        int uid = id(options, "uid");
        int gid = id(options, "gid");
        MappedPageStore store = MappedPageStore.anonymous();
        return over(new MemFileSystem(wanted.withOwner(uid, gid), store), true, false, false, store::close);
    }

    @Override
    public void close() {
        resource.close();
    }

    /** A directory of the host. */
    static MountedTree host(String directory, MountOptions options) throws UsageException, ErrnoException {
        HostCaching caching = caching(options.take("cache"));
        HostOptions wanted = HostOptions.DEFAULT.withCaching(caching);
        HostFileSystem host =
                HostFileSystem.open(directory, options.takeFlag("submounts") ? wanted.withMounts() : wanted);
        boolean alone = caching.equals(HostCaching.EXCLUSIVE);
        // The kernel must ask to open a file whose data it moves by itself: that pays where it asks anyway.
        boolean passthrough = isOn("passthrough", options.take("passthrough"), !alone);
        boolean ownLocks = isOn("locks", options.take("locks"), !alone);
        return over(host, alone, passthrough, ownLocks, host::close);
    }

    /** Images of EROFS, named as layers of an overlay are: the uppermost first; the data of an only one may be in further devices. */
    static MountedTree erofs(String images, MountOptions options) throws UsageException, IOException {
        List<Path> files = OverlayTree.split(images).stream().map(Path::of).toList();
        List<Path> devices = options.takeAll("device").stream().map(Path::of).toList();
        if (files.size() > 1 && !devices.isEmpty()) {
            throw UsageException.invalid("--options", "device=" + devices.getFirst(), "there are several images");
        }
        ImageLayers layers = ImageLayers.open(
                files.stream().map(file -> new MergedLayers(file, devices)).toList());
        try {
            Subtree tree = files.size() == 1 && devices.isEmpty() ? layers.only() : layers.merged();
            return new MountedTree(tree.system(), tree.top(), true, false, false, layers::close);
        } catch (ErrnoException e) {
            layers.close();
            throw e;
        }
    }

    private static HostCaching caching(@Nullable String text) throws UsageException {
        return switch (text == null ? "auto" : text) {
            case "none" -> HostCaching.NONE;
            case "auto" -> HostCaching.timed(Duration.ofSeconds(1));
            case "always" -> HostCaching.EXCLUSIVE;
            default ->
                throw UsageException.invalid(
                        "--options", "cache=" + text, "it can be none, auto (the default: for a second) or always");
        };
    }

    private static MountedTree over(
            FileSystem fileSystem, boolean isOurs, boolean passthrough, boolean ownLocks, Closer resource) {
        VirtualFileSystem vfs = new VirtualFileSystem();
        VirtualDentry root = vfs.newMountNamespace(fileSystem).root();
        return new MountedTree(vfs, root, isOurs, passthrough, ownLocks, resource);
    }

    /** What an option says that is on or off. */
    static boolean isOn(String name, @Nullable String text, boolean unless) throws UsageException {
        if (text == null) {
            return unless;
        }
        return switch (text) {
            case "", "on" -> true;
            case "off" -> false;
            default -> throw UsageException.invalid("--options", name + "=" + text, "it can be on or off");
        };
    }

    /** Bytes, or a share of the memory of this machine. */
    private static long size(String text) throws UsageException {
        if (!text.endsWith("%")) {
            return Quantities.bytes("--options size", text);
        }
        int percent = number("size", text.substring(0, text.length() - 1), DECIMAL, Integer.MAX_VALUE);
        return memory() / 100 * percent;
    }

    /** The memory of this machine in bytes, of proc_meminfo(5). */
    private static long memory() throws UsageException {
        try {
            for (String line : Files.readAllLines(MEMORY)) {
                if (line.startsWith("MemTotal:")) {
                    String kilobytes = line.substring("MemTotal:".length(), line.length() - "kB".length());
                    return Long.parseLong(kilobytes.strip()) * 1024;
                }
            }
        } catch (IOException e) {
            throw new UsageException(
                    "mount: " + MEMORY + " cannot be read (" + Words.of(e) + "): give a size in bytes");
        }
        throw new UsageException("mount: " + MEMORY + " does not tell the memory: give a size in bytes");
    }

    private static int id(MountOptions options, String name) throws UsageException {
        @Nullable String text = options.take(name);
        return text == null ? 0 : number(name, text, DECIMAL, Integer.MAX_VALUE);
    }

    private static int number(String name, String text, int radix, int most) throws UsageException {
        try {
            int number = Integer.parseInt(text, radix);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw UsageException.invalid("--options", name + "=" + text, "it is not a number");
        }
        throw UsageException.invalid("--options", name + "=" + text, "it is out of range");
    }
}
