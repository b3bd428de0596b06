package org.caisson.runtime.stage;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.caisson.emulation.agent.Call;
import org.caisson.emulation.agent.CallWriter;
import org.caisson.linux.Errno;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/** Which namespaces the container makes and which it joins. Every method returns this. */
public final class NamespaceOrders {
    record Join(OwnedFd descriptor, int cloneFlags) {}

    private final Set<Namespace> created = EnumSet.noneOf(Namespace.class);
    private final List<Join> joins = new ArrayList<>();
    private List<IdMap> uidMaps = List.of();
    private List<IdMap> gidMaps = List.of();
    private boolean allowSetgroups = true;
    private boolean becomeRoot;
    private String timeOffsets = "";
    private int orphanGraceMillis = 3000;
    private @Nullable StageOrders hostOrders;

    /** Nothing made, nothing joined. */
    public NamespaceOrders() {}

    public NamespaceOrders create(Namespace... kinds) {
        for (Namespace kind : kinds) {
            created.add(kind);
        }
        becomeRoot |= created.contains(Namespace.USER);
        return this;
    }

    /** Joins a namespace by a descriptor of its file, such as {@code /proc/PID/ns/net}. */
    public NamespaceOrders join(Namespace kind, OwnedFd descriptor) {
        joins.add(new Join(descriptor, kind.cloneFlag()));
        becomeRoot |= kind == Namespace.USER;
        return this;
    }

    /** Joins several namespaces of a process by its pidfd; leave out those that it shares with this process. */
    public NamespaceOrders joinProcess(OwnedFd pidfd, Set<Namespace> kinds) {
        int flags = 0;
        for (Namespace kind : kinds) {
            flags |= kind.cloneFlag();
        }
        if (flags != 0) {
            joins.add(new Join(pidfd, flags));
        }
        becomeRoot |= kinds.contains(Namespace.USER);
        return this;
    }

    /** The new user namespace's ids; those of several lines must not overlap. */
    public NamespaceOrders idMaps(List<IdMap> uids, List<IdMap> gids) {
        uidMaps = List.copyOf(uids);
        gidMaps = List.copyOf(gids);
        return this;
    }

    /** Forbids setgroups(2) in the new user namespace, as the kernel asks of an unprivileged writer of {@code gid_map}. */
    public NamespaceOrders denySetgroups() {
        allowSetgroups = false;
        return this;
    }

    /** Lines for {@code /proc/PID/timens_offsets} (time_namespaces(7)). */
    public NamespaceOrders timeOffsets(String lines) {
        timeOffsets = lines;
        return this;
    }

    /**
     * Mounts made in the new mount namespace while the host's root still owns it, before the user namespace: their
     * read-only, nosuid, nodev and noexec flags are locked, so that the container's root cannot take them off. They see
     * the host's files and the other namespaces that are joined, and are in the way of nothing: the container gets a copy.
     * Needs USER and MOUNT to be created.
     */
    public NamespaceOrders hostOrders(StageOrders orders) {
        hostOrders = orders;
        return this;
    }

    /** How long the container outlives this process, if that dies. */
    public NamespaceOrders orphanGraceMillis(int millis) {
        orphanGraceMillis = millis;
        return this;
    }

    /** The bits that the stage unshares at first: what must be ready before ids and offsets are written. */
    private int earlyFlags() {
        return flag(Namespace.USER) | flag(Namespace.TIME);
    }

    private int lateFlags() {
        int flags = 0;
        for (Namespace kind : created) {
            flags |= kind.cloneFlag();
        }
        return flags & ~earlyFlags();
    }

    /**
     * What comes before the id maps. Host orders are carried out in a mount namespace that the host's root still owns.
     * Of the namespaces to join that of users is the last: before it there are the host's rights, which hold for all
     * others, and for mounting what shows them.
     */
    StageOrders early() {
        StageOrders orders = new StageOrders();
        CallWriter calls = orders.calls();
        StageOrders first = hostOrders;
        if (first != null) {
            orders.reserve(first);
        }
        join(orders, false);
        if (first != null) {
            calls.step(Step.NAMESPACES.code(), "host orders");
            calls.run(Call.UNSHARE, Namespace.MOUNT.cloneFlag());
            calls.setAttributes(CallWriter.NOWHERE, "/", true, 0, 0, Propagation.SLAVE.flag());
            calls.append(first.calls());
        }
        join(orders, true);
        calls.step(Step.NAMESPACES.code(), "user");
        calls.run(Call.UNSHARE, earlyFlags());
        return orders;
    }

    private void join(StageOrders orders, boolean users) {
        orders.calls().step(Step.NAMESPACES.code(), "join");
        for (Join join : joins) {
            if ((join.cloneFlags & Namespace.USER.cloneFlag()) != 0 == users) {
                orders.calls().runOn(orders.slot(join.descriptor), Call.SETNS, join.cloneFlags);
            }
        }
    }

    /** What comes after the id maps, up to the container's first process. */
    StageOrders late() {
        StageOrders orders = new StageOrders();
        CallWriter calls = orders.calls();
        calls.step(Step.BECOME_ROOT.code(), "");
        if (becomeRoot) {
            calls.forgive(Errno.EPERM).call(Call.SETGROUPS).words().end();
            calls.run(Call.SETRESGID, 0, 0, 0);
            calls.run(Call.SETRESUID, 0, 0, 0);
        }
        calls.step(Step.NAMESPACES.code(), "unshare");
        calls.run(Call.UNSHARE, lateFlags() & ~Namespace.CGROUP.cloneFlag());
        calls.step(Step.FORK.code(), "process");
        calls.run(Call.FORK_FIRST, orphanGraceMillis);
        return orders;
    }

    boolean creates(Namespace kind) {
        return created.contains(kind);
    }

    List<IdMap> uidMaps() {
        return uidMaps;
    }

    List<IdMap> gidMaps() {
        return gidMaps;
    }

    boolean allowsSetgroups() {
        return allowSetgroups;
    }

    String timeOffsets() {
        return timeOffsets;
    }

    private int flag(Namespace kind) {
        return created.contains(kind) ? kind.cloneFlag() : 0;
    }
}
