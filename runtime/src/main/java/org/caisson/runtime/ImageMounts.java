package org.caisson.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.caisson.runtime.spec.ImageFile;
import org.caisson.runtime.stage.MountAttributes;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.jspecify.annotations.Nullable;

/**
 * Detached mounts of EROFS images for one container, by the kernel.
 *
 * <p>What the kernel reads of a file system it keeps once for each mount(2) of the image's file, not once for the file. So containers of one
 * image have clones of one mount: a keeper holds that mount as it was made, before anything was set on it, until its container has ended, and
 * notes its descriptor in the container's directory. The next one fetches it with pidfd_getfd(2), and holds it too. Clones of a mount that is
 * attached nowhere take Linux 6.15; before, each container has a mount of its own.
 */
final class ImageMounts implements AutoCloseable {
    private final StateDirectory states;
    private final String container;
    private final List<OwnedFd> held = new ArrayList<>();
    private final StringBuilder notes = new StringBuilder();

    ImageMounts(StateDirectory states, String container) {
        this.states = states;
        this.container = container;
    }

    /** A mount of an image that is the caller's, on which anything may be set. */
    OwnedFd mount(ImageFile image) throws IOException {
        try {
            String identity = identity(image.path());
            OwnedFd present = present(identity);
            OwnedFd whole = present == null ? make(image) : present;
            OwnedFd clone = cloneOf(whole);
            if (clone == null) {
                return whole;
            }
            held.add(whole);
            notes.append(ProcessCalls.getpid()).append(' ').append(whole.number());
            notes.append(' ').append(identity).append('\n');
            states.writeFile(container, StateDirectory.MOUNTS, notes.toString());
            return clone;
        } catch (ErrnoException e) {
            throw new ContainerException(
                    "the layer " + image.path() + " cannot be mounted: " + e.getMessage()
                            + "; this takes root and Linux 6.12 or newer with EROFS and its file-backed mounts",
                    e);
        }
    }

    /** What a file is whatever its name: no other one, and no other content, has that as long as it is in use. */
    private static String identity(String path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            FileCalls.statx(AtFlags.AT_FDCWD, path, 0, Statx.STATX_BASIC_STATS, stat);
            return stat.deviceMajor() + ":" + stat.deviceMinor() + ":" + stat.inode() + ":" + stat.size() + ":"
                    + stat.modificationSeconds() + "." + stat.modificationNanos();
        }
    }

    /** The mount of the image that a living keeper holds; null if none does. */
    private @Nullable OwnedFd present(String identity) throws IOException {
        for (String other : states.ids()) {
            OwnedFd mount = other.equals(container) ? null : of(other, identity);
            if (mount != null) {
                return mount;
            }
        }
        return null;
    }

    private @Nullable OwnedFd of(String other, String identity) throws IOException {
        String noted = notes(other);
        for (String line : noted.lines().toList()) {
            String[] words = line.split(" ", 3);
            if (words.length == 3 && words[2].equals(identity)) {
                OwnedFd mount = fetch(other, Integer.parseInt(words[0]), Integer.parseInt(words[1]));
                if (mount == null || notes(other).equals(noted)) {
                    return mount;
                }
                mount.close(); // It is another descriptor if the keeper was closing them: it takes the notes away
                // first.
            }
        }
        return null;
    }

    private String notes(String other) throws IOException {
        try {
            return Files.readString(states.of(other).resolve(StateDirectory.MOUNTS), StandardCharsets.US_ASCII);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** A copy of a keeper's descriptor; null if the keeper has ended. */
    private @Nullable OwnedFd fetch(String other, int keeper, int descriptor) throws IOException {
        try (OwnedFd process = ProcessCalls.pidfdOpen(keeper)) {
            // If it lives now, it is what was opened.
            try (FileLock dead = states.tryAlive(other)) {
                if (dead != null || !states.isContainer(other)) {
                    return null;
                }
            }
            return ProcessCalls.pidfdGetfd(process.number(), descriptor);
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case ESRCH, EBADF, EPERM -> null;
                default -> throw e;
            };
        }
    }

    private static OwnedFd make(ImageFile image) throws ErrnoException {
        try (OwnedFd context = MountCalls.fsopen("erofs")) {
            MountCalls.fsconfigString(context.number(), "source", image.path());
            for (String device : image.devices()) {
                MountCalls.fsconfigString(context.number(), "device", device);
            }
            MountCalls.fsconfigFlag(context.number(), "ro");
            MountCalls.fsconfigCreate(context.number());
            long attributes = MountAttributes.READ_ONLY | MountAttributes.NO_DEVICES;
            return MountCalls.fsmount(context.number(), (int) attributes);
        }
    }

    /** Null if this kernel makes none of what is attached nowhere. */
    private static @Nullable OwnedFd cloneOf(OwnedFd mount) throws ErrnoException {
        try {
            return MountCalls.openTree(
                    mount.number(), "", AtFlags.AT_EMPTY_PATH | MountFlags.OPEN_TREE_CLONE | OpenFlags.O_CLOEXEC);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EINVAL) {
                return null;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(states.of(container).resolve(StateDirectory.MOUNTS));
        } catch (IOException e) {
            return; // Who reads the notes must find what they say: the descriptors go with this process.
        }
        held.forEach(OwnedFd::close);
        held.clear();
    }
}
