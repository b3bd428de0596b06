package org.caisson.vfs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/**
 * Peer groups, masters and slaves: who gets the mount events of whom ({@code fs/pnode.c} and
 * {@code Documentation/filesystems/sharedsubtree.rst}). Under the mount lock.
 *
 * <p>A mount is in the ring of its peers and, as a slave, in the list of its master, a member of another group. The members
 * of a group that is a slave have the same master and stand side by side in its list, in the order of their ring.
 */
final class Propagation {
    private final MountTree tree;

    /** Numbers of peer groups. */
    private final ReusableIds groups = new ReusableIds(1);

    Propagation(MountTree tree) {
        this.tree = tree;
    }

    // Groups.

    /** Gives a number to each mount of a tree that has no group, for it to become shared. */
    void numberGroups(Mount top, boolean recursive) {
        for (Mount mount = top; mount != null; mount = recursive ? MountTree.next(mount, top) : null) {
            if (mount.group == 0) {
                mount.group = groups.take();
            }
        }
    }

    /** Takes the numbers back from those that did not become shared. */
    void dropUnusedNumbers(Mount top) {
        for (Mount mount = top; mount != null; mount = MountTree.next(mount, top)) {
            if (mount.group != 0 && !mount.shared) {
                groups.free(mount.group);
                mount.group = 0;
            }
        }
    }

    /** Makes a mount that has a number shared. */
    static void share(Mount mount) {
        mount.shared = true;
        mount.unbindable = false;
    }

    /** Makes a copy get and give the events that its original does, or as {@code how} says otherwise. */
    void link(Mount copy, Mount original, int how) {
        copy.group = (how & MountTree.AS_SLAVE) != 0 ? 0 : original.group;
        if ((how & MountTree.SHARED) != 0 && copy.group == 0) {
            copy.group = groups.take();
        }
        if (copy.group != 0) {
            share(copy);
        }
        if (copy.isPeerOf(original)) {
            copy.peers.insertAfter(original.peers);
        }
        if ((how & MountTree.AS_SLAVE) != 0 && original.group != 0) {
            copy.asSlave.insertAfter(original.slaves);
            copy.master = original;
        } else if (original.isSlave()) {
            copy.asSlave.insertAfter(original.asSlave);
            copy.master = original.master;
        }
    }

    /** Puts a private mount into the group, and beneath the master, of another. */
    static void join(Mount mount, Mount other) {
        if (other.isSlave()) {
            mount.asSlave.insertAfter(other.asSlave);
            mount.master = other.master;
        }
        if (other.shared) {
            mount.group = other.group;
            mount.peers.insertAfter(other.peers);
            share(mount);
        }
    }

    /** Changes the type of one mount. One that becomes shared has a number. */
    void change(Mount mount, PropagationType type) {
        if (type == PropagationType.SHARED) {
            share(mount);
            return;
        }
        Mount source = mount.master;
        if (mount.shared) {
            if (!mount.peers.isAlone()) {
                source = mount.peers.nextInRing();
            }
            leaveGroup(mount);
            handSlavesTo(mount, source);
        }
        mount.asSlave.remove();
        if (type == PropagationType.SLAVE) {
            mount.master = source;
            if (source != null) {
                mount.asSlave.insertAfter(source.slaves);
            }
        } else {
            mount.master = null;
            mount.unbindable = type == PropagationType.UNBINDABLE;
        }
    }

    private void leaveGroup(Mount mount) {
        if (mount.peers.isAlone()) {
            groups.free(mount.group);
        } else {
            mount.peers.remove();
        }
        mount.group = 0;
        mount.shared = false;
    }

    private static void handSlavesTo(Mount mount, @Nullable Mount successor) {
        for (Mount slave = mount.slaves.next(); slave != null; slave = slave.asSlave.next()) {
            slave.master = successor;
        }
        if (successor != null) {
            mount.slaves.moveAllTo(successor.slaves);
        } else {
            for (Mount slave = mount.slaves.next(); slave != null; slave = mount.slaves.next()) {
                slave.asSlave.remove();
            }
        }
    }

    /** Takes mounts that end out of all groups; slaves that stay get the nearest source of events that stays. */
    void leave(List<Mount> ending) {
        Map<Mount, Mount> successors = successors(ending);
        for (Mount mount : ending) {
            if (mount.shared) {
                leaveGroup(mount);
            }
            mount.asSlave.remove();
            mount.master = null;
        }
        for (Mount mount : ending) {
            handSlavesTo(mount, successors.get(mount));
        }
    }

    /**
     * For each mount that ends, where its slaves get their events from afterwards: the next peer in the ring that stays, or what
     * the master's slaves get theirs from if it has to end as well.
     */
    private static Map<Mount, @Nullable Mount> successors(List<Mount> ending) {
        // What is being asked for stands for itself meanwhile, by which the end of a ring is known.
        Map<Mount, @Nullable Mount> known = new HashMap<>();
        List<Mount> asked = new ArrayList<>();
        for (Mount mount : ending) {
            Mount at = mount;
            while (at != null && at.unmounted && !known.containsKey(at)) {
                known.put(at, at);
                asked.add(at);
                Mount peer = at.peers.nextInRing();
                at = known.get(peer) == peer ? at.master : peer;
            }
            Mount successor = at != null && at.unmounted ? known.get(at) : at;
            for (Mount waiting : asked) {
                known.put(waiting, successor);
            }
            asked.clear();
        }
        return known;
    }

