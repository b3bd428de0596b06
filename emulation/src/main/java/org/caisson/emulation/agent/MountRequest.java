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
        request.assemble(pidNamespace, networkNamespace, type, options, attributes, parts);
        request.enter(mountNamespace);
        request.calls.attach(TREE, request.passed(target));
        return request;
    }

    /** The whole tree in a private mount namespace. A part that the container does not have any more stays out. */
    private void assemble(
            @Nullable OwnedFd pidNamespace,
            @Nullable OwnedFd networkNamespace,
            String type,
            String options,
            long attributes,
            List<MountPart> parts) {
        if (pidNamespace != null) {
            calls.runOn(passed(pidNamespace), Call.SETNS, CloneFlags.CLONE_NEWPID);
            calls.run(Call.FORK_WORKER);
        }
        calls.run(Call.UNSHARE, CloneFlags.CLONE_NEWNS);
        calls.setAttributes(NOWHERE, "/", true, 0, 0, MountFlags.MS_PRIVATE);
        cloneParts(parts);
        if (networkNamespace != null) {
            calls.runOn(passed(networkNamespace), Call.SETNS, CloneFlags.CLONE_NEWNET);
        }
        calls.newMount(TREE, type, type, options, attributes);
        calls.into(TARGET).open(NOWHERE, "/", OpenFlags.O_PATH, 0);
        calls.attach(TREE, TARGET);
        for (int i = 0; i < parts.size(); i++) {
            calls.into(BELOW).forgiveAll().skip(0, 2);
            calls.open(
                    TREE,
                    parts.get(i).below(),
                    OpenFlags.O_PATH,
                    OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_NO_SYMLINKS);
            calls.forgive(Errno.EBADF).skip(0, 1);
            calls.setAttributes(FIRST_PART + i, "", true, attributes & MountFlags.MOUNT_ATTR_RDONLY, 0, 0);
            calls.forgive(Errno.EBADF).attach(FIRST_PART + i, BELOW);
        }
        calls.into(TREE).cloneTree(TREE, "", AtFlags.AT_RECURSIVE);
    }

    static MountRequest bind(OwnedFd mountNamespace, OwnedFd source, OwnedFd target, long set, long clear) {
        MountRequest request = new MountRequest();
        request.enter(mountNamespace);
        request.calls.into(TREE).cloneTree(request.passed(source), "", AtFlags.AT_RECURSIVE);
        request.calls.setAttributes(TREE, "", true, set, clear, 0);
        request.calls.attach(TREE, request.passed(target));
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
            calls.forgive(Errno.EINVAL).setAttributes(BELOW, "", true, set, clear, 0);
        }
        return request;
    }

    /** A busy base gets its parts back; that it is busy is then found out again, and told. */
    static MountRequest unmount(OwnedFd mountNamespace, OwnedFd parent, String name, int flags, List<MountPart> parts) {
        MountRequest request = new MountRequest();
        CallWriter calls = request.calls;
        request.cloneParts(parts);
        request.enter(mountNamespace);
        calls.runOn(request.passed(parent), Call.FCHDIR);
        for (int i = parts.size() - 1; i >= 0; i--) {
            calls.forgiveAll().skip(1, 0);
            request.takeOff(name + "/" + parts.get(i).below(), MountFlags.MNT_DETACH);
            calls.run(Call.CLOSE_SLOT, FIRST_PART + i);
        }
        int how = flags & (MountFlags.MNT_DETACH | MountFlags.MNT_FORCE);
        calls.forgiveAll().skip(2 * parts.size() + 2, 0);
        request.takeOff(name, how);
        for (int i = 0; i < parts.size(); i++) {
            calls.into(BELOW).forgiveAll().skip(0, 1);
            calls.open(NOWHERE, name + "/" + parts.get(i).below(), OpenFlags.O_PATH, OpenFlags.RESOLVE_NO_SYMLINKS);
            calls.forgiveAll().attach(FIRST_PART + i, BELOW);
        }
        calls.run(Call.CLOSE_SLOT, BELOW);
        request.takeOff(name, how);
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

    private void takeOff(String path, int flags) {
        calls.call(Call.UMOUNT2)
                .string(path)
                .number(flags | MountFlags.UMOUNT_NOFOLLOW)
                .end();
    }

    private void enter(OwnedFd mountNamespace) {
        calls.runOn(passed(mountNamespace), Call.SETNS, CloneFlags.CLONE_NEWNS);
    }

    private void cloneParts(List<MountPart> parts) {
        if (parts.size() > MOST_PARTS) {
            throw new IllegalArgumentException(parts.size() + " parts: more than " + MOST_PARTS);
        }
        for (int i = 0; i < parts.size(); i++) {
            calls.into(FIRST_PART + i).forgive(Errno.ENOENT, Errno.EINVAL);
            calls.cloneTree(NOWHERE, parts.get(i).containerPath(), AtFlags.AT_RECURSIVE | AtFlags.AT_SYMLINK_NOFOLLOW);
        }
    }

    private int passed(OwnedFd descriptor) {
        descriptors.add(descriptor);
        return CallWriter.PASSED + descriptors.size() - 1;
    }
}
