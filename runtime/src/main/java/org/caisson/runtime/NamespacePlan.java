package org.caisson.runtime;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.ContainerException.Kind;
import org.caisson.runtime.spec.LinuxSpec;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.stage.Namespace;
import org.caisson.runtime.stage.NamespaceOrders;
import org.jspecify.annotations.Nullable;

/** Which namespaces a container makes and joins. A system container always has its own user and cgroup namespace. */
final class NamespacePlan implements AutoCloseable {
    private final Set<Namespace> created = EnumSet.noneOf(Namespace.class);
    private final List<JoinedNamespace> joined = new ArrayList<>();
    private final NamespaceOrders orders = new NamespaceOrders();
    private boolean ownNetwork;
    private boolean ownUts;
    private boolean ownIpc;
    private @Nullable String pidPath;

    static NamespacePlan of(Spec spec, IdMaps ids) throws ContainerException {
        NamespacePlan plan = new NamespacePlan();
        try {
            plan.plan(spec.linux(), ids);
            return plan;
        } catch (ContainerException e) {
            plan.close();
            throw e;
        }
    }

    private void plan(LinuxSpec linux, IdMaps ids) throws ContainerException {
        created.add(Namespace.USER);
        created.add(Namespace.CGROUP);
        for (LinuxSpec.Namespace namespace : linux.namespaces()) {
            Namespace kind = kind(namespace.type());
            String path = namespace.path();
            if (path == null) {
                created.add(kind);
            } else if (kind == Namespace.USER || kind == Namespace.MOUNT || kind == Namespace.TIME) {
                throw new ContainerException(
                        Kind.BAD_SPEC,
                        "linux.namespaces: a container with a given "
                                + namespace.type().text() + " namespace is not offered: leave its path away");
            } else {
                created.remove(kind);
                if (kind == Namespace.PID) {
                    pidPath = path;
                }
                join(kind, path);
            }
        }
        if (!created.contains(Namespace.MOUNT)) {
            throw new ContainerException(
                    Kind.BAD_SPEC, "linux.namespaces: mount is missing: a container needs its own mount namespace");
        }
        if (linux.namespace(LinuxSpec.Namespace.Type.PID) == null) {
            throw new ContainerException(
                    Kind.BAD_SPEC, "linux.namespaces: pid is missing: a system container cannot share the host's");
        }
        ownNetwork = created.contains(Namespace.NETWORK);
        ownUts = created.contains(Namespace.UTS);
        ownIpc = created.contains(Namespace.IPC);
        orders.create(created.toArray(new Namespace[0]));
        orders.idMaps(ids.uids(), ids.gids());
        if (!linux.timeOffsets().isEmpty()) {
            StringBuilder lines = new StringBuilder();
            for (Map.Entry<String, LinuxSpec.TimeOffset> entry :
                    linux.timeOffsets().entrySet()) {
                lines.append(entry.getKey()).append(' ').append(entry.getValue().secs());
                lines.append(' ').append(entry.getValue().nanosecs()).append('\n');
            }
            orders.timeOffsets(lines.toString());
        }
    }

    private void join(Namespace kind, String path) throws ContainerException {
        try {
            OwnedFd file = FileCalls.open(path, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
            joined.add(new JoinedNamespace(kind, file));
            orders.join(kind, file);
        } catch (ErrnoException e) {
            throw new ContainerException(
                    Kind.BAD_SPEC,
                    "linux.namespaces: " + path + " cannot be joined: "
                            + e.errno().text(),
                    e);
        }
    }

    private static Namespace kind(LinuxSpec.Namespace.Type type) {
        return switch (type) {
            case PID -> Namespace.PID;
            case NETWORK -> Namespace.NETWORK;
            case MOUNT -> Namespace.MOUNT;
            case IPC -> Namespace.IPC;
            case UTS -> Namespace.UTS;
            case USER -> Namespace.USER;
            case CGROUP -> Namespace.CGROUP;
            case TIME -> Namespace.TIME;
        };
    }

    NamespaceOrders orders() {
        return orders;
    }

    /** Whether the network is the container's: its loopback interface to bring up, its sysfs to mount. */
    boolean ownNetwork() {
        return ownNetwork;
    }

    /** Whether the host name is the container's to set. */
    boolean ownUts() {
        return ownUts;
    }

    /** Whether the message queues are the container's, and their file system is to mount. */
    boolean ownIpc() {
        return ownIpc;
    }

    /** The file of the pid namespace, if it is not the container's own. */
    @Nullable
    String pidPath() {
        return pidPath;
    }

    /** Sets a kernel parameter of a namespace that is joined. False if it is none of those. */
    boolean setJoinedSysctl(String parameter, String value) throws ContainerException {
        for (JoinedNamespace namespace : joined) {
            if (namespace.has(parameter)) {
                namespace.set(parameter, value);
                return true;
            }
        }
        return false;
    }

    /** {@code CLONE_NEW*} of all namespaces that the container does not share with the host. */
    static int flags(Spec spec) {
        int flags = Namespace.USER.cloneFlag() | Namespace.CGROUP.cloneFlag();
        for (LinuxSpec.Namespace namespace : spec.linux().namespaces()) {
            flags |= kind(namespace.type()).cloneFlag();
        }
        return flags;
    }

    @Override
    public void close() {
        for (JoinedNamespace namespace : joined) {
            namespace.file().close();
        }
    }
}
