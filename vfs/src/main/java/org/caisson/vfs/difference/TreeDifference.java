package org.caisson.vfs.difference;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * The changes that make a copy of a first tree into a second one, found while they are asked for. Symbolic links are compared, not
 * followed. Files are the same if type, permissions, owner, time of modification, extended attributes, target, device number, data and
 * the set of names are; who may see and read all of a tree finds all.
 */
public final class TreeDifference implements AutoCloseable {
    private final DifferenceOptions options;
    private final TreeReader first;
    private final TreeReader second;
    private final Runnable onClose;
    private final KnownFiles known;
    private final DataComparison data = new DataComparison();
    private final LinkGroups groups = new LinkGroups();
    private final Deque<TreeChange> pending = new ArrayDeque<>();

    /** The directories above where the walk stands. */
    private final List<Directory> directories = new ArrayList<>();

    /** How many of them were told of: a directory is with the first change in it. */
    private int directoriesTold;

    private @Nullable PairWalk walk;
    private Set<LinkGroups.FileId> relinked = Set.of();

    private record Directory(TreePath path, TreeFile file) {}

    private TreeDifference(TreeReader first, TreeReader second, DifferenceOptions options, Runnable onClose) {
        this.first = first;
        this.second = second;
        this.options = options;
        this.onClose = onClose;
        known = new KnownFiles(options.crossMounts());
    }

    /** The changes from one tree to another. Either may be beneath the other, on one or on two file systems of any kind. */
    public static TreeDifference between(Subtree first, Subtree second, DifferenceOptions options)
            throws ErrnoException {
        return between(first, second, options, () -> {});
    }

    private static TreeDifference between(Subtree first, Subtree second, DifferenceOptions options, Runnable onClose)
            throws ErrnoException {
        if (options.crossMounts()) {
            return new TreeDifference(TreeReader.across(first), TreeReader.across(second), options, onClose);
        }
        TreeReader reader = TreeReader.within(first);
        try {
            return new TreeDifference(reader, TreeReader.within(second), options, onClose);
        } catch (ErrnoException e) {
            reader.close();
            throw e;
        }
    }

    /**
     * What was changed in an overlay since it was put over its lower layers: the content of its upper layer as a stream of changes. Only
     * directories that have a part in the upper layer are gone into.
     */
    public static TreeDifference ofUpper(
            VirtualFileSystem system, Credentials credentials, OverlayFileSystem overlay, DifferenceOptions options)
            throws ErrnoException {
        MountNamespace before = system.newMountNamespace(overlay.withoutUpper());
        MountNamespace after = system.newMountNamespace(overlay);
        Runnable release = () -> {
            before.release();
            after.release();
        };
        try {
            return between(
                    new Subtree(system, credentials, before.root()),
                    new Subtree(system, credentials, after.root()),
                    options,
                    release);
        } catch (ErrnoException e) {
            release.run();
            throw e;
        }
    }

    /** The next change; null if there is none left. ENOTDIR if one of the tops is no directory. */
    public @Nullable TreeChange next() throws ErrnoException {
        TreeChange change = pending.poll();
        if (change != null) {
            return change;
        }
        PairWalk present = walk;
        if (present == null) {
            relinked = LinkScan.relinked(first, second, known, options.leftOut());
            present = new PairWalk(first, second, options.leftOut());
            walk = present;
            compareTops(present);
        }
        while (pending.isEmpty() && present.advance()) {
            leaveDirectories(present.depth());
            compare(present);
        }
        return pending.poll();
    }

