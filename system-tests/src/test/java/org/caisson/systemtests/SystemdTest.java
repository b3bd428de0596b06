package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** systemd as pid 1 of a debootstrapped Debian. */
@Timeout(900)
class SystemdTest {
    @TempDir
    Path scratch = Path.of("");

    @Test
    void reachesMultiUserTarget() throws Exception {
        var caisson = new Caisson(scratch);
        var debian = DebianRoot.plain(scratch);
        var root = debian.copy();
        var running = caisson.start(
                List.of("run", "--rm", "--name", "systemd", "--rootfs", root.toString(), "/sbin/init"), Map.of());
        try {
            looksWell(caisson, running);
        } catch (Throwable cause) {
            // How it ended is told too, but it is not the cause.
            try {
                caisson.run("rm", "-f", "systemd");
                cause.addSuppressed(new AssertionError(running.out() + running.err()));
                Caisson.finish(running);
            } catch (Exception | AssertionError further) {
                cause.addSuppressed(further);
            }
            throw cause;
        }
        caisson.run("kill", "systemd", "RTMIN+3").output();
        Caisson.finish(running);
        assertThat(caisson.run("ps", "-aq").output()).isEmpty();
        debian.remove();
    }

    private static void looksWell(Caisson caisson, Caisson.Running running) throws Exception {
        // Each question waits inside until systemd has an answer; only before it can be asked there are several.
        Await.until("systemd has finished starting", Duration.ofSeconds(90), () -> {
            assertThat(running.process().isAlive()).as(running.err()).isTrue();
            var state = caisson.run("exec", "systemd", "systemctl", "is-system-running", "--wait")
                    .out()
                    .trim();
            return state.equals("running") || state.equals("degraded");
        });
        assertThat(caisson.run("exec", "systemd", "systemctl", "list-units", "--failed", "--plain", "--no-legend")
                        .output())
                .isEmpty();
        assertThat(caisson.run("exec", "systemd", "systemctl", "is-active", "multi-user.target", "systemd-logind")
                        .output())
                .isEqualTo("active\nactive\n");
        assertThat(caisson.run("exec", "systemd", "ps", "-p", "1", "-o", "comm=")
                        .output()
                        .trim())
                .isEqualTo("systemd");
    }
}
