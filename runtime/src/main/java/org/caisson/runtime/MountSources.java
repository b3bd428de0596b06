package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.runtime.spec.ImageFile;
import org.caisson.runtime.stage.MountAttributes;
import org.caisson.runtime.stage.Propagation;
import org.jspecify.annotations.Nullable;

/** Detached mounts of host files for one container, id-mapped where wanted; closed when the container has its copies. */
final class MountSources implements AutoCloseable {
    private final OwnedFd userNamespace;
    private final IdMaps ids;
    private final Consumer<String> warnings;
    private final ServedLayers layers;
    private final ImageMounts images;
    private final List<OwnedFd> open = new ArrayList<>();

    MountSources(
            OwnedFd userNamespace, IdMaps ids, Consumer<String> warnings, ServedLayers layers, ImageMounts images) {
        this.layers = layers;
        this.images = images;
        this.userNamespace = userNamespace;
        this.ids = ids;
        this.warnings = warnings;
    }

    /** The host's root directory without what is mounted beneath it. */
    OwnedFd hostRoot() throws IOException {
        OwnedFd mount = keep(clone("/", false));
        makePrivate(mount, false);
        if (!idmap(mount, false, MountAttributes.NO_DEVICES)) {
            warnings.accept(
                    "the host's root file system cannot be id-mapped (run caisson check): files that only root may"
                            + " read are not readable in the container");
        }
        return mount;
    }

    /** A directory of the host on which something is mounted, without what is mounted beneath it; null if there is none. */
    @Nullable
    OwnedFd hostMount(String directory) throws IOException {
        OwnedFd mount;
        try {
            mount = keep(clone(directory, false));
        } catch (ContainerException e) {
            return null; // It is covered, or was taken off meanwhile.
        }
        if (!StatMode.isDirectory(FileInfo.of(mount).mode())) {
            return null;
        }
        makePrivate(mount, false);
        if (!idmap(mount, false, MountAttributes.NO_DEVICES)) {
            warnings.accept("the file system of " + directory
                    + " cannot be id-mapped: files that only root may read are not readable in the container");
        }
        return mount;
    }

    /** A root directory of the container's own, in which no device can be opened. */
    OwnedFd directory(Path rootfs) throws IOException {
        OwnedFd mount = keep(clone(rootfs.toString(), true));
        makePrivate(mount, true);
        if (!ids.holds(FileInfo.of(mount).uid()) && !idmap(mount, true, MountAttributes.NO_DEVICES)) {
            warnings.accept("the file system of " + rootfs
                    + " cannot be id-mapped: its files belong to nobody in the container; change their owner to "
                    + ids.rootUid() + " or use another file system");
        }
        setAttributes(mount, true, MountAttributes.NO_DEVICES, 0, 0, rootfs.toString());
        return mount;
    }

    /** The same, read-only but for what is mounted beneath it. */
    OwnedFd readOnlyDirectory(Path rootfs) throws IOException {
        OwnedFd mount = directory(rootfs);
        setAttributes(mount, false, MountAttributes.READ_ONLY, 0, 0, rootfs.toString());
        return mount;
    }

    /** A layer of an image, whose files belong to the container's users as they did to those who made it. */
    OwnedFd layer(ImageFile image) throws IOException {
        OwnedFd served = layers.mount(image.path());
        OwnedFd mount = keep(served == null ? images.mount(image) : served);
        try {
            if (!ids.holds(FileInfo.of(mount).uid()) && !idmap(mount, false, 0)) {
                throw new ContainerException("the layer " + image.path() + " cannot be id-mapped: this takes "
                        + (served == null
                                ? "Linux 5.19 or newer with id-mapped mounts of EROFS"
                                : "Linux 6.12 or newer with id-mapped mounts of FUSE; caisson image pull"
                                        + " completes the image"));
            }
        } catch (ErrnoException e) {
            throw new ContainerException("the layer " + image.path() + " cannot be id-mapped: " + e.getMessage(), e);
        }
        return mount;
    }

