package org.caisson.vfs;

import java.util.List;
import org.caisson.linux.ErrnoException;

/** Where a sequence of calls on mounts is applied: the kernel or Caisson. Each gives 0 or a negated errno. */
interface MountWorld extends AutoCloseable {
    /** What every file system in the comparison holds. */
    List<String> DIRECTORIES = List.of("a", "b", "a/x", "b/x");

    List<String> FILES = List.of("f", "a/f");

    /** A link to {@code a} in each root. */
    String LINK = "l";

    int mount(String source, String target, String type, long flags, String data);

    int unmount(String target, int flags);

    int pivotRoot(String newRoot, String putOld);

    /** Opens a file and keeps it. */
    int open(String path, int flags);

    /** Closes one of the open files. */
    int close(int which);

    /** Goes into a copy of the namespace. */
    int unshare();

    /** Goes into one of the namespaces that were left. */
    int enter(int which);

    /** Makes a detached copy and keeps it. */
    int openTree(String path, int flags);

    /** Closes one of the detached trees. */
    int closeTree(int which);

    /** A path begins in a detached tree if {@code fromTree} or {@code toTree} is not negative. */
    int moveMount(int fromTree, String from, int toTree, String to, int flags);

    int setAttributes(int tree, String path, int flags, long set, long clear, long propagation);

    int mkdir(String path);

    int create(String path);

    int symlink(String target, String path);

    int rmdir(String path);

    int unlink(String path);

    int rename(String from, String to);

    /** The text of {@code /proc/PID/mountinfo}. */
    String mountinfo();

    /** The text of {@code /proc/PID/mounts}. */
    String mounts();

    /**
     * What listmount(2) and statmount(2) tell of the mounts beneath the root, a line each: as {@code mountinfo} has it, so that it can be
     * renumbered.
     */
    String status();

    /** Makes what every file system holds, wherever the path leads now. */
    default void fill(String root) {
        for (String directory : DIRECTORIES) {
            mkdir(root + "/" + directory);
        }
        for (String file : FILES) {
            create(root + "/" + file);
        }
        symlink("a", root + "/" + LINK);
    }

    @Override
    void close();

    /** Something that may fail with an errno. */
    @FunctionalInterface
    interface Attempt {
        void run() throws ErrnoException;
    }

    static int outcome(Attempt attempt) {
        try {
            attempt.run();
            return 0;
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }
}
