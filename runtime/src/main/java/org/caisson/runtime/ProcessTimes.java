package org.caisson.runtime;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;

/** When a process started, which tells it from a later one with the same number. */
final class ProcessTimes {
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
}
