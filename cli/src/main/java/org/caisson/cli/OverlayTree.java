package org.caisson.cli;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.host.HostCaching;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.jspecify.annotations.Nullable;

/** An overlay of directories of the host, with the options that mount(8) has for the kernel's overlayfs. */
final class OverlayTree {
    private static final HostOptions LAYER = HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE);

    private final VirtualFileSystem vfs = new VirtualFileSystem();

    /** Layers that are open, to be closed in the other order. */
    private final Deque<HostFileSystem> layers = new ArrayDeque<>();

    private OverlayTree() {}

    static MountedTree of(MountOptions options) throws UsageException, ErrnoException {
        OverlayTree tree = new OverlayTree();
        boolean made = false;
        try {
            OverlayFileSystem overlay = new OverlayFileSystem(tree.vfs, Credentials.root(), tree.read(options));
            VirtualDentry root = tree.vfs.newMountNamespace(overlay).root();
            made = true;
            return new MountedTree(tree.vfs, root, true, false, false, tree::close);
        } finally {
            if (!made) {
                tree.close();
            }
        }
    }

    private OverlayOptions read(MountOptions options) throws UsageException, ErrnoException {
        String lowers = options.take("lowerdir");
        if (lowers == null) {
            throw new UsageException("mount: --type overlay needs -o lowerdir=DIR[:DIR…]");
        }
        OverlayOptions.Builder builder = OverlayOptions.builder();
        for (String lower : split(lowers)) {
            if (lower.isEmpty()) {
                throw UsageException.invalid("--options", "lowerdir=" + lowers, "a directory has no name");
            }
            builder.lower(root(Path.of(lower)));
        }
        addUpper(builder, options.take("upperdir"), options.take("workdir"));
        builder.userAttributes(options.takeFlag("userxattr"));
        builder.isVolatile(options.takeFlag("volatile"));
        String metacopy = options.take("metacopy");
        if (metacopy != null) {
            builder.metacopy(MountedTree.isOn("metacopy", metacopy, false));
        }
        String redirects = options.take("redirect_dir");
        if (redirects != null) {
            builder.redirects(redirects(redirects));
        }
        return builder.build();
    }

    private void addUpper(OverlayOptions.Builder builder, @Nullable String upper, @Nullable String work)
            throws UsageException, ErrnoException {
        if (upper == null && work == null) {
            return;
        }
        if (upper == null || work == null) {
            throw new UsageException("mount: upperdir and workdir of an overlay are given together or not at all");
        }
        Path top = Path.of(upper).toAbsolutePath().normalize();
        Path beside = Path.of(work).toAbsolutePath().normalize();
        Path above = top.getParent();
        while (above != null && !beside.startsWith(above)) {
            above = above.getParent();
        }
        if (above == null || top.startsWith(beside) || beside.startsWith(top)) {
            throw new UsageException("mount: upperdir and workdir must be two directories of one file system");
        }
        VirtualDentry root = root(above);
        builder.upper(below(root, above.relativize(top)), below(root, above.relativize(beside)));
    }

    private VirtualDentry root(Path directory) throws ErrnoException {
        HostFileSystem host = HostFileSystem.open(directory.toAbsolutePath().toString(), LAYER);
        layers.push(host);
        return vfs.newMountNamespace(host).root();
    }

    private VirtualDentry below(VirtualDentry root, Path path) throws ErrnoException {
        return vfs.lookup(
                Credentials.root(),
                new PathOperation().root(root).start(root).path(path.toString()).followFinal(true));
    }

    /** Names are separated by colons; a backslash takes one for what it is, as in the kernel. */
    static List<String> split(String lowers) {
        List<String> names = new ArrayList<>();
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < lowers.length(); i++) {
            char c = lowers.charAt(i);
            if (c == '\\' && i + 1 < lowers.length()) {
                name.append(lowers.charAt(++i));
            } else if (c == ':') {
                names.add(name.toString());
                name.setLength(0);
            } else {
                name.append(c);
            }
        }
        names.add(name.toString());
        return names;
    }

    private static OverlayOptions.Redirects redirects(String text) throws UsageException {
        return switch (text) {
            case "on" -> OverlayOptions.Redirects.ON;
            case "follow", "off" -> OverlayOptions.Redirects.FOLLOW;
            case "nofollow" -> OverlayOptions.Redirects.NO_FOLLOW;
            default ->
                throw UsageException.invalid(
                        "--options", "redirect_dir=" + text, "it can be on, follow, nofollow or off");
        };
    }

    private void close() {
        while (!layers.isEmpty()) {
            layers.pop().close();
        }
    }
}
