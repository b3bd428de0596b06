package org.caisson.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.FdLeakCheck;
import org.caisson.runtime.spec.Hooks.Hook;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Real programs as hooks. */
@ExtendWith(FdLeakCheck.class)
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HookRunnerTest {
    @TempDir
    private Path directory;

    private static Hook shell(String script, @Nullable Integer timeout) {
        return new Hook("/bin/sh", List.of("sh", "-c", script), List.of("PATH=/usr/bin:/bin"), timeout);
    }

    private static void run(String state, Hook... hooks) throws ContainerException {
        HookRunner.run("prestart", List.of(hooks), state);
    }

    @Test
    void theStateIsItsStandardInput() throws IOException {
        Path copy = directory.resolve("copy");

        run("{\"status\":\"creating\"}", shell("cat > " + copy, null));

        assertThat(copy).hasContent("{\"status\":\"creating\"}");
    }

    @Test
    void aHookMayPrintMoreThanAPipeHolds() throws IOException {
        Path done = directory.resolve("done");

        run("{}", shell("head -c 1000000 /dev/zero; echo done > " + done, null));

        assertThat(done).exists();
    }

    @Test
    void aHookNeedNotReadAStateThatNoPipeHolds() throws IOException {
        run("x".repeat(1 << 20), shell("exit 0", null));
    }

    @Test
    void aHookThatTakesTooLongIsEndedWithAllThatItStarted() throws IOException {
        Path pid = directory.resolve("pid");

        assertThatThrownBy(() -> run("{}", shell("sleep 1000 & echo $! > " + pid + "; wait", 1)))
                .hasMessage("the prestart hook /bin/sh was not done in 1 seconds");

        int sleeper = Integer.parseInt(Files.readString(pid).strip());
        TestHost.await("the hook's child is dead", () -> ProcessTimes.startOf(sleeper) == 0);
    }

    @Test
    void whatAHookLeavesRunningWithItsOutputIsNotWaitedFor() throws IOException {
        Path pid = directory.resolve("pid");

        run("{}", shell("sleep 1000 & echo $! > " + pid, null));

        long left = Long.parseLong(Files.readString(pid).strip());
        ProcessHandle sleeper = ProcessHandle.of(left).orElseThrow();
        assertThat(sleeper.isAlive()).isTrue();
        sleeper.destroyForcibly();
    }

    @Test
    void theFirstArgumentIsItsNameForItself() {
        Hook named = new Hook("/bin/sh", List.of("my-name", "-c", "echo I am $0; exit 3"), List.of(), null);

        assertThatThrownBy(() -> run("{}", named))
                .hasMessage("the prestart hook /bin/sh failed with status 3: I am my-name");
    }

    @Test
    void itHasTheVariablesThatItIsGivenAndNoOther() throws IOException {
        Path environment = directory.resolve("environment");
        Hook hook = new Hook("/usr/bin/env", List.of("env"), List.of("A=1"), null);
        Hook failing = new Hook("/bin/sh", List.of("sh", "-c", "/usr/bin/env > " + environment), List.of("A=1"), null);

        run("{}", hook, failing);

        assertThat(Files.readAllLines(environment)).contains("A=1").noneMatch(line -> line.startsWith("HOME="));
    }

    @Test
    void aHookThatIsNotThereIsTold() {
        assertThatThrownBy(() -> run("{}", new Hook("/nosuch", List.of(), List.of(), null)))
                .hasMessage("the prestart hook /nosuch cannot be run: No such file or directory");
    }
}
