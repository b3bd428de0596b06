package org.caisson.runtime.stage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Signals, ends and deaths: whoever goes first, nothing stays behind. */
@ExtendWith(FdLeakCheck.class)
class StageLifeTest {
    private static final int SIGKILL = 9;
    private static final int SIGTERM = 15;

    @SuppressWarnings("NullAway.Init") // made before each test
    private BusyboxRoot root;

    private String mountsBefore = "";

    StageLifeTest() {}

    @BeforeEach
    void makeRoot() throws IOException {
        root = new BusyboxRoot().owned();
        mountsBefore = Files.readString(Path.of("/proc/self/mountinfo"));
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        root.close();
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(mountsBefore);
    }

    @Test
    void signalThatEndsTheProgramIs128AndItsNumber() throws IOException {
        try (TestBox box = TestBox.plan(root, "sleep", "1000").start()) {
            box.process.signal(SIGKILL);

            assertThat(box.process.awaitExit()).isEqualTo(137);
        }
    }

    @Test
    void initHandsOnTheSignalThatEndedTheProgram() throws IOException {
        TestBox.Result result = TestBox.plan(root, "sh", "-c", "kill -SEGV $$")
                .program(p -> p.init(true))
                .run();

        assertThat(result.status()).isEqualTo(139);
    }

    @Test
    void initPassesSignalsOnToTheProgram() throws IOException {
        try (TestBox box = TestBox.plan(
                        root, "sh", "-c", "trap 'exit 5' TERM; echo ready; while true; do sleep 0.01; done")
                .program(p -> p.init(true))
                .start()) {
            box.readUntil("ready");
            box.process.signal(SIGTERM);

            assertThat(box.process.awaitExit()).isEqualTo(5);
        }
    }

    @Test
    void initReapsOrphans() throws IOException {
        try (TestBox box = TestBox.plan(root, "sh").program(p -> p.init(true)).start()) {
            for (int i = 0; i < 5; i++) {
                box.command("sh -c 'sleep 0 & exit'");
            }
            long deadline = System.nanoTime() + 20_000_000_000L;
            String zombies;
            do {
                zombies = box.command("grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null")
                        .output();
            } while (!zombies.isEmpty() && System.nanoTime() < deadline);

            assertThat(zombies).isEmpty();
        }
    }

    @Test
    void closingAnUnstartedContainerEndsIt() throws IOException {
        OwnedFd pidfd;
        try (TestBox box = TestBox.plan(root, "sh").build()) {
            pidfd = box.process.pidfd().duplicate();
        }
        try (pidfd) {
            TestBox.awaitReadable(pidfd);
        }
    }

    @Test
    void closingAStageThatWasNotBuiltEndsIt() throws IOException {
        int pid;
        try (Stage stage = Stage.spawn(TestBox.binary(), 0, 1, 2)) {
            pid = stage.pid();
        }
        assertThatThrownBy(() -> ProcessCalls.pidfdOpen(pid)).isInstanceOf(ErrnoException.class);
    }

    @Test
    void containerDiesWithItsAgent() throws IOException {
        try (TestBox box = TestBox.plan(root, "sh").start()) {
            ProcessCalls.kill(box.process.agentPid(), SIGKILL);

            TestBox.awaitReadable(box.process.pidfd());
        }
    }

    @Test
    void killedParentLeavesNoProcess() throws IOException, InterruptedException {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dcaisson.stage=" + TestBox.binary(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        root.path.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var answer = parent.inputReader()) {
            String[] pids = requireNonNull(answer.readLine()).split(" ", 2);
            try (OwnedFd agent = ProcessCalls.pidfdOpen(Integer.parseInt(pids[0]));
                    OwnedFd program = ProcessCalls.pidfdOpen(Integer.parseInt(pids[1]))) {
                parent.destroyForcibly().waitFor();

                TestBox.awaitReadable(program);
                TestBox.awaitReadable(agent);
            }
        }
    }

    /** Starts a container, tells its processes, and waits to be killed. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) throws IOException {
            TestBox box = TestBox.plan(new BusyboxRoot(Path.of(arguments[0])), "sleep", "1000")
                    .start();
            System.out.println(box.process.agentPid() + " " + box.process.pid());
            box.process.awaitExit();
        }
    }
}
