package org.caisson.runtime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.caisson.runtime.ContainerState.Status;
import org.caisson.runtime.state.StateDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers that outlive their makers, with keepers in processes of their own. */
class LifeCycleTest {
    private TestHost host;

    @BeforeEach
    void setUp() throws IOException {
        host = new TestHost();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        host.close();
    }

    private RunRequest request(String id, String script) throws ContainerException {
        return RunRequest.ofSpec(
                        id,
                        SpecBuilder.rootfs(host.rootfs)
                                .args(List.of("sh", "-c", script))
                                .build())
                .detach(true)
                .build();
    }

    private void awaitStatus(String id, Status status) throws IOException {
        TestHost.await(id + " is " + status, () -> host.runtime.state(id).status() == status);
    }

    @Test
    void aContainerGoesFromCreatedToRunningToStoppedToForgotten() throws IOException {
        host.runtime.create(request("one", "echo ran > /ran; sleep 1000"), ContainerIo.INHERIT);
        assertThat(host.runtime.state("one").status()).isEqualTo(Status.CREATED);
        assertThat(host.rootfs.resolve("ran")).doesNotExist();

        host.runtime.start("one");
        ContainerState running = host.runtime.state("one");
        assertThat(running.status()).isEqualTo(Status.RUNNING);
        assertThat(Path.of("/proc/" + running.pid())).exists();
        TestHost.await("the program ran", () -> Files.exists(host.rootfs.resolve("ran")));
        assertThat(host.runtime.processes("one"))
                .extracting(ContainerProcessInfo::pid)
                .contains(running.pid());

        host.runtime.kill("one", 9, false);
        awaitStatus("one", Status.STOPPED);

        host.runtime.delete("one", false);
        assertThat(host.runtime.list()).isEmpty();
        assertThatThrownBy(() -> host.runtime.state("one"))
                .isInstanceOfSatisfying(
                        ContainerException.class,
                        e -> assertThat(e.kind()).isEqualTo(ContainerException.Kind.NO_SUCH_CONTAINER));
    }

    @Test
    void stepsInTheWrongOrderAreRefused() throws IOException {
        host.runtime.create(request("one", "sleep 1000"), ContainerIo.INHERIT);
        assertThatThrownBy(() -> host.runtime.pause("one")).hasMessageContaining("is created and cannot be paused");
        assertThatThrownBy(() -> host.exec("one", ExecRequest.of(List.of("true"))))
                .hasMessageContaining("is created and cannot be entered");
        host.runtime.start("one");
        assertThatThrownBy(() -> host.runtime.start("one")).hasMessageContaining("is running and cannot be started");
        assertThatThrownBy(() -> host.runtime.delete("one", false))
                .hasMessageContaining("is running and cannot be deleted");
        assertThatThrownBy(() -> host.runtime.create(request("one", "true"), ContainerIo.INHERIT))
                .hasMessageContaining("container one exists already");
    }

    @Test
    void aCreatedContainerCanBeDeleted() throws IOException {
        host.runtime.create(request("one", "true"), ContainerIo.INHERIT);

        host.runtime.delete("one", false);

        assertThat(host.runtime.list()).isEmpty();
    }

    @Test
    void aFurtherProcessSharesTheContainerAndHasItsOwnStatus() throws IOException {
        host.runtime.run(request("one", "echo first > /tmp/first; sleep 1000"), ContainerIo.INHERIT);
        TestHost.await("the program ran", () -> Files.exists(host.rootfs.resolve("tmp/first")));

        TestHost.Outcome outcome = host.exec(
                "one",
                ExecRequest.of(List.of(
                        "sh",
                        "-c",
                        "cat /tmp/first; hostname; grep -c . /proc/meminfo; cat /proc/self/cgroup; exit 5")));

        assertThat(outcome.status()).isEqualTo(5);
        assertThat(outcome.text().lines()).contains("first", "caisson").noneMatch(line -> line.contains("payload"));
        assertThat(host.exec(
                                "one",
                                ExecRequest.of(
                                        List.of("sh", "-c", "mount -t proc p /mnt && grep -c caisson /proc/mounts")))
                        .status())
                .isZero();
        assertThatThrownBy(() -> host.exec("one", ExecRequest.of(List.of("nosuch"))))
                .isInstanceOfSatisfying(
                        ContainerException.class,
                        e -> assertThat(e.exitStatus()).isEqualTo(127));
    }

