package org.caisson.runtime;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.jspecify.annotations.Nullable;

/** Looks a process up in the host's {@code /proc}. */
final class ProcessDetails {
    private ProcessDetails() {}

    /** Null if it is gone. */
    static @Nullable ContainerProcessInfo of(int pid) {
        try {
            String stat = text("/proc/" + pid + "/stat");
            int open = stat.indexOf('(');
            int close = stat.lastIndexOf(')');
            int parentAt = close + 4;
            int parent = (int) Numbers.parse(stat.substring(parentAt, stat.indexOf(' ', parentAt)));
            String command =
                    text("/proc/" + pid + "/cmdline").replace('\0', ' ').strip();
            if (command.isEmpty()) {
                command = "[" + stat.substring(open + 1, close) + "]";
            }
            return new ContainerProcessInfo(
                    pid, parent, FileInfo.of("/proc/" + pid).uid(), command);
        } catch (ErrnoException e) {
            return null;
        }
    }

    private static String text(String file) throws ErrnoException {
        return new String(FileCalls.readFile(file), StandardCharsets.UTF_8);
    }
}