    private void compareTops(PairWalk at) throws ErrnoException {
        if (!at.beforeStat().isDirectory() || !at.afterStat().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        if (!known.areSame(at)) {
            compareDirectories(at);
        }
    }

    private void leaveDirectories(int depth) {
        while (directories.size() > depth) {
            directories.removeLast();
        }
        directoriesTold = Math.min(directoriesTold, depth);
    }

    private void compare(PairWalk at) throws ErrnoException {
        if (!at.hasAfter()) {
            tell(new TreeChange.Removed(at.path(), at.takeBeforeStat()), null);
        } else if (!at.hasBefore()) {
            visitNew(at, false);
        } else if (areOfOneKind(at)) {
            compareFiles(at);
        } else {
            visitNew(at, true);
        }
    }

    /** Whether a file of the first tree can become one of the second. */
    private boolean areOfOneKind(PairWalk at) throws ErrnoException {
        Stat before = at.beforeStat();
        Stat after = at.afterStat();
        if (((before.mode ^ after.mode) & StatMode.S_IFMT) != 0) {
            return false;
        }
        return switch (after.mode & StatMode.S_IFMT) {
            case StatMode.S_IFLNK ->
                known.areSame(at) || Arrays.equals(first.readlink(at.before()), second.readlink(at.after()));
            case StatMode.S_IFCHR, StatMode.S_IFBLK -> before.rdev == after.rdev;
            default -> true;
        };
    }

    /** At a name that is new, or stands for a file of another kind. */
    private void visitNew(PairWalk at, boolean replaces) throws ErrnoException {
        Stat after = at.afterStat();
        LinkGroups.Group group = null;
        if (!after.isDirectory() && after.links > 1) {
            boolean follows = groups.visit(at, null, after) == LinkGroups.Verdict.FOLLOWS_ANEW;
            group = groups.visited();
            if (follows) {
                tellLink(at, group);
                return;
            }
        }
        TreePath path = at.path();
        TreeFile file = file(at);
        TreeChange change =
                replaces ? new TreeChange.Replaced(path, at.takeBeforeStat(), file) : new TreeChange.Added(path, file);
        tell(change, group);
        if (after.isDirectory()) {
            enter(at, path, file, true, false);
        }
    }

    private void compareFiles(PairWalk at) throws ErrnoException {
        Stat after = at.afterStat();
        if (after.isDirectory()) {
            if (!known.areSame(at)) {
                compareDirectories(at);
            }
            return;
        }
        if (!LinkGroups.concerns(at.beforeStat(), after)) {
            compareAspects(at, null, false);
            return;
        }
        LinkGroups.Verdict verdict = groups.visit(at, at.beforeStat(), after);
        LinkGroups.Group group = groups.visited();
        switch (verdict) {
            case LEADS -> compareAspects(at, group, relinked.contains(LinkGroups.FileId.of(after)));
            case LEADS_ANEW -> tell(new TreeChange.Replaced(at.path(), at.takeBeforeStat(), file(at)), group);
            case FOLLOWS -> {
                if (group != null && group.isTold()) {
                    tellLink(at, group);
                }
            }
            case FOLLOWS_ANEW -> tellLink(at, group);
        }
    }

    private void compareAspects(PairWalk at, LinkGroups.@Nullable Group group, boolean anyway) throws ErrnoException {
        Set<Aspect> aspects = known.areSame(at) ? EnumSet.noneOf(Aspect.class) : aspects(at);
        if (!aspects.isEmpty() || anyway) {
            tell(new TreeChange.Modified(at.path(), at.takeBeforeStat(), file(at), aspects), group);
        }
    }

    private void compareDirectories(PairWalk at) throws ErrnoException {
        Set<Aspect> aspects = aspects(at);
        TreePath path = at.path();
        TreeFile file = file(at);
        if (!aspects.isEmpty()) {
            tell(new TreeChange.Modified(path, at.takeBeforeStat(), file, aspects), null);
        }
        enter(at, path, file, !aspects.isEmpty(), true);
    }

    private void enter(PairWalk at, TreePath path, TreeFile file, boolean told, boolean besides) throws ErrnoException {
        directories.add(new Directory(path, file));
        if (told) {
            directoriesTold = directories.size();
        }
        at.descend(besides);
    }

    private void tellLink(PairWalk at, LinkGroups.@Nullable Group group) {
        if (group != null) {
            Stat before = at.hasBefore() ? at.takeBeforeStat() : null;
            tell(new TreeChange.Linked(at.path(), before, file(at), group.leader()), group);
        }
    }

    /** Tells of a file, and so of all its names. */
    private void tell(TreeChange change, LinkGroups.@Nullable Group group) {
        if (group != null) {
            group.tell();
        }
        for (; directoriesTold < directories.size(); directoriesTold++) {
            Directory directory = directories.get(directoriesTold);
            pending.add(new TreeChange.Kept(directory.path(), directory.file()));
        }
        pending.add(change);
    }

    private TreeFile file(PairWalk at) {
        return new TreeFile(second, at.after(), at.takeAfterStat());
    }

    private Set<Aspect> aspects(PairWalk at) throws ErrnoException {
        Stat before = at.beforeStat();
        Stat after = at.afterStat();
        Set<Aspect> aspects = EnumSet.noneOf(Aspect.class);
        if (after.isRegular() && !haveSameData(at)) {
            aspects.add(Aspect.DATA);
        }
        if (before.mode != after.mode && !after.isSymlink()) {
            aspects.add(Aspect.MODE);
        }
        if (before.uid != after.uid || before.gid != after.gid) {
            aspects.add(Aspect.OWNER);
        }
        boolean sameTime = before.modifySeconds == after.modifySeconds && before.modifyNanos == after.modifyNanos;
        if (options.modifyTimes() && !sameTime) {
            aspects.add(Aspect.MODIFY_TIME);
        }
        if (!haveSameAttributes(at)) {
            aspects.add(Aspect.ATTRIBUTES);
        }
        return aspects;
    }

    private boolean haveSameData(PairWalk at) throws ErrnoException {
        long size = at.afterStat().size;
        if (at.beforeStat().size != size) {
            return false;
        }
        if (size == 0 || KnownFiles.haveSameData(at)) {
            return true;
        }
        try (FileDescription before = first.open(at.before());
                FileDescription after = second.open(at.after())) {
            return data.areEqual(before, after, size);
        }
    }

    private boolean haveSameAttributes(PairWalk at) throws ErrnoException {
        SortedMap<Name, byte[]> before = first.attributes(at.before());
        SortedMap<Name, byte[]> after = second.attributes(at.after());
        if (before.size() != after.size()) {
            return false;
        }
        Iterator<Map.Entry<Name, byte[]>> others = after.entrySet().iterator();
        for (Map.Entry<Name, byte[]> attribute : before.entrySet()) {
            Map.Entry<Name, byte[]> other = others.next();
            if (!attribute.getKey().equals(other.getKey()) || !Arrays.equals(attribute.getValue(), other.getValue())) {
                return false;
            }
        }
        return true;
    }

    /** Lets go of the trees; the files that were told of can be asked no more. */
    @Override
    public void close() {
        data.close();
        first.close();
        second.close();
        onClose.run();
    }
}
