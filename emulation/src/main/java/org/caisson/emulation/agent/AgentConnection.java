package org.caisson.emulation.agent;

import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;

/**
 * The way to a container's agent. Descriptors given stay the caller's. Every failure is the errno that the agent got, EIO if it is
 * gone, or EINTR if the thread is interrupted while it waits.
 * File operations and mounts may be asked for by any thread, also at once.
 */
public final class AgentConnection implements AutoCloseable {
    private static final int PROC = 0;
    private static final int SYS = 1;

    private final AgentSocket files;
    private final MountSocket mounts;

    private AgentConnection(OwnedFd files, OwnedFd mounts) {
        this.files = new AgentSocket(files);
        this.mounts = new MountSocket(mounts);
    }

    /** Takes over this side's ends of the agent's two sockets. */
    public static AgentConnection over(OwnedFd files, OwnedFd mounts) {
        return new AgentConnection(files, mounts);
    }

    /** The raw procfs of the container's pid namespace; EBADF if the container was built without. */
    public AgentFiles proc() {
        return new AgentFiles(files, PROC, null, 0);
    }

    /** The raw sysfs of the container's network namespace; EBADF if the container was built without. */
    public AgentFiles sys() {
        return new AgentFiles(files, SYS, null, 0);
    }

    /**
     * Mounts a fresh procfs on {@code target} (an O_PATH descriptor in the caller's mount namespace) with the parts over
     * it, which cannot be taken off it: all at once or not at all. {@code pidNamespace} is a namespace's descriptor or a pidfd; {@code attributes} are
     * {@code MOUNT_ATTR_*}, of which read-only also holds for the parts; {@code options} as in fstab(5).
     */
    public void mountProc(
            OwnedFd mountNamespace,
            OwnedFd pidNamespace,
            OwnedFd target,
            long attributes,
            String options,
            List<MountPart> parts)
            throws ErrnoException {
        request(MountRequest.create(mountNamespace, pidNamespace, null, target, "proc", options, attributes, parts));
    }

    /** As {@link #mountProc}, for a sysfs of the caller's network namespace. */
    public void mountSys(
            OwnedFd mountNamespace,
            OwnedFd networkNamespace,
            OwnedFd target,
            long attributes,
            String options,
            List<MountPart> parts)
            throws ErrnoException {
        request(MountRequest.create(
                mountNamespace, null, networkNamespace, target, "sysfs", options, attributes, parts));
    }

    /** Binds {@code source} with all that is mounted below it on {@code target}. */
    public void bind(OwnedFd mountNamespace, OwnedFd source, OwnedFd target, long setAttributes, long clearAttributes)
            throws ErrnoException {
        request(MountRequest.bind(mountNamespace, source, target, setAttributes, clearAttributes));
    }

    /** Changes the attributes of the mount {@code target} and of the parts below it, where they are. */
    public void change(
            OwnedFd mountNamespace, OwnedFd target, long setAttributes, long clearAttributes, List<MountPart> parts)
            throws ErrnoException {
        request(MountRequest.change(mountNamespace, target, setAttributes, clearAttributes, parts));
    }

    /**
     * fsmount(2) of the caller's own context, in the agent's mount namespace: there a procfs or sysfs is visible, so that
     * the kernel does not refuse another. What comes back has no parts, and is for us alone unless it is neither.
     */
    public OwnedFd fsmount(OwnedFd context, long attributes) throws ErrnoException {
        return result(MountRequest.fsmount(context, attributes));
    }

    /**
     * Covers a procfs or sysfs that is attached nowhere with the parts, as {@link #mountProc} does; what comes back is
     * attached nowhere either.
     */
    public OwnedFd cover(OwnedFd base, long attributes, List<MountPart> parts) throws ErrnoException {
        return result(MountRequest.cover(base, attributes, parts));
    }

    /** A copy of {@code source} with all that is mounted below it, attached nowhere. */
    public OwnedFd copyTree(OwnedFd mountNamespace, OwnedFd source) throws ErrnoException {
        return result(MountRequest.copyTree(mountNamespace, source));
    }

    /** Changes the root of a tree that is attached nowhere, and sets those of the attributes below it that are in {@code below}. */
    public void changeDetached(
            OwnedFd mountNamespace,
            OwnedFd tree,
            long setAttributes,
            long clearAttributes,
            long propagation,
            long below)
            throws ErrnoException {
        request(MountRequest.changeDetached(
                mountNamespace, tree, setAttributes, clearAttributes, propagation, setAttributes & below));
    }

    /** Takes a mount off, by a descriptor of its root, together with what is mounted beneath it (MNT_DETACH). */
    public void detach(OwnedFd mountNamespace, OwnedFd base) throws ErrnoException {
        request(MountRequest.detach(mountNamespace, base));
    }

    /** Ends the conversation; requests under way fail with EIO. */
    @Override
    public void close() {
        files.close();
        mounts.close();
    }

    private void request(MountRequest request) throws ErrnoException {
        OwnedFd unexpected = mounts.exchange("mount", request.encoded(), request.descriptors());
        if (unexpected != null) {
            unexpected.close();
        }
    }

    private OwnedFd result(MountRequest request) throws ErrnoException {
        OwnedFd result = mounts.exchange("mount", request.encoded(), request.descriptors());
        if (result == null) {
            throw ErrnoException.of(Errno.EIO, "mount: the agent gave nothing");
        }
        return result;
    }
}
