package org.caisson.emulation.agent;

import static org.caisson.emulation.agent.CallWriter.NOWHERE;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.CloneFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/** The calls with which a worker of the agent's mounts, in the order in which they show nothing half done. */
final class MountRequest {
    private static final int MOST_PARTS = CallWriter.PASSED - 16;

    private static final int TREE = 5;
    private static final int TARGET = 6;
    private static final int BELOW = 7;
    private static final int FIRST_PART = 16;

    /** What no file of the kernel's needs, nor the null device that hides one. */
    private static final long HARMLESS = MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NOEXEC;

    /** What parts share with their base. Access times of what is locked are locked, too (mount_namespaces(7)). */
    private static final long CHANGEABLE = MountFlags.MOUNT_ATTR_RDONLY
            | MountFlags.MOUNT_ATTR_NOSUID
            | MountFlags.MOUNT_ATTR_NODEV
            | MountFlags.MOUNT_ATTR_NOEXEC
            | MountFlags.MOUNT_ATTR_NOSYMFOLLOW;

    private final CallWriter calls = new CallWriter();
    private final List<OwnedFd> descriptors = new ArrayList<>();

    static MountRequest create(
            OwnedFd mountNamespace,
            @Nullable OwnedFd pidNamespace,
            @Nullable OwnedFd networkNamespace,
            OwnedFd target,
            String type,
            String options,
            long attributes,
            List<MountPart> parts) {
        MountRequest request = new MountRequest();
        CallWriter calls = request.calls;
        request.enterPids(pidNamespace);
        request.cloneParts(parts);
        request.enterNetwork(networkNamespace);
        // Attributes come later: what a mount has when it is locked, it keeps.
        calls.newMount(TREE, type, type, options, 0, attributes & MountFlags.MOUNT_ATTR_RDONLY);
        request.assemble(attributes, parts);
        request.enter(mountNamespace);
        calls.attach(TREE, request.passed(target));
        return request;
    }

    static MountRequest open(String type, @Nullable OwnedFd pidNamespace, @Nullable OwnedFd networkNamespace) {
        MountRequest request = new MountRequest();
        request.enterPids(pidNamespace);
        request.enterNetwork(networkNamespace);
        request.calls.into(TREE).call(Call.FSOPEN).string(type).number(1).end();
        request.give(TREE, NOWHERE);
        return request;
    }

    /** The same tree as {@link #create} makes, of a file system that somebody has configured. */
    static MountRequest fsmount(OwnedFd context, long attributes, List<MountPart> parts) {
        MountRequest request = new MountRequest();
        request.cloneParts(parts);
        int configured = request.passed(context);
        long otherwise = attributes & MountFlags.MOUNT_ATTR_RDONLY;
        request.calls.into(TREE).forgive(Errno.EPERM).skip(1, 0).runOn(configured, Call.FSMOUNT, 1, 0);
        request.calls.into(TREE).runOn(configured, Call.FSMOUNT, 1, otherwise);
        request.assemble(attributes, parts);
        request.giveTree();
        return request;
    }

    static MountRequest copyTree(OwnedFd mountNamespace, OwnedFd source) {
        MountRequest request = new MountRequest();
        request.enter(mountNamespace);
        request.calls.into(TREE).cloneTree(request.passed(source), "", AtFlags.AT_RECURSIVE);
        request.giveTree();
        return request;
    }

