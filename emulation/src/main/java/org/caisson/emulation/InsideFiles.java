package org.caisson.emulation;

import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.agent.AgentConnection;
import org.caisson.emulation.agent.AgentFiles;
import org.caisson.emulation.sysctl.NamespaceFiles;
import org.caisson.emulation.trap.TaskNamespaces;
import org.caisson.linux.CloneFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/**
 * The container's procfs through its agent. Where the caller is in a network, IPC or UTS namespace other than the
 * container's first process, the agent enters it for the operation; who comes from outside of the container meets what its
 * first process meets.
 */
final class InsideFiles implements NamespaceFiles {
    /** Set once, before the container's first process runs. */
    private volatile @Nullable Attached attached;

    /** The user namespace of the first process, by its inode number, is the container's. */
    private record Attached(AgentConnection agent, int initPid, long userNamespace, RunIdentity identity) {}

    void attach(AgentConnection agent, int initPid) throws ErrnoException {
        try (OwnedFd users = open(initPid, "user")) {
            attached = new Attached(agent, initPid, FileIdentity.of(users).inode(), RunIdentity.of(initPid));
        }
    }

    @Override
    public Node stat(int caller, String path) throws ErrnoException {
        AgentFiles.FileStatus status = with(caller, path, files -> files.stat(path));
        return new Node(status.mode(), status.uid(), status.gid());
    }

    @Override
    public byte[] read(int caller, String path, int limit) throws ErrnoException {
        return with(caller, path, files -> files.read(path, limit));
    }

    @Override
    public void write(int caller, String path, byte[] content) throws ErrnoException {
        with(caller, path, files -> files.write(path, content));
    }

    @Override
    public List<Entry> list(int caller, String path) throws ErrnoException {
        List<AgentFiles.Entry> found = with(caller, path, files -> files.list(path));
        List<Entry> entries = new ArrayList<>(found.size());
        for (AgentFiles.Entry entry : found) {
            entries.add(new Entry(entry.text(), entry.type()));
        }
        return entries;
    }

    @Override
    public String bootId() throws ErrnoException {
        return attached().identity.bootId();
    }

    /** The same for a container's first process whenever it is asked for. */
    RunIdentity identity() throws ErrnoException {
        return attached().identity;
    }

    @Override
    public void setHostName(int caller, byte[] name) throws ErrnoException {
        try (OwnedFd namespace = utsNamespace(caller)) {
            UtsNamespace.setHostName(namespace, name);
        }
    }

    @Override
    public void setDomainName(int caller, byte[] name) throws ErrnoException {
        try (OwnedFd namespace = utsNamespace(caller)) {
            UtsNamespace.setDomainName(namespace, name);
        }
    }

    /** The caller's, if it may administer it and it is the container's: what is done there is done with the host's rights. */
    private OwnedFd utsNamespace(int caller) throws ErrnoException {
        if (caller == 0) {
            throw Errno.EPERM.exception();
        }
        return TaskNamespaces.administered(caller, "uts", attached().userNamespace);
    }

    private interface Operation<T> {
        T run(AgentFiles files) throws ErrnoException;
    }

    private <T> T with(int caller, String path, Operation<T> operation) throws ErrnoException {
        Attached present = attached();
        AgentFiles files = present.agent.proc();
        String kind = namespaceOf(path);
        if (caller == 0 || kind == null) {
            return operation.run(files);
        }
        OwnedFd namespace;
        try {
            namespace = open(caller, kind);
        } catch (ErrnoException gone) {
            return operation.run(files);
        }
        try (namespace;
                OwnedFd own = open(present.initPid, kind)) {
            boolean same = FileIdentity.of(namespace).equals(FileIdentity.of(own));
            boolean enters = !same && TaskNamespaces.isOwnedWithin(namespace, present.userNamespace);
            return operation.run(enters ? files.in(namespace, cloneFlag(kind)) : files);
        }
    }

    private Attached attached() throws ErrnoException {
        Attached present = attached;
        if (present == null) {
            throw Errno.EAGAIN.exception();
        }
        return present;
    }

    private static OwnedFd open(int pid, String kind) throws ErrnoException {
        return FileCalls.open("/proc/" + pid + "/ns/" + kind, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
    }

    /** The kind of namespace that keeps a sysctl, or null if none of those that may differ does. */
    static @Nullable String namespaceOf(String path) {
        if (path.startsWith("sys/net")) {
            return "net";
        }
        if (path.equals("sys/kernel/hostname") || path.equals("sys/kernel/domainname")) {
            return "uts";
        }
        boolean ipc = path.startsWith("sys/kernel/sem")
                || path.startsWith("sys/kernel/shm")
                || path.startsWith("sys/kernel/msg")
                || path.startsWith("sys/fs/mqueue");
        return ipc ? "ipc" : null;
    }

    private static int cloneFlag(String kind) {
        return switch (kind) {
            case "net" -> CloneFlags.CLONE_NEWNET;
            case "uts" -> CloneFlags.CLONE_NEWUTS;
            default -> CloneFlags.CLONE_NEWIPC;
        };
    }
}