    @Test
    void aPausedContainerStandsStillAndCanBeKilled() throws IOException {
        host.runtime.run(request("one", "sleep 1000"), ContainerIo.INHERIT);

        host.runtime.pause("one");
        assertThat(host.runtime.state("one").status()).isEqualTo(Status.PAUSED);
        assertThatThrownBy(() -> host.runtime.pause("one")).hasMessageContaining("is paused and cannot be paused");
        host.runtime.resume("one");
        assertThat(host.runtime.state("one").status()).isEqualTo(Status.RUNNING);
        host.runtime.pause("one");
        host.runtime.delete("one", true);

        assertThat(host.runtime.list()).isEmpty();
    }

    @Test
    void aContainerToBeRemovedIsForgottenAtItsEnd() throws IOException {
        RunRequest request = RunRequest.ofSpec(
                        "one",
                        SpecBuilder.rootfs(host.rootfs).args(List.of("true")).build())
                .detach(true)
                .remove(true)
                .build();

        host.runtime.run(request, ContainerIo.INHERIT);

        TestHost.await("it is forgotten", () -> host.runtime.list().isEmpty());
    }

    @Test
    void aFailureInTheKeeperIsTheCallersError() {
        assertThatThrownBy(() -> host.runtime.create(
                        RunRequest.ofSpec(
                                        "one",
                                        SpecBuilder.rootfs(host.rootfs)
                                                .args(List.of("true"))
                                                .bind("/nosuch", "/mnt", false)
                                                .build())
                                .build(),
                        ContainerIo.INHERIT))
                .isInstanceOf(ContainerException.class)
                .hasMessageStartingWith("/nosuch cannot be shown in the container");
    }

    @Test
    void aProgramThatDoesNotExistFailsTheDetachedRunAndLeavesNothing() throws IOException {
        assertThatThrownBy(() -> host.runtime.run(
                        RunRequest.ofSpec(
                                        "one",
                                        SpecBuilder.rootfs(host.rootfs)
                                                .args(List.of("nosuch"))
                                                .build())
                                .detach(true)
                                .build(),
                        ContainerIo.INHERIT))
                .isInstanceOfSatisfying(
                        ContainerException.class,
                        e -> assertThat(e.exitStatus()).isEqualTo(127));
        assertThat(host.runtime.list()).isEmpty();
    }

    @Test
    void ofManyCallersWhoWantTheSameNameExactlyOneGetsIt() throws Exception {
        List<Callable<Boolean>> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            callers.add(() -> {
                try {
                    new ContainerRuntime(TestHost.options(host.state()))
                            .create(request("one", "sleep 1000"), ContainerIo.INHERIT);
                    return true;
                } catch (ContainerException e) {
                    assertThat(e).hasMessageContaining("exists already");
                    return false;
                }
            });
        }
        int made = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(callers.size())) {
            for (Future<Boolean> result : threads.invokeAll(callers)) {
                made += result.get() ? 1 : 0;
            }
        }
        assertThat(made).isOne();
    }

    @Test
    void afterItsKeeperWasKilledTheNextCommandFindsItStoppedAndItsProcessesDead() throws IOException {
        host.runtime.run(request("one", "sleep 1000"), ContainerIo.INHERIT);
        int pid = host.runtime.state("one").pid();
        int keeper =
                requireNonNull(new StateDirectory(host.state()).read("one")).keeper();

        ProcessHandle.of(keeper).orElseThrow().destroyForcibly();
        awaitStatus("one", Status.STOPPED);

        TestHost.await("the program is dead", () -> ProcessTimes.startOf(pid) == 0);
        host.runtime.delete("one", false);
    }

    @Test
    void afterAForegroundRunWasKilledTheNextCommandForgetsTheContainer() throws Exception {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},"process":{"args":["/bin/sleep","1000"],"cwd":"/"},
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}]}}
                """.formatted(host.rootfs));
        List<String> command = new ArrayList<>(TestHost.javaCommand("run", host.state()));
        command.addAll(List.of("one", bundle.toString()));
        Process foreground = new ProcessBuilder(command).inheritIO().start();
        try {
            TestHost.await(
                    "it runs", () -> host.runtime.list().stream().anyMatch(state -> state.status() == Status.RUNNING));
        } finally {
            foreground.destroyForcibly().waitFor();
        }

        assertThat(host.runtime.list()).isEmpty();
    }

    @Test
    void aDirectoryThatIsLeftFromACrashIsCleared() throws IOException {
        Files.createDirectories(host.state().resolve("half"));
        Files.createDirectories(host.state().resolve("other"));
        Files.createFile(host.state().resolve("other/alive"));

        assertThat(host.runtime.list()).isEmpty();
        assertThat(host.state().resolve("half")).doesNotExist();
        assertThat(host.state().resolve("other")).doesNotExist();
    }
}
