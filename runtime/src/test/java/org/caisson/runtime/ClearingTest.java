package org.caisson.runtime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.MountCalls;
import org.caisson.runtime.ContainerState.Status;
import org.caisson.runtime.cgroup.Cgroup;
import org.caisson.runtime.cgroup.CgroupHost;
import org.caisson.runtime.spec.Resources;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is taken away after a crash, and above all what is not. */
class ClearingTest {
    private static final long ROOT_ID = 0x7ffc_0000L;

    /** On v1 a frozen process does not even die of SIGKILL. */
    private static final String FREEZE_A_CHILD = """
            for f in /sys/fs/cgroup/freezer /sys/fs/cgroup; do [ -d $f/. ] && break; done
            mkdir $f/inner
            sleep 1000 &
            echo $! > $f/inner/cgroup.procs
            echo FROZEN > $f/inner/freezer.state || echo 1 > $f/inner/cgroup.freeze
            """;

    private TestHost host;
    private StateDirectory states;
    private @Nullable Process sleeper;
    private @Nullable Cgroup foreign;

    @BeforeEach
    void setUp() throws IOException {
        host = new TestHost();
        states = new StateDirectory(host.state());
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        if (sleeper != null) {
            sleeper.destroyForcibly();
        }
        if (foreign != null) {
            foreign.remove();
        }
        host.close();
    }

    private void detached(String id, String script) throws IOException {
        host.runtime.run(
                RunRequest.ofSpec(
                                id,
                                SpecBuilder.rootfs(host.rootfs)
                                        .args(List.of("sh", "-c", script))
                                        .build())
                        .detach(true)
                        .build(),
                ContainerIo.INHERIT);
    }

    /** A container whose keeper died when it had come this far. */
    private StoredState dead(String status, List<Path> cgroups) throws IOException {
        StoredState state = new StoredState(
                "1.2.0",
                "one",
                status,
                0,
                0,
                1,
                "/",
                "/",
                "sh",
                1000,
                "root",
                false,
                -1,
                15,
                0,
                cgroups.stream().map(Path::toString).toList(),
                Map.of());
        try (FileLock all = states.lock();
                FileLock alive = requireNonNull(states.reserve("one"))) {
            assertThat(all.file().isOpen() && alive.file().isOpen()).isTrue();
            states.write(state);
        }
        return state;
    }

    private Cgroup groupWithProcess(@Nullable String owner) throws IOException {
        Cgroup group = Cgroup.at(CgroupHost.detect(), ownGroup());
        foreign = group;
        (owner == null ? group : group.withOwner(owner, StateDirectory::lives))
                .create(Resources.EMPTY, ROOT_ID, ROOT_ID);
        Process process = new ProcessBuilder("sleep", "1000").start();
        sleeper = process;
        group.add((int) process.pid());
        return group;
    }

    @Test
    void aStateRootThatIsNotOursLosesNothing() throws IOException {
        Path key = Files.createDirectories(host.state().resolve("ssh")).resolve("key");
        Files.createFile(key);
        Path notes = Files.createFile(host.state().resolve("notes"));

        assertThatThrownBy(() -> host.runtime.list())
                .isInstanceOf(ContainerException.class)
                .hasMessageContaining("is no directory of caisson's state");
        assertThat(key).exists();
        assertThat(notes).exists();

        Files.delete(key);
        Files.delete(key.resolveSibling(""));
        Files.delete(notes);
    }

    @Test
    void whatAnotherPutsIntoOurStateRootStays() throws IOException {
        states.lock().close();
        Path outside = Files.createDirectories(host.directory.resolve("outside"));
        Path target = Files.createFile(outside.resolve("target"));
        Path link = Files.createSymbolicLink(host.state().resolve("link"), outside);
        Path file = Files.createFile(host.state().resolve("file"));
        Path inside = Files.createFile(
                Files.createDirectories(host.state().resolve("directory")).resolve("inside"));

        assertThat(host.runtime.list()).isEmpty();

        for (Path path : List.of(target, link, file, inside)) {
            assertThat(path).exists();
        }
        for (Path path : List.of(link, file, inside, inside.resolveSibling(""))) {
            Files.delete(path);
        }
    }

    @Test
    void namesWithAnotherMeaningAreRefused() {
        for (String id : List.of("lock", "ids", "-f", "--root")) {
            assertThatThrownBy(() -> ContainerIds.check(id))
                    .isInstanceOf(ContainerException.class)
                    .hasMessageContaining("is not allowed");
        }
    }

