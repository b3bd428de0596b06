package org.caisson.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.linux.seccomp.SeccompNotification;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Constants and struct layouts are those of the C headers of this machine, where it has them. */
class KernelHeadersTest {
    private static final List<Class<?>> CONSTANTS = List.of(
            AtFlags.class,
            Capabilities.class,
            CloneFlags.class,
            DataCalls.class,
            Epoll.class,
            FileCalls.class,
            InotifyFlags.class,
            MemFd.class,
            MountFlags.class,
            OpenFlags.class,
            ProcessCalls.class,
            Signals.class,
            SocketCalls.class,
            StatFs.class,
            StatMode.class,
            Statx.class,
            WaitStatus.class);

    private static final String HEADERS = """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <stddef.h>
            #include <dirent.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <poll.h>
            #include <sched.h>
            #include <signal.h>
            #include <unistd.h>
            #include <sys/epoll.h>
            #include <sys/eventfd.h>
            #include <sys/file.h>
            #include <sys/inotify.h>
            #include <sys/mman.h>
            #include <sys/mount.h>
            #include <sys/resource.h>
            #include <sys/socket.h>
            #include <sys/stat.h>
            #include <sys/syscall.h>
            #include <sys/vfs.h>
            #include <sys/wait.h>
            #include <linux/capability.h>
            #include <linux/magic.h>
            #include <linux/openat2.h>
            #include <linux/seccomp.h>
            """;

    @TempDir
    Path directory;

    @Test
    void constantsAreThoseOfTheHeaders() throws Exception {
        Map<String, Long> ours = new TreeMap<>();
        for (Class<?> type : CONSTANTS) {
            for (Field field : type.getFields()) {
                if (Modifier.isStatic(field.getModifiers()) && !field.getName().equals("SIZE") && isNumber(field)) {
                    ours.put(field.getName(), field.getLong(null));
                }
            }
        }
        // O_LARGEFILE is 0 in C where files are large anyway, SIGRT* are calls, ALL is ours.
        ours.keySet().removeAll(List.of("O_LARGEFILE", "SIGRTMIN", "SIGRTMAX", "ALL"));
        StringBuilder source = new StringBuilder(HEADERS).append("int main() {\n");
        for (String name : ours.keySet()) {
            source.append("#ifdef ").append(name).append('\n');
            source.append("printf(\"")
                    .append(name)
                    .append(" %lld\\n\", (long long) ")
                    .append(name)
                    .append(");\n#endif\n");
        }
        Map<String, Long> theirs = answers(source.append("}\n"));
        assertThat(theirs).hasSizeGreaterThan(250);
        for (Map.Entry<String, Long> entry : theirs.entrySet()) {
            // A C constant may be unsigned where ours is an int.
            long expected = entry.getValue();
            assertThat(ours.get(entry.getKey())).as(entry.getKey()).isIn(expected, (long) (int) expected);
        }
    }

    @Test
    void systemCallNumbersAreThoseOfTheHeaders() throws Exception {
        StringBuilder source = new StringBuilder(HEADERS).append("int main() {\n");
        for (Field field : SyscallNumbers.class.getFields()) {
            String macro = "__NR_" + field.getName().toLowerCase(Locale.ROOT);
            source.append("#ifdef ").append(macro).append('\n');
            source.append("printf(\"")
                    .append(field.getName())
                    .append(" %d\\n\", ")
                    .append(macro)
                    .append(");\n#endif\n");
        }
        Map<String, Long> theirs = answers(source.append("}\n"));
        assertThat(theirs).hasSizeGreaterThan(330);
        for (Map.Entry<String, Long> entry : theirs.entrySet()) {
            long ours = SyscallNumbers.class.getField(entry.getKey()).getInt(null);
            assertThat(ours).as(entry.getKey()).isEqualTo(entry.getValue());
        }
    }

    @Test
    void errnosAreThoseOfTheHeaders() throws Exception {
        StringBuilder source = new StringBuilder(HEADERS).append("int main() {\n");
        for (Errno errno : Errno.values()) {
            String name = errno.name();
            source.append("#ifdef ")
                    .append(name)
                    .append("\nprintf(\"")
                    .append(name)
                    .append(" %d\\n\", ");
            source.append(name).append(");\n#endif\n");
        }
        Map<String, Long> theirs = answers(source.append("}\n"));
        assertThat(theirs).hasSizeGreaterThan(125);
        for (Map.Entry<String, Long> entry : theirs.entrySet()) {
            assertThat((long) Errno.valueOf(entry.getKey()).number())
                    .as(entry.getKey())
                    .isEqualTo(entry.getValue());
        }
    }

    @Test
    void structsAreLaidOutAsInC() throws Exception {
        Map<String, Long> ours = new TreeMap<>();
        offsets(ours, Statx.class, "STX_", "struct statx");
        offsets(ours, StatFs.class, "F_", "struct statfs");
        offsets(ours, DirectoryEntries.class, "D_", "struct dirent");
        ours.put("sizeof(struct statx)", (long) Statx.SIZE);
        ours.put("sizeof(struct statfs)", (long) StatFs.SIZE);
        ours.put("sizeof(struct seccomp_notif)", (long) SeccompNotification.SIZE);
        ours.put("offsetof(struct seccomp_notif,id)", (long) SeccompNotification.ID);
        ours.put("offsetof(struct seccomp_notif,pid)", (long) SeccompNotification.PID);
        ours.put("offsetof(struct seccomp_notif,flags)", (long) SeccompNotification.FLAGS);
        ours.put("offsetof(struct seccomp_notif,data.nr)", (long) SeccompNotification.DATA_NR);
        ours.put("offsetof(struct seccomp_notif,data.arch)", (long) SeccompNotification.DATA_ARCH);
        ours.put("offsetof(struct seccomp_notif,data.instruction_pointer)", (long)
                SeccompNotification.DATA_INSTRUCTION_POINTER);
        ours.put("offsetof(struct seccomp_notif,data.args)", (long) SeccompNotification.DATA_ARGS);
        StringBuilder source = new StringBuilder(HEADERS).append("int main() {\n");
        for (String expression : ours.keySet()) {
            String key = expression.replace(' ', '~');
            source.append("printf(\"")
                    .append(key)
                    .append(" %zu\\n\", ")
                    .append(expression)
                    .append(");\n");
        }
        Map<String, Long> theirs = new TreeMap<>();
        answers(source.append("}\n")).forEach((key, value) -> theirs.put(key.replace('~', ' '), value));
        assertThat(ours).isEqualTo(theirs).hasSizeGreaterThan(40);
    }

    private static void offsets(Map<String, Long> out, Class<?> type, String prefix, String struct) throws Exception {
        for (Field field : type.getFields()) {
            if (field.getName().startsWith(prefix)) {
                String member = field.getName().toLowerCase(Locale.ROOT);
                out.put("offsetof(" + struct + "," + member + ")", field.getLong(null));
            }
        }
    }

    private static boolean isNumber(Field field) {
        return field.getType() == int.class || field.getType() == long.class;
    }

    private Map<String, Long> answers(CharSequence source) throws Exception {
        Path program = Gcc.compile(directory, source.toString());
        Map<String, Long> answers = new TreeMap<>();
        for (String line :
                Gcc.run(List.of(program.toString()), new byte[0]).lines().toList()) {
            int space = line.indexOf(' ');
            answers.put(line.substring(0, space), Long.parseLong(line.substring(space + 1)));
        }
        return answers;
    }
}
