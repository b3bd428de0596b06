package org.caisson.runtime.state;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.caisson.linux.FdLeakCheck;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FdLeakCheck.class)
class StateDirectoryTest {
    @TempDir
    private Path directory;

    private Path root;
    private StateDirectory states;

    @BeforeEach
    void setUp() {
        root = directory.resolve("root");
        states = new StateDirectory(root);
    }

    private void make(String id) throws IOException {
        try (FileLock lock = states.lock()) {
            assertThat(lock.file().isOpen()).isTrue();
            requireNonNull(states.reserve(id)).close();
        }
    }

    @Test
    void aDirectoryWithOtherThingsIsRefusedAndNothingIsMadeInIt() throws IOException {
        Files.createDirectories(root.resolve("documents"));

        assertThatThrownBy(() -> states.lock())
                .hasMessage(root + " is no directory of caisson's state (it holds documents): give --root an empty"
                        + " directory");
        assertThat(root).isDirectoryNotContaining(path -> path.endsWith("lock"));
    }

    @Test
    void aLockOfSomebodyElseDoesNotMakeADirectoryOurs() throws IOException {
        Files.createDirectories(root.resolve("documents"));
        Files.createFile(root.resolve("lock"));
        assertThatThrownBy(() -> states.lock()).hasMessageContaining("it holds documents");

        Files.delete(root.resolve("documents"));
        Files.writeString(root.resolve("lock"), "1234\n");
        assertThatThrownBy(() -> states.lock()).hasMessageContaining("it holds lock");
        assertThat(root.resolve("lock")).hasContent("1234\n");

        Files.delete(root.resolve("lock"));
        Files.createSymbolicLink(root.resolve("lock"), directory.resolve("elsewhere"));
        assertThatThrownBy(() -> states.lock()).hasMessageContaining("it holds lock");
        assertThat(directory.resolve("elsewhere")).doesNotExist();
    }

    @Test
    void whatIsForgottenGoesAndWhatIsNotOursStays() throws IOException {
        make("one");
        Path stranger = Files.createFile(root.resolve("one/stranger"));

        assertThatThrownBy(() -> states.forget("one")).hasMessageContaining("Directory not empty");
        assertThat(stranger).exists();
        assertThat(root.resolve("one/alive")).doesNotExist();

        Files.delete(stranger);
        states.forget("one");
        assertThat(root.resolve("one")).doesNotExist();
    }

    @Test
    void aLinkIsNoContainer() throws IOException {
        make("one");
        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        Path alive = Files.createFile(elsewhere.resolve("alive"));
        Files.createSymbolicLink(root.resolve("link"), elsewhere);

        assertThat(states.ids()).containsExactly("one");
        assertThatThrownBy(() -> states.forget("link")).isInstanceOf(IOException.class);
        assertThat(alive).exists();
    }

    @Test
    void whoWaitsForAContainerThatIsMadeAnewGetsTheNewOne() throws Exception {
        make("one");
        FutureTask<FileLock> second = new FutureTask<>(() -> states.lockContainer("one"));
        Thread waiter = Thread.ofPlatform().unstarted(second);
        try (FileLock first = requireNonNull(states.lockContainer("one"))) {
            waiter.start();
            while (waiter.getState() != Thread.State.TIMED_WAITING && !second.isDone()) {
                Thread.onSpinWait();
            }
            states.forget("one");
            make("one");
            assertThat(first.file().isOpen()).isTrue();
        }

        try (FileLock lock = second.get()) {
            assertThat(Files.readSymbolicLink(Path.of(
                            "/proc/self/fd/" + requireNonNull(lock).file().number())))
                    .isEqualTo(root.resolve("one"));
        }
    }

    @Test
    void thereIsNoLockOfAContainerThatIsGone() throws IOException {
        make("one");
        states.forget("one");

        assertThat(states.lockContainer("one")).isNull();
        assertThat(root.resolve("one")).doesNotExist();
    }

    @Test
    void anAliveLockIsThatOfTheContainerThatWasLocked() throws IOException {
        make("one");
        try (FileLock old = requireNonNull(states.lockContainer("one"))) {
            states.forget("one");
            make("one");

            assertThat(states.tryAlive(old)).isNull();
            try (FileLock alive = states.tryAlive("one")) {
                assertThat(alive).isNotNull();
            }
        }
    }
}
