package org.caisson.vfs;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which mounts go when some are taken off, because their parents get the events of those mounts' parents
 * ({@code Documentation/filesystems/propagate_umount.txt}). Under the mount lock; used once.
 *
 * <p>A candidate is a mount at the same dentry of a receiver. It goes unless that would move a mount that stays (one that is
 * neither a candidate nor covers the candidate wholly), or show what a lock hides.
 */
final class UnmountPropagation {
    private final MountTable table;

    /** What is taken off in any case; hidden from the children of its parents. */
    private final List<Mount> decided;

    private final LinkedHashSet<Mount> candidates = new LinkedHashSet<>();

    UnmountPropagation(MountTable table, List<Mount> decided) {
        this.table = table;
        this.decided = decided;
    }

    /** The mounts that go as well, hidden like the others. */
    List<Mount> collect() {
        gather();
        if (candidates.isEmpty()) {
            return List.of();
        }
        candidates.removeAll(immovable());
        return order(unlocked());
    }

    private void gather() {
        List<Mount> found = new ArrayList<>();
        Set<Mount> seen = new HashSet<>();
        for (Mount mount : decided) {
            VirtualDentry point = mount.point();
            if (point == null) {
                continue;
            }
            Mount parent = point.mount();
            for (Mount receiver = Propagation.nextReceiver(parent, parent);
                    receiver != null;
                    receiver = Propagation.nextReceiver(receiver, parent)) {
                Mount child = table.on(receiver, point.dentry());
                if (child != null && !child.unmounted && seen.add(child)) {
                    found.add(child);
                }
            }
        }
        candidates.addAll(found.reversed());
    }

    /** The candidates on which, not on whose root, something that stays would be left hanging. */
    private Set<Mount> immovable() {
        Set<Mount> immovable = new HashSet<>();
        Set<Mount> remains = new HashSet<>();
        for (Mount candidate : candidates) {
            for (Mount child = candidate.children.next(); child != null; child = child.asChild.next()) {
                if (!candidates.contains(child)) {
                    climb(child, remains, immovable);
                }
            }
        }
        return immovable;
    }

    /** Where a candidate goes, what covers it takes its place, and is then in the way of the next one below. */
    private void climb(Mount from, Set<Mount> remains, Set<Mount> immovable) {
        Mount at = from;
        Mount parent = at.parent();
        while (parent != null && candidates.contains(parent) && remains.add(at)) {
            if (at != parent.overmount()) {
                immovable.add(parent);
            }
            at = parent;
            parent = at.parent();
        }
    }

    /** The candidates that are not locked to something that stays. */
    private Set<Mount> unlocked() {
        Set<Mount> going = new LinkedHashSet<>();
        for (Mount candidate : candidates) {
            List<Mount> chain = new ArrayList<>();
            Mount at = candidate;
            while (true) {
                chain.add(at);
                Mount parent = at.parent();
                if (!at.locked || going.contains(at) || (parent != null && parent.unmounted)) {
                    going.addAll(chain);
                    break;
                }
                if (parent == null || !candidates.contains(parent)) {
                    break;
                }
                at = parent;
            }
        }
        return going;
    }

    /** In the order in which the kernel takes them off, which is seen in the order of slaves: leaves first. */
    private List<Mount> order(Set<Mount> going) {
        List<Mount> ordered = new ArrayList<>(going.size());
        for (Mount mount : candidates) {
            if (going.contains(mount) && !mount.locked && mount.children.isAlone()) {
                take(mount, ordered);
            }
        }
        for (Mount mount : candidates) {
            for (Mount at = mount; at != null && going.contains(at) && !at.unmounted; at = at.parent()) {
                take(at, ordered);
            }
        }
        return ordered;
    }

    private static void take(Mount mount, List<Mount> ordered) {
        MountTree.hide(mount);
        ordered.add(mount);
    }
}
