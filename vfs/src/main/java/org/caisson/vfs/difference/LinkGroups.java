package org.caisson.vfs.difference;

import java.util.HashMap;
import java.util.Map;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.jspecify.annotations.Nullable;

/**
 * Decides, for files with several names, which file of the first tree becomes which one of the second, and which names are to be linked
 * anew. The first name of a file of the second tree that is visited leads: the file of the first tree that it stood for stays, unless it
 * is another one's already.
 */
final class LinkGroups {
    /** What becomes of a name. */
    enum Verdict {
        /** It is the first of its file, and stays with the file that it stood for. */
        LEADS,
        /** It is the first of its file, which has to be made anew. */
        LEADS_ANEW,
        /** The name stands for the right file already. */
        FOLLOWS,
        /** The name has to be linked anew. */
        FOLLOWS_ANEW
    }

    /** What stat(2) tells a file by. */
    record FileId(long device, long inode) {
        static FileId of(Stat stat) {
            return new FileId(stat.device, stat.inode);
        }
    }

    /** A file of the second tree with several names of which not all were visited. */
    static final class Group {
        private final TreePath leader;
        private final @Nullable FileId before;
        private int namesLeft;
        private boolean told;

        private Group(TreePath leader, @Nullable FileId before, int namesLeft) {
            this.leader = leader;
            this.before = before;
            this.namesLeft = namesLeft;
        }

        TreePath leader() {
            return leader;
        }

        /** Whether something was told of the file, so that its other names are told of too. */
        boolean isTold() {
            return told;
        }

        void tell() {
            told = true;
        }
    }

    private final Map<FileId, Group> groups = new HashMap<>();

    /** Which file of the second tree a file of the first one became. */
    private final Map<FileId, FileId> successors = new HashMap<>();

    private @Nullable Group visited;

    /** Whether a file is to be visited, by its attributes in either tree. */
    static boolean concerns(@Nullable Stat before, Stat after) {
        return after.links > 1 || (before != null && before.links > 1);
    }

    /**
     * Visits a name of a file that is no directory.
     *
     * @param path the walk, for the name's path
     * @param before what the name stood for, if that can become the file of the second tree
     */
    Verdict visit(PairWalk path, @Nullable Stat before, Stat after) {
        FileId id = FileId.of(after);
        FileId predecessor = before == null ? null : FileId.of(before);
        Group group = after.links > 1 ? groups.get(id) : null;
        if (group != null) {
            visited = group;
            if (--group.namesLeft == 0) {
                groups.remove(id);
            }
            return predecessor != null && predecessor.equals(group.before) ? Verdict.FOLLOWS : Verdict.FOLLOWS_ANEW;
        }
        boolean anew = predecessor == null || successors.putIfAbsent(predecessor, id) != null;
        visited = null;
        if (after.links > 1) {
            visited = new Group(path.path(), anew ? null : predecessor, after.links - 1);
            groups.put(id, visited);
        }
        return anew ? Verdict.LEADS_ANEW : Verdict.LEADS;
    }

    /** The file whose name was visited last; null if it has but one. */
    @Nullable
    Group visited() {
        return visited;
    }
}
