package org.caisson.runtime;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;

/** When a process started, which tells it from a later one with the same number, and whether it is about to end. */
final class ProcessTimes {
    private static final long PF_EXITING = 4;

    private ProcessTimes() {}

    /** Field 22 of {@code /proc/PID/stat} (proc(5)), or 0 if there is no such process or it is a zombie. */
    static long startOf(int pid) {
        try {
            String stat = new String(FileCalls.readFile("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            int at = stat.lastIndexOf(')') + 2;
            if (at < 2 || at >= stat.length() || stat.charAt(at) == 'Z' || stat.charAt(at) == 'X') {
                return 0;
            }
            for (int field = 3; field < 22; field++) {
                at = stat.indexOf(' ', at) + 1;
            }
            return Math.max(0, Numbers.parse(stat.substring(at, stat.indexOf(' ', at))));
        } catch (ErrnoException e) {
            return 0;
        }
    }

    /**
     * Whether a process ends and is not done with it: the first of a pid namespace waits for all others first. Field 9 of
     * {@code /proc/PID/stat} holds the flags of {@code linux/sched.h}.
     */
    static boolean isEnding(int pid) {
        try {
            String stat = new String(FileCalls.readFile("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            int at = stat.lastIndexOf(')') + 2;
            if (at < 2 || at >= stat.length() || stat.charAt(at) == 'Z') {
                return false;
            }
            for (int field = 3; field < 9; field++) {
                at = stat.indexOf(' ', at) + 1;
            }
            return (Math.max(0, Numbers.parse(stat.substring(at, stat.indexOf(' ', at)))) & PF_EXITING) != 0;
        } catch (ErrnoException e) {
            return false;
        }
    }
}