    /** A listener can add no {@code O_PATH} descriptor to a caller: it gets its root, opened, and we keep the tree. */
    private void giveTree() {
        calls.into(TARGET).open(TREE, ".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
        give(TREE, TARGET);
    }

    private void give(int first, int second) {
        calls.call(Call.GIVE_RESULT).slot(first).slot(second).end();
    }

    private void enterPids(@Nullable OwnedFd namespace) {
        if (namespace != null) {
            calls.runOn(passed(namespace), Call.SETNS, CloneFlags.CLONE_NEWPID);
            calls.run(Call.FORK_WORKER);
        }
    }

    private void enterNetwork(@Nullable OwnedFd namespace) {
        if (namespace != null) {
            calls.runOn(passed(namespace), Call.SETNS, CloneFlags.CLONE_NEWNET);
        }
    }

    /**
     * Puts the parts over what is in the slot for the tree, in a private mount namespace, and takes a locked copy of it: no
     * part can be taken off. The parts are those of the agent's own tree, where nothing inside can reach them, and without
     * one of them nothing is mounted.
     */
    private void assemble(long attributes, List<MountPart> parts) {
        calls.into(TARGET).open(NOWHERE, "/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        calls.attach(TREE, TARGET);
        for (int i = 0; i < parts.size(); i++) {
            MountPart part = parts.get(i);
            if (!part.required()) {
                calls.forgiveAll().skip(0, 1);
            }
            calls.into(BELOW)
                    .open(
                            TREE,
                            part.below(),
                            OpenFlags.O_PATH,
                            OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_NO_SYMLINKS);
            if (!part.required()) {
                calls.forgive(Errno.EBADF);
            }
            calls.attach(FIRST_PART + i, BELOW);
        }
        calls.runOn(TREE, Call.FCHDIR);
        CallWriter copying = calls.sibling();
        copying.into(TREE).cloneTree(NOWHERE, "", AtFlags.AT_RECURSIVE);
        calls.inCopy(TREE, 1, copying);
        calls.setAttributes(TREE, "", true, (attributes & ~MountFlags.MOUNT_ATTR_NODEV) | HARMLESS, 0, 0);
        calls.setAttributes(TREE, "", false, MountFlags.MOUNT_ATTR_NODEV, 0, 0);
    }

    static MountRequest bind(OwnedFd mountNamespace, OwnedFd source, OwnedFd target, long set, long clear) {
        MountRequest request = new MountRequest();
        request.enter(mountNamespace);
        request.calls.into(TREE).cloneTree(request.passed(source), "", AtFlags.AT_RECURSIVE);
        request.calls.setAttributes(TREE, "", true, set, clear, 0);
        request.calls.attach(TREE, request.passed(target));
        return request;
    }

    static MountRequest attach(OwnedFd mountNamespace, OwnedFd tree, OwnedFd target) {
        MountRequest request = new MountRequest();
        request.enter(mountNamespace);
        request.calls.attach(request.passed(tree), request.passed(target));
        return request;
    }

    /** A part that is not mounted there has no attributes to change (EINVAL). */
    static MountRequest change(OwnedFd mountNamespace, OwnedFd target, long set, long clear, List<MountPart> parts) {
        MountRequest request = new MountRequest();
        CallWriter calls = request.calls;
        request.enter(mountNamespace);
        int mount = request.passed(target);
        calls.setAttributes(mount, "", false, set, clear, 0);
        for (MountPart part : parts) {
            calls.into(BELOW).forgiveAll().skip(0, 1);
            calls.open(
                    mount, part.below(), OpenFlags.O_PATH, OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_NO_SYMLINKS);
            calls.forgive(Errno.EINVAL).setAttributes(BELOW, "", true, set & CHANGEABLE, clear & CHANGEABLE, 0);
        }
        return request;
    }

    /** In a tree that is attached nowhere the kernel changes all mounts or the root (EINVAL for another). */
    static MountRequest changeDetached(
            OwnedFd mountNamespace, OwnedFd tree, long set, long clear, long propagation, long setBelow) {
        MountRequest request = new MountRequest();
        request.enter(mountNamespace);
        int root = request.passed(tree);
        request.calls.setAttributes(root, "", false, set, clear, propagation);
        // A null device that hides something stays one, and nobody makes what is read-only writable.
        request.calls.setAttributes(root, "", true, setBelow & ~MountFlags.MOUNT_ATTR_NODEV, 0, 0);
        return request;
    }

    /** The base and its parts at once, for they are locked together; who still uses them keeps what he has. */
    static MountRequest detach(OwnedFd mountNamespace, OwnedFd base) {
        MountRequest request = new MountRequest();
        request.enter(mountNamespace);
        request.calls.runOn(request.passed(base), Call.FCHDIR);
        request.calls
                .call(Call.UMOUNT2)
                .string(".")
                .number(MountFlags.MNT_DETACH)
                .end();
        return request;
    }

    byte[] encoded() {
        return calls.toByteArray();
    }

    int[] descriptors() {
        int[] numbers = new int[descriptors.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = descriptors.get(i).number();
        }
        return numbers;
    }

    private void enter(OwnedFd mountNamespace) {
        calls.runOn(passed(mountNamespace), Call.SETNS, CloneFlags.CLONE_NEWNS);
    }

    /** In a mount namespace that is the worker's alone. */
    private void cloneParts(List<MountPart> parts) {
        calls.run(Call.UNSHARE, CloneFlags.CLONE_NEWNS);
        calls.setAttributes(NOWHERE, "/", true, 0, 0, MountFlags.MS_PRIVATE);
        if (parts.size() > MOST_PARTS) {
            throw new IllegalArgumentException(parts.size() + " parts: more than " + MOST_PARTS);
        }
        for (int i = 0; i < parts.size(); i++) {
            MountPart part = parts.get(i);
            if (!part.required()) {
                calls.forgive(Errno.ENOENT, Errno.ENOTDIR);
            }
            calls.into(FIRST_PART + i)
                    .cloneTree(NOWHERE, part.agentPath(), AtFlags.AT_RECURSIVE | AtFlags.AT_SYMLINK_NOFOLLOW);
        }
    }

    private int passed(OwnedFd descriptor) {
        descriptors.add(descriptor);
        return CallWriter.PASSED + descriptors.size() - 1;
    }
}
