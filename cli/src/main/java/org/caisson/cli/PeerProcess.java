package org.caisson.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;

/**
 * Whether a process stands where a daemon does: what it names means the same there, and it may do what the daemon can. Of another one the
 * daemon does nothing.
 */
final class PeerProcess {
    private static final List<String> LINKS =
            List.of("root", "ns/mnt", "ns/user", "ns/pid", "ns/net", "ns/ipc", "ns/uts", "ns/cgroup", "ns/time");

    private static final List<String> RIGHTS =
            List.of("CapEff:", "CapBnd:", "NoNewPrivs:", "Seccomp:", "Seccomp_filters:");

    private PeerProcess() {}

    static boolean sharesAllOf(int pid) {
        if (pid <= 0) {
            return false; // Of a pid namespace that we do not see.
        }
        try {
            for (String link : LINKS) {
                if (!Arrays.equals(link("self", link), link(Integer.toString(pid), link))) {
                    return false;
                }
            }
            String peer = Integer.toString(pid);
            return rights("self").equals(rights(peer)) && Arrays.equals(label("self"), label(peer));
        } catch (ErrnoException e) {
            return false;
        }
    }

    private static byte[] link(String process, String name) throws ErrnoException {
        return FileCalls.readlinkat(AtFlags.AT_FDCWD, "/proc/" + process + "/" + name);
    }

    /** What a security module confines it to; EINVAL if none is there. */
    private static byte[] label(String process) throws ErrnoException {
        try {
            return FileCalls.readFile("/proc/" + process + "/attr/current");
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.ENOENT) {
                return new byte[0];
            }
            throw e;
        }
    }

    private static List<String> rights(String process) throws ErrnoException {
        return new String(FileCalls.readFile("/proc/" + process + "/status"), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> RIGHTS.stream().anyMatch(line::startsWith))
                .toList();
    }
}
