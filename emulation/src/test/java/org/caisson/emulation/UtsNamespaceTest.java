package org.caisson.emulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.emulation.trap.TaskNamespaces;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(FdLeakCheck.class)
class UtsNamespaceTest {
    @Test
    void namesAreSetInTheTasksNamespaceAlone() throws Exception {
        String hostName = Files.readString(Path.of("/proc/sys/kernel/hostname"));
        Process holder = new ProcessBuilder(
                        "unshare", "--uts", "sh", "-c", "echo ready; read line; hostname; domainname")
                .redirectErrorStream(true)
                .start();
        try (var out = holder.inputReader(StandardCharsets.UTF_8);
                var in = holder.outputWriter(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("ready");
            try (OwnedFd namespace = TaskNamespaces.administered((int) holder.pid(), "uts", userNamespaceOf("self"))) {
                UtsNamespace.setHostName(namespace, "box".getBytes(StandardCharsets.UTF_8));
                UtsNamespace.setDomainName(namespace, "example".getBytes(StandardCharsets.UTF_8));
            }
            in.write("go\n");
            in.flush();

            assertThat(out.readLine()).isEqualTo("box");
            assertThat(out.readLine()).isEqualTo("example");
        } finally {
            end(holder);
        }
        assertThat(Files.readString(Path.of("/proc/sys/kernel/hostname"))).isEqualTo(hostName);
    }

    @Test
    void rootOfAUserNamespaceDoesNotAdministerItsParentsNames() throws Exception {
        Process holder = inUserNamespace();
        try {
            assertRefused(holder, userNamespaceOf("self"));
        } finally {
            end(holder);
        }
    }

    /** A thread's number may come to mean a thread of the host's root, who may do anything there. */
    @Test
    void namesOutsideOfTheContainerAreNobodys() throws Exception {
        Process container = inUserNamespace("--uts");
        Process host = new ProcessBuilder("cat").start();
        try {
            long users = userNamespaceOf(Long.toString(container.pid()));
            assertRefused(host, users);
            TaskNamespaces.administered((int) container.pid(), "uts", users).close();
        } finally {
            end(host);
            end(container);
        }
    }

    private static Process inUserNamespace(String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of("unshare", "--user", "--map-root-user"));
        command.addAll(List.of(more));
        command.addAll(List.of("sh", "-c", "echo ready; exec cat"));
        Process holder = new ProcessBuilder(command).redirectErrorStream(true).start();
        byte[] said = holder.getInputStream().readNBytes("ready\n".length());
        assertThat(new String(said, StandardCharsets.UTF_8)).isEqualTo("ready\n");
        return holder;
    }

    private static void assertRefused(Process task, long container) {
        assertThatExceptionOfType(ErrnoException.class)
                .isThrownBy(() -> TaskNamespaces.administered((int) task.pid(), "uts", container)
                        .close())
                .matches(failure -> failure.errno() == Errno.EPERM);
    }

    private static long userNamespaceOf(String pid) throws ErrnoException {
        try (OwnedFd users = FileCalls.open("/proc/" + pid + "/ns/user", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
            return FileIdentity.of(users).inode();
        }
    }

    private static void end(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        process.getInputStream().close();
        process.getErrorStream().close();
    }
}
