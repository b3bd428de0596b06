package org.caisson.emulation.cgroup;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.jspecify.annotations.Nullable;

/**
 * How many tasks a control group and those below it hold, and how many of them run. Bounded: beyond the largest
 * numbers of directories and tasks it stops looking and stays with what it counted.
 */
public final class TaskCensus {
    private static final int MOST_DIRECTORIES = 256;
    private static final int MOST_EXAMINED = 4096;

    private final TextScanner one = new TextScanner();
    private int total;
    private int running;
    private int blocked;
    private long newest;
    private int directories;

    /** All tasks, threads included. */
    public int total() {
        return total;
    }

    /** Tasks in state R. */
    public int running() {
        return running;
    }

    /** Tasks in state D, which the kernel's load average counts too. */
    public int blocked() {
        return blocked;
    }

    /** The pid, in its own innermost pid namespace, of the task with the largest number on the host; 0 if none. */
    public long newestPid() {
        if (newest == 0 || !KernelFile.readOnce("/proc/" + newest + "/status", one)) {
            return 0;
        }
        long last = 0;
        while (one.nextLine()) {
            if (one.skip("NSpid:")) {
                for (long pid = one.decimal(); pid >= 0; pid = one.decimal()) {
                    last = pid;
                }
                break;
            }
        }
        return last;
    }

    void take(@Nullable Path root, TextScanner text) {
        total = 0;
        running = 0;
        blocked = 0;
        newest = 0;
        directories = 0;
        if (root != null) {
            count(root, text);
        }
    }

    private void count(Path directory, TextScanner text) {
        if (++directories > MOST_DIRECTORIES) {
            return;
        }
        if (KernelFile.readOnce(directory + "/tasks", text)
                || KernelFile.readOnce(directory + "/cgroup.threads", text)
                || KernelFile.readOnce(directory + "/cgroup.procs", text)) {
            while (text.nextLine()) {
                long tid = text.decimal();
                if (tid > 0) {
                    add(tid);
                }
            }
        }
        try (DirectoryStream<Path> below = Files.newDirectoryStream(directory, TaskCensus::isDirectory)) {
            for (Path child : below) {
                count(child, text);
            }
        } catch (IOException | DirectoryIteratorException gone) {
            // A group that is removed while it is read has no tasks.
            return;
        }
    }

    private static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    private void add(long tid) {
        newest = Math.max(newest, tid);
        if (++total > MOST_EXAMINED || !KernelFile.readOnce("/proc/" + tid + "/stat", one) || !one.nextLine()) {
            return;
        }
        // The name in parentheses may hold anything: the state follows the last of them.
        int at = one.lineEnd() - 1;
        while (at > one.lineStart() && one.bytes()[at] != ')') {
            at--;
        }
        one.position(Math.min(at + 2, one.lineEnd()));
        switch (one.peek()) {
            case 'R' -> running++;
            case 'D' -> blocked++;
            default -> {}
        }
    }
}