    // Who gets events.

    /** The next mount that gets the events of an origin after one that does, or after the origin itself; null at the end. */
    static @Nullable Mount nextReceiver(Mount after, Mount origin) {
        Mount slave = after.slaves.next();
        if (slave != null) {
            return slave;
        }
        Mount at = after;
        while (at.master != origin.master) {
            Mount sibling = at.asSlave.next();
            if (sibling != null) {
                return sibling;
            }
            at = at.master;
            if (at == null) {
                throw new IllegalStateException("a receiver without a master");
            }
        }
        Mount peer = at.peers.nextInRing();
        return peer == origin ? null : peer;
    }

    /** Whether what is mounted at a dentry of one mount would also be mounted on another's root. */
    static boolean wouldCover(Mount from, Mount other, Dentry at) {
        if (!from.shared || !other.isRoot(at)) {
            return false;
        }
        for (Mount mount = other; mount != null; mount = mount.master) {
            if (from.isPeerOf(mount)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Copies a tree that is about to be attached for all mounts that get the events of its parent. The copies know their places
     * but are not yet seen there; on failure those made so far are in the list.
     */
    void spread(Mount source, Mount parent, Dentry at, List<Mount> copies) throws ErrnoException {
        Deque<Group> waiting = new ArrayDeque<>();
        waiting.push(new Group(parent, source));
        while (!waiting.isEmpty()) {
            Group group = waiting.pop();
            Mount original = copyFor(group, parent, at, copies);
            List<Group> below = new ArrayList<>();
            Mount member = group.first;
            do {
                addSlaveGroups(member, original, below);
                member = member.peers.nextInRing();
            } while (member != group.first);
            for (Group next : below.reversed()) {
                waiting.push(next);
            }
        }
    }

    /** Each group of slaves of one mount once: its members stand side by side. */
    private static void addSlaveGroups(Mount master, Mount original, List<Group> found) {
        if (!master.listed) {
            return;
        }
        Mount before = null;
        for (Mount slave = master.slaves.next(); slave != null; slave = slave.asSlave.next()) {
            if (slave.listed) {
                if (before == null || !slave.isPeerOf(before)) {
                    found.add(new Group(slave, original));
                }
                before = slave;
            }
        }
    }

    /** Makes the copies for one group; returns what those for the groups beneath are to get their events from. */
    private Mount copyFor(Group group, Mount parent, Dentry at, List<Mount> copies) throws ErrnoException {
        Mount last = group.original;
        boolean leads = group.first == parent;
        int how = leads ? MountTree.SHARED : MountTree.AS_SLAVE | (group.first.shared ? MountTree.SHARED : 0);
        Mount member = group.first;
        do {
            MountNamespace namespace = member.namespace();
            if (member != parent && namespace != null && receives(member, namespace, at)) {
                Mount copy = tree.copyTree(last, last.root().dentry(), how);
                copies.add(copy);
                tree.points().place(copy, member, at);
                tree.reserve(namespace, copy);
                last = copy;
                how = MountTree.SHARED;
            }
            member = member.peers.nextInRing();
        } while (member != group.first);
        return last;
    }

    private static boolean receives(Mount member, MountNamespace namespace, Dentry at) {
        return member.listed
                && !namespace.isAnonymous()
                && PathBuilder.isBelow(member.fileSystem(), at, member.root().dentry());
    }

    /** Whether a mount cannot be taken off because it, or what goes with it, is in use. */
    boolean isBusy(Mount mount) {
        Mount parent = mount.parent();
        if (!mount.children.isAlone() || mount.users() > 0) {
            return true;
        }
        VirtualDentry point = mount.point();
        if (parent == null || point == null) {
            return false;
        }
        for (Mount receiver = nextReceiver(parent, parent);
                receiver != null;
                receiver = nextReceiver(receiver, parent)) {
            Mount child = tree.table().on(receiver, point.dentry());
            if (child != null && hasNoChildBut(child, child.overmount()) && child.users() > 0) {
                return true;
            }
        }
        return false;
    }

    /** What covers a mount wholly does not keep it from being pulled out from beneath. */
    private static boolean hasNoChildBut(Mount mount, @Nullable Mount one) {
        Mount first = mount.children.next();
        return first == null || (first == one && mount.children.previous() == one);
    }

    /** What goes with a mount is not locked any more: its place is seen anyway. */
    void unlock(Mount mount) {
        VirtualDentry point = mount.point();
        if (point == null) {
            return;
        }
        Mount parent = point.mount();
        for (Mount receiver = nextReceiver(parent, parent);
                receiver != null;
                receiver = nextReceiver(receiver, parent)) {
            Mount child = tree.table().on(receiver, point.dentry());
            if (child != null) {
                child.locked = false;
            }
        }
    }

    /**
     * Members of a peer group, or one mount without a group, that get events.
     *
     * @param first the one that comes first
     * @param original what the first copy for it is made of, as a slave unless the group is that of the mount's parent
     */
    private record Group(Mount first, Mount original) {}
}
