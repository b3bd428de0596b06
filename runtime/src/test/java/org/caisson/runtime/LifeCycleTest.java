package org.caisson.runtime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.Scratch;
import org.caisson.linux.Signals;
import org.caisson.linux.SocketCalls;
import org.caisson.runtime.ContainerState.Status;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.jspecify.annotations.Nullable;
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
        assertThatThrownBy(() -> host.exec("one", ExecRequest.of(List.of("true"))))
                .hasMessageContaining("is paused and cannot be entered: resume it first");
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
        new StateDirectory(host.state()).lock().close();
        Files.createDirectories(host.state().resolve("half"));
        Files.createDirectories(host.state().resolve("other"));
        Files.createFile(host.state().resolve("other/alive"));

        assertThat(host.runtime.list()).isEmpty();
        assertThat(host.state().resolve("half")).doesNotExist();
        assertThat(host.state().resolve("other")).doesNotExist();
    }

    @Test
    void aDetachedFurtherProcessOutlivesWhoAskedForIt() throws IOException {
        Path pidFile = host.directory.resolve("pid");
        host.runtime.run(request("one", "sleep 1000"), ContainerIo.INHERIT);

        // Longer than the grace that a process has whose maker is gone.
        int status = host.runtime.exec(
                "one",
                detachedExec(List.of("sh", "-c", "sleep 4; echo done > /tmp/done; sleep 1000"), false, null, pidFile),
                ContainerIo.INHERIT);

        assertThat(status).isZero();
        int pid = Integer.parseInt(Files.readString(pidFile));
        assertThat(host.runtime.processes("one"))
                .extracting(ContainerProcessInfo::pid)
                .contains(pid);
        TestHost.await("it is done", () -> Files.exists(host.rootfs.resolve("tmp/done")));
        host.runtime.kill("one", 9, false);
        TestHost.await("it ends with its container", () -> ProcessTimes.startOf(pid) == 0);
    }

    @Test
    void aDetachedFurtherProcessLeavesNoRemainsWhenItEnds() throws IOException {
        Path pidFile = host.directory.resolve("pid");
        host.runtime.run(request("one", "sleep 1000"), ContainerIo.INHERIT);

        host.runtime.exec(
                "one", detachedExec(List.of("sh", "-c", "exit 3"), false, null, pidFile), ContainerIo.INHERIT);

        int pid = Integer.parseInt(Files.readString(pidFile));
        TestHost.await("it is gone", () -> !Files.exists(Path.of("/proc/" + pid)));
        TestHost.await("its stage is gone", () -> host.left().stream().noneMatch(t -> t.contains(": caisson-stage")));
        assertThat(host.exec("one", ExecRequest.of(List.of("true"))).status()).isZero();
    }

    @Test
    void theTerminalOfADetachedFurtherProcessGoesToTheConsoleSocket() throws IOException {
        host.runtime.run(request("one", "sleep 1000"), ContainerIo.INHERIT);
        assertThatThrownBy(() ->
                        host.runtime.exec("one", detachedExec(List.of("tty"), true, null, null), ContainerIo.INHERIT))
                .hasMessageContaining("give a console socket");

        Path path = host.directory.resolve("console.sock");
        try (OwnedFd listener = SocketCalls.unixSocket(SocketCalls.SOCK_STREAM)) {
            SocketCalls.bind(listener.number(), path.toString());
            SocketCalls.listen(listener.number(), 1);
            host.runtime.exec(
                    "one", detachedExec(List.of("sh", "-c", "tty; sleep 1000"), true, path, null), ContainerIo.INHERIT);
            try (OwnedFd connection = SocketCalls.accept(listener.number());
                    Scratch scratch = Scratch.open();
                    ReceivedMessage message =
                            SocketCalls.receiveMessage(connection.number(), scratch.allocate(64), 1)) {
                MemorySegment buffer = scratch.allocate(64);
                long length = FileCalls.read(message.descriptors().get(0).number(), buffer);
                assertThat(new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8))
                        .startsWith("/dev/");
            }
        }
    }

    private static ExecRequest detachedExec(
            List<String> args, boolean terminal, @Nullable Path consoleSocket, @Nullable Path pidFile) {
        return new ExecRequest(args, List.of(), null, null, terminal, null, consoleSocket, pidFile, true, List.of());
    }

    @Test
    void aCommandThatDiesWhenItHasAskedForTheStartHarmsNobody() throws IOException {
        host.runtime.create(request("one", "echo ran > /tmp/ran; sleep 1000"), ContainerIo.INHERIT);
        int pid = host.runtime.state("one").pid();

        for (String message : List.of("nonsense", "start")) {
            try (ControlSocket control = ControlSocket.connect(host.state().resolve("one"))) {
                control.send(message);
            }
        }

        TestHost.await("the program ran", () -> Files.exists(host.rootfs.resolve("tmp/ran")));
        awaitStatus("one", Status.RUNNING);
        // The keeper serves on, and the program is still the same.
        assertThat(host.exec("one", ExecRequest.of(List.of("true"))).status()).isZero();
        assertThat(host.runtime.state("one").pid()).isEqualTo(pid);
        assertThat(ProcessTimes.startOf(pid)).isPositive();
    }

    @Test
    void aStartWaitsForTheCommandThatHasTheContainer() throws Exception {
        host.runtime.create(request("one", "sleep 1000"), ContainerIo.INHERIT);
        FutureTask<Boolean> start = new FutureTask<>(() -> {
            host.runtime.start("one");
            return true;
        });
        Thread starter = Thread.ofPlatform().unstarted(start);
        try (FileLock lock = requireNonNull(new StateDirectory(host.state()).lockContainer("one"))) {
            assertThat(lock.file().isOpen()).isTrue();
            starter.start();
            TestHost.await("it waits", () -> starter.getState() == Thread.State.TIMED_WAITING);
            assertThat(host.runtime.state("one").status()).isEqualTo(Status.CREATED);
        }

        assertThat(start.get()).isTrue();
        assertThat(host.runtime.state("one").status()).isEqualTo(Status.RUNNING);
    }

    @Test
    void aContainerWhoseFirstProcessIsDeadIsStoppedThoughItsKeeperDoesNotKnow() throws Exception {
        host.runtime.run(request("one", "sleep 1000"), ContainerIo.INHERIT);
        int pid = host.runtime.state("one").pid();
        int keeper =
                requireNonNull(new StateDirectory(host.state()).read("one")).keeper();

        ProcessCalls.kill(keeper, Signals.SIGSTOP);
        try {
            ProcessCalls.kill(pid, Signals.SIGKILL);
            TestHost.await("it is dead", () -> ProcessTimes.startOf(pid) == 0);

            assertThat(host.runtime.state("one").status()).isEqualTo(Status.STOPPED);
            assertThat(host.runtime.list()).extracting(ContainerState::status).containsExactly(Status.STOPPED);
        } finally {
            ProcessCalls.kill(keeper, Signals.SIGCONT);
        }
    }

    @Test
    void aContainerInTheForegroundCanBeEnteredAsSoonAsItsProgramRuns() throws Exception {
        FutureTask<TestHost.Outcome> run = new FutureTask<>(() -> host.run(RunRequest.ofSpec(
                        "one",
                        SpecBuilder.rootfs(host.rootfs)
                                .args(List.of("sh", "-c", "echo > /tmp/ran; while [ ! -e /tmp/go ]; do :; done"))
                                .build())
                .build()));
        Thread.ofPlatform().start(run);
        while (!Files.exists(host.rootfs.resolve("tmp/ran")) && !run.isDone()) {
            Thread.onSpinWait();
        }

        assertThat(host.exec("one", ExecRequest.of(List.of("true"))).status()).isZero();

        // Not from inside: who tells the first process to end is killed with all others when it has.
        Files.createFile(host.rootfs.resolve("tmp/go"));
        assertThat(run.get().status()).isZero();
    }

    private Path bundle(String script, String hooks) throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},
                 "process":{"args":["sh","-c","%s"],"cwd":"/","env":["PATH=/bin"]},
                 "hooks":{%s},
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}]}}
                """.formatted(host.rootfs, script, hooks));
        return bundle;
    }

    private static String hook(String script) {
        return "{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"" + script
                + "\"],\"env\":[\"PATH=/usr/bin:/bin\"],\"timeout\":20}";
    }

    @Test
    void aPoststopHookThatFailsIsAWarningAndTheNextOneRuns() throws IOException {
        Path log = host.directory.resolve("log");
        Path bundle = bundle("exit 3", "\"poststop\":[" + hook("exit 9") + "," + hook("cat > " + log) + "]");

        TestHost.Outcome outcome =
                host.run(RunRequest.ofBundle("one", bundle).remove(true).build());

        assertThat(outcome.status()).isEqualTo(3);
        assertThat(outcome.warnings()).containsExactly("the poststop hook /bin/sh failed with status 9");
        assertThat(log).content().contains("\"status\":\"stopped\"");
    }

    @Test
    void aCreateRuntimeHookThatFailsIsFollowedByPoststop() throws IOException {
        Path log = host.directory.resolve("log");
        Path bundle = bundle(
                "true", "\"createRuntime\":[" + hook("exit 9") + "],\"poststop\":[" + hook("echo stop > " + log) + "]");

        assertThatThrownBy(() -> host.run(RunRequest.ofBundle("one", bundle).build()))
                .hasMessage("the createRuntime hook /bin/sh failed with status 9");

        assertThat(log).hasContent("stop");
    }

    @Test
    void aPoststopHookMayCallCaisson() throws IOException {
        Path log = host.directory.resolve("log");
        String list = String.join(" ", TestHost.javaCommand("list", host.state()));
        Path bundle = bundle("true", "\"poststop\":[" + hook(list + " > " + log) + "]");
        host.runtime.run(RunRequest.ofBundle("one", bundle).detach(true).build(), ContainerIo.INHERIT);
        awaitStatus("one", Status.STOPPED);

        host.runtime.delete("one", false);

        assertThat(log).hasContent("[]");
    }

    @Test
    void aContainerWhoseKeeperWasKilledGetsItsPoststopFromTheNextCommand() throws Exception {
        Path log = host.directory.resolve("log");
        Path bundle = bundle("sleep 1000", "\"poststop\":[" + hook("echo stop >> " + log) + "]");
        List<String> command = new ArrayList<>(TestHost.javaCommand("run", host.state()));
        command.addAll(List.of("one", bundle.toString()));
        Process foreground = new ProcessBuilder(command).inheritIO().start();
        try {
            TestHost.await("it can be reached", () -> Files.exists(host.state().resolve("one/control.sock")));
        } finally {
            foreground.destroyForcibly().waitFor();
        }

        TestHost.await(
                "it is forgotten",
                () -> host.runtime.list().isEmpty()
                        && !Files.exists(host.state().resolve("one")));

        assertThat(log).hasContent("stop");
    }
}