    @Test
    void aContainerThatFrozeAPartOfItselfCanBeKilledAndDeleted() throws IOException {
        detached("one", FREEZE_A_CHILD + "echo ready > /tmp/ready; exec sleep 1000");
        TestHost.await("it is frozen", () -> Files.exists(host.rootfs.resolve("tmp/ready")));

        host.runtime.kill("one", 9, false);
        TestHost.await("it ends", () -> host.runtime.list().stream().allMatch(s -> s.status() == Status.STOPPED));
        host.runtime.delete("one", false);

        assertThat(host.runtime.list()).isEmpty();
    }

    @Test
    void aProgramThatEndsAndLeavesAFrozenChildHasEnded() throws IOException {
        assertThat(host.sh(FREEZE_A_CHILD + "exit 5").status()).isEqualTo(5);
    }

    @Test
    void controlGroupsThatTheDeadKeeperDidNotMakeAreLeftAlone() throws IOException {
        Cgroup group = groupWithProcess(null);
        dead("creating", group.directories());

        assertThat(host.runtime.list()).isEmpty();

        assertThat(requireNonNull(sleeper).isAlive()).isTrue();
        assertThat(group.processes()).containsExactly((int) sleeper.pid());
    }

    @Test
    void controlGroupsOfAnotherContainerAreLeftAlone() throws IOException {
        Cgroup group = groupWithProcess("/elsewhere/one 1000 1");
        dead("running", group.directories());

        assertThat(host.runtime.list()).extracting(ContainerState::status).containsExactly(Status.STOPPED);
        host.runtime.delete("one", true);

        assertThat(requireNonNull(sleeper).isAlive()).isTrue();
        assertThat(group.processes()).containsExactly((int) sleeper.pid());
    }