    /** A procfs of a pid namespace that is not the container's own, by the path of its file. */
    OwnedFd procfs(String pidNamespace, long attributes, String options) throws ContainerException {
        try (OwnedFd context = MountCalls.fsopen("proc")) {
            MountCalls.fsconfigString(context.number(), "pidns", pidNamespace);
            for (String option : options.split(",", -1)) {
                int equals = option.indexOf('=');
                if (equals >= 0) {
                    MountCalls.fsconfigString(
                            context.number(), option.substring(0, equals), option.substring(equals + 1));
                } else if (!option.isEmpty()) {
                    MountCalls.fsconfigFlag(context.number(), option);
                }
            }
            MountCalls.fsconfigCreate(context.number());
            return keep(MountCalls.fsmount(context.number(), (int) attributes));
        } catch (ErrnoException e) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    "linux.namespaces: a procfs of the pid namespace " + pidNamespace + " cannot be mounted: "
                            + e.errno().text()
                            + "; it takes Linux 6.17 or newer, or a pid namespace of the container's own",
                    e);
        }
    }

    /** A bind mount with its attributes set. */
    OwnedFd bind(String source, MountOptions options, boolean wantIdmap) throws IOException {
        OwnedFd mount = keep(clone(source, options.recursive));
        FileInfo info = FileInfo.of(mount);
        boolean devices = info.isDevice() || (options.clear & MountAttributes.NO_DEVICES) != 0;
        if (wantIdmap
                && !ids.holds(info.uid())
                && !idmap(mount, options.recursive, devices ? 0 : MountAttributes.NO_DEVICES)) {
            warnings.accept("the file system of " + source
                    + " cannot be id-mapped: its files belong to nobody in the container");
        }
        long propagation = options.propagation == Propagation.UNCHANGED ? MountFlags.MS_PRIVATE : propagation(options);
        setAttributes(mount, options.recursive, options.recursiveSet, options.recursiveClear, propagation, source);
        setAttributes(mount, false, options.set, options.clear, 0, source);
        return mount;
    }

    private static long propagation(MountOptions options) {
        return switch (options.propagation) {
            case UNCHANGED -> 0;
            case PRIVATE -> MountFlags.MS_PRIVATE;
            case SLAVE -> MountFlags.MS_SLAVE;
            case SHARED -> MountFlags.MS_SHARED;
            case UNBINDABLE -> MountFlags.MS_UNBINDABLE;
        };
    }

    private static void setAttributes(
            OwnedFd mount, boolean recursive, long set, long clear, long propagation, String source)
            throws ContainerException {
        if (set == 0 && clear == 0 && propagation == 0) {
            return;
        }
        try {
            MountCalls.mountSetattr(
                    mount.number(),
                    "",
                    AtFlags.AT_EMPTY_PATH | (recursive ? AtFlags.AT_RECURSIVE : 0),
                    set,
                    clear,
                    propagation,
                    0);
        } catch (ErrnoException e) {
            throw new ContainerException(
                    "the mount of " + source + " cannot be given its options: "
                            + e.errno().text(),
                    e);
        }
    }

    private static OwnedFd clone(String source, boolean recursive) throws ContainerException {
        try {
            return MountCalls.openTree(
                    AtFlags.AT_FDCWD,
                    source,
                    MountFlags.OPEN_TREE_CLONE | OpenFlags.O_CLOEXEC | (recursive ? AtFlags.AT_RECURSIVE : 0));
        } catch (ErrnoException e) {
            String advice = e.errno() == Errno.ENOENT
                    ? "there is no such file; create it or correct the path"
                    : e.errno() == Errno.EPERM
                            ? "run caisson as root"
                            : e.errno().text();
            throw new ContainerException(source + " cannot be shown in the container: " + advice, e);
        }
    }

    private static void makePrivate(OwnedFd mount, boolean recursive) throws ContainerException {
        setAttributes(mount, recursive, 0, 0, MountFlags.MS_PRIVATE, "the root");
    }

    /**
     * False if a file system in the tree cannot. Id-mapping makes the host's root the container's, and with it the owner
     * of device nodes that lie there: they open nothing. Those that a container needs are bound one by one.
     */
    private boolean idmap(OwnedFd mount, boolean recursive, long attributes) throws ErrnoException {
        try {
            MountCalls.mountSetattr(
                    mount.number(),
                    "",
                    AtFlags.AT_EMPTY_PATH | (recursive ? AtFlags.AT_RECURSIVE : 0),
                    MountFlags.MOUNT_ATTR_IDMAP | attributes,
                    0,
                    0,
                    userNamespace.number());
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.EOPNOTSUPP) {
                return false;
            }
            throw e;
        }
    }

    /** Closes a mount with the others. */
    OwnedFd keep(OwnedFd mount) {
        open.add(mount);
        return mount;
    }

    @Override
    public void close() {
        for (OwnedFd mount : open) {
            mount.close();
        }
    }
}
