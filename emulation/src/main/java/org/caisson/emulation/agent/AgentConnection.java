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

    /** Puts a detached mount on {@code target}. */
    public void attach(OwnedFd mountNamespace, OwnedFd tree, OwnedFd target) throws ErrnoException {
        request(MountRequest.attach(mountNamespace, tree, target));
    }

    /** Changes the attributes of the mount {@code target} and of the parts below it, where they are. */
    public void change(
            OwnedFd mountNamespace, OwnedFd target, long setAttributes, long clearAttributes, List<MountPart> parts)
            throws ErrnoException {
        request(MountRequest.change(mountNamespace, target, setAttributes, clearAttributes, parts));
    }

    /** fsopen(2) of a procfs that shows a pid namespace. */
    public OwnedFd openProc(OwnedFd pidNamespace) throws ErrnoException {
        return results(MountRequest.open("proc", pidNamespace, null), 1).getFirst();
    }

    /** fsopen(2) of a sysfs that shows a network namespace. */
    public OwnedFd openSys(OwnedFd networkNamespace) throws ErrnoException {
        return results(MountRequest.open("sysfs", null, networkNamespace), 1).getFirst();
    }

    /**
     * fsmount(2) of a configured procfs or sysfs, with the parts over it as {@link #mountProc} puts them. Two descriptors: that of the
     * tree, which is attached nowhere and goes with it, and one of its root as a program may have it.
     */
    public List<OwnedFd> fsmount(OwnedFd context, long attributes, List<MountPart> parts) throws ErrnoException {
        return results(MountRequest.fsmount(context, attributes, parts), 2);
    }

    /** A copy of {@code source} with all that is mounted below it, as {@link #fsmount} gives it. */
    public List<OwnedFd> copyTree(OwnedFd mountNamespace, OwnedFd source) throws ErrnoException {
        return results(MountRequest.copyTree(mountNamespace, source), 2);
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
        results(request, 0);
    }

    private List<OwnedFd> results(MountRequest request, int count) throws ErrnoException {
        List<OwnedFd> results = mounts.exchange("mount", request.encoded(), request.descriptors());
        if (results.size() == count) {
            return results;
        }
        for (OwnedFd unexpected : results) {
            unexpected.close();
        }
        throw ErrnoException.of(Errno.EIO, "mount: the agent gave something else");
    }
}