    @Test
    void controlGroupsThatTheDeadKeeperMadeGoWithTheirProcesses() throws Exception {
        Cgroup group = groupWithProcess(host.state().resolve("one") + " 1000 1");
        dead("creating", group.directories());

        TestHost.await("it is forgotten", () -> host.runtime.list().isEmpty() && !Files.exists(states.of("one")));

        assertThat(group.exists()).isFalse();
        assertThat(requireNonNull(sleeper).waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void controlGroupsInTheOldPlaceOfAStoppedContainerAreLeftAlone() throws IOException {
        Cgroup group = groupWithProcess(null);
        dead("stopped", group.directories());

        host.runtime.delete("one", true);

        assertThat(requireNonNull(sleeper).isAlive()).isTrue();
        assertThat(group.processes()).containsExactly((int) sleeper.pid());
    }

    @Test
    void theseTestsWouldNoticeAControlGroupThatIsLeft() throws IOException {
        Cgroup group = groupWithProcess(host.state().resolve("one") + " 1000 1");

        assertThat(host.left()).hasSameSizeAs(group.directories()).allMatch(trace -> trace.startsWith("cgroup "));
    }

    @Test
    void aDamagedStateConcernsItsContainerOnly() throws IOException {
        dead("stopped", List.of());
        Files.writeString(states.of("one").resolve("state.json"), "{\"id\":");

        detached("two", "sleep 1000");

        assertThat(host.runtime.list()).extracting(ContainerState::id).containsExactly("one", "two");
        assertThat(host.runtime.state("two").status()).isEqualTo(Status.RUNNING);
        assertThatThrownBy(() -> host.runtime.state("one")).hasMessageContaining("state.json is damaged");
        assertThatThrownBy(() -> host.runtime.delete("one", false)).hasMessageContaining("with --force");
        host.runtime.delete("one", true);
        assertThat(host.runtime.list()).extracting(ContainerState::id).containsExactly("two");
    }

    @Test
    void aContainerThatCannotBeTakenAwayKeepsItsIdsUntilItCanAndStopsNobody() throws Exception {
        detached("one", "while [ ! -e /tmp/go ]; do :; done");
        StoredState state = requireNonNull(states.read("one"));
        Path obstacle = Files.createDirectories(Path.of(state.cgroups().get(0)).resolve("payload/obstacle"));
        MountCalls.mount("none", obstacle.toString(), "tmpfs", 0, null);
        try {
            Files.createFile(host.rootfs.resolve("tmp/go"));
            TestHost.await("the keeper gives up", () -> ProcessTimes.startOf(state.keeper()) == 0);

            assertThat(host.runtime.state("one").status()).isEqualTo(Status.STOPPED);
            assertThat(host.left())
                    .anyMatch(trace -> trace.startsWith("ids ") && trace.endsWith(" of " + states.of("one")));
            detached("two", "sleep 1000");
            assertThat(host.runtime.state("two").status()).isEqualTo(Status.RUNNING);
        } finally {
            MountCalls.umount2(obstacle.toString(), 0);
        }

        host.runtime.list();

        assertThat(host.left()).noneMatch(trace -> trace.endsWith(" of " + states.of("one")));
        assertThat(obstacle).doesNotExist();
    }

    @Test
    void theProgramsStatusIsToldThoughNotAllCanBeTakenAway() throws Exception {
        Path obstacle = host.directory.resolve("obstacle");
        List<Throwable> failed = new ArrayList<>();
        Thread blocker = Thread.ofPlatform().start(() -> {
            try {
                TestHost.await("the program runs", () -> Files.exists(host.rootfs.resolve("tmp/runs")));
                StoredState state = requireNonNull(states.read("one"));
                Path group =
                        Files.createDirectories(Path.of(state.cgroups().get(0)).resolve("payload/obstacle"));
                MountCalls.mount("none", group.toString(), "tmpfs", 0, null);
                Files.createSymbolicLink(obstacle, group);
                Files.createFile(host.rootfs.resolve("tmp/go"));
            } catch (IOException | RuntimeException | Error e) {
                failed.add(e);
            }
        });

        TestHost.Outcome outcome = host.run(RunRequest.ofSpec(
                        "one",
                        SpecBuilder.rootfs(host.rootfs)
                                .args(List.of(
                                        "sh", "-c", "echo > /tmp/runs; while [ ! -e /tmp/go ]; do :; done; exit 7"))
                                .build())
                .remove(true)
                .build());

        blocker.join();
        assertThat(failed).isEmpty();
        MountCalls.umount2(obstacle.toRealPath().toString(), 0);
        assertThat(outcome.status()).isEqualTo(7);
        assertThat(outcome.warnings()).singleElement().asString().contains("container one cannot be cleaned up");
        assertThat(host.runtime.list()).isEmpty();
    }

    @Test
    void aContainerThatIsBeingMadeIsNotDeletedByMistake() throws IOException {
        dead("creating", List.of());
        try (FileLock alive = requireNonNull(states.tryAlive("one"))) {
            assertThat(alive.file().isOpen()).isTrue();

            assertThatThrownBy(() -> host.runtime.delete("one", false))
                    .hasMessageContaining("container one is being made and cannot be deleted");
        }
    }

    /** A container that wants the groups of {@link #ownGroup}. */
    private TestHost.Outcome runWithOwnGroup() throws IOException {
        return host.run(RunRequest.ofSpec(
                        ownGroup().substring("caisson-".length()),
                        SpecBuilder.rootfs(host.rootfs).args(List.of("true")).build())
                .remove(true)
                .build());
    }

    private static String ownGroup() {
        return "caisson-test-" + ProcessHandle.current().pid();
    }

    @Test
    void anEmptyGroupOfAContainerThatIsNoMoreBelowAnotherRootIsNotInTheWay() throws IOException {
        Cgroup left = Cgroup.at(CgroupHost.detect(), ownGroup());
        foreign = left;
        String mark = host.directory.resolve("other/one") + " 1000 1";
        left.withOwner(mark, StateDirectory::lives).create(Resources.EMPTY, ROOT_ID, ROOT_ID);

        assertThat(runWithOwnGroup().status()).isZero();
        assertThat(left.exists()).isFalse();
    }

    @Test
    void anEmptyGroupOfAContainerThatLivesIsInTheWay() throws IOException {
        Cgroup groups = Cgroup.at(CgroupHost.detect(), ownGroup());
        foreign = groups;
        StateDirectory others = new StateDirectory(host.directory.resolve("other"));
        try (FileLock all = others.lock();
                FileLock alive = requireNonNull(others.reserve("one"))) {
            assertThat(all.file().isOpen() && alive.file().isOpen()).isTrue();
            groups.withOwner(others.of("one") + " 1000 1", StateDirectory::lives)
                    .create(Resources.EMPTY, ROOT_ID, ROOT_ID);

            assertThatThrownBy(() -> runWithOwnGroup())
                    .hasMessageContaining("exists already: another container uses it");
            assertThat(groups.exists()).isTrue();
        }
    }

    @Test
    void aGroupThatIsNotOursOrWhereSomethingLivesIsInTheWay() throws IOException {
        for (String mark : new String[] {"", host.directory.resolve("other/one") + " 1000 1"}) {
            Cgroup groups = groupWithProcess(mark.isEmpty() ? null : mark);

            assertThatThrownBy(() -> runWithOwnGroup())
                    .hasMessageContaining("exists already: another container uses it");
            assertThat(requireNonNull(sleeper).isAlive()).isTrue();
            requireNonNull(sleeper).destroyForcibly();
            groups.remove();
        }
    }
}
