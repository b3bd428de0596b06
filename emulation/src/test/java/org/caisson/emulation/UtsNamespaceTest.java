package org.caisson.emulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.emulation.trap.TaskNamespaces;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
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
            try (OwnedFd namespace = TaskNamespaces.administered((int) holder.pid(), "uts")) {
                UtsNamespace.setHostName(namespace, "box".getBytes(StandardCharsets.UTF_8));
                UtsNamespace.setDomainName(namespace, "example".getBytes(StandardCharsets.UTF_8));
            }
            in.write("go\n");
            in.flush();

            assertThat(out.readLine()).isEqualTo("box");
            assertThat(out.readLine()).isEqualTo("example");
        } finally {
            holder.destroyForcibly();
        }
        assertThat(Files.readString(Path.of("/proc/sys/kernel/hostname"))).isEqualTo(hostName);
    }

    @Test
    void rootOfAUserNamespaceDoesNotAdministerItsParentsNames() throws Exception {
        Process holder = new ProcessBuilder("unshare", "--user", "--map-root-user", "sh", "-c", "echo ready; read line")
                .redirectErrorStream(true)
                .start();
        try (var out = holder.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("ready");

            assertThatExceptionOfType(ErrnoException.class)
                    .isThrownBy(() -> TaskNamespaces.administered((int) holder.pid(), "uts")
                            .close())
                    .matches(failure -> failure.errno() == Errno.EPERM);
        } finally {
            holder.destroyForcibly();
        }
    }
}
