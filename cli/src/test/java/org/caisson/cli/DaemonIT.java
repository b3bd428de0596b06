package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.SocketCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code caisson daemon}, and commands that use it or do without. */
@ExtendWith(NothingLeft.class)
class DaemonIT {
    private static final int MANY = 40;

    @TempDir
    Path directory;

    private Caisson caisson;

    @BeforeEach
    void open() throws Exception {
        caisson = Caisson.withDaemon();
    }

    @AfterEach
    void close() throws Exception {
        caisson.close();
    }

    @Test
    void aCommandIsAThinProgramAndItsContainerTheDaemons() throws Exception {
        Process client = caisson.start("do", "--name", "one", "--", "sleep", "1000");
        awaitRunning("one");
        assertThat(program(client)).isEqualTo(Caisson.program().toRealPath());
        assertThat(caisson.daemon().descendants().map(ProcessHandle::info))
                .anyMatch(info -> info.commandLine().orElse("").startsWith("sleep 1000")
                        || info.command().orElse("").endsWith("sleep"));
        assertThat(caisson.run("kill", "one", "TERM").status()).isZero();
        assertThat(client.waitFor()).isEqualTo(143);
    }

    @Test
    void aDetachedContainerIsTheDaemonsToo() throws Exception {
        assertThat(caisson.run("do", "-d", "--name", "one", "--", "sleep", "1000")
                        .output())
                .isEqualTo("one\n");
        assertThat(children("caisson-stage")).isPositive();
        assertThat(ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info().commandLine().orElse("").contains(" keeper "))
                        .filter(process -> process.info()
                                .commandLine()
                                .orElse("")
                                .contains(caisson.root().toString())))
                .isEmpty();
        assertThat(caisson.run("exec", "one", "echo", "hello").output()).isEqualTo("hello\n");
        assertThat(caisson.run("pause", "one").status()).isZero();
        assertThat(caisson.run("resume", "one").status()).isZero();
        assertThat(caisson.run("stop", "-t", "1", "one").status()).isZero();
        assertThat(caisson.run("rm", "one").status()).isZero();
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    @Test
    void directoryVariablesAndUmaskAreTheCallers() throws Exception {
        var builder = new ProcessBuilder("sh", "-c", "umask 077; exec \"$@\"", "sh").directory(directory.toFile());
        builder.command()
                .addAll(caisson.command(
                        "do",
                        "-e",
                        "MINE",
                        "-v",
                        ".:/mnt:ro",
                        "--pid-file",
                        "pid",
                        "--",
                        "sh",
                        "-c",
                        "echo $MINE; pwd; ls /mnt"));
        builder.environment().put("MINE", "yes");
        Files.writeString(directory.resolve("file"), "");
        var result = Caisson.finish(builder, "");
        assertThat(result.errors()).isEmpty();
        assertThat(result.output()).isEqualTo("yes\n" + directory + "\nfile\npid\n");
        assertThat(Files.getPosixFilePermissions(directory.resolve("pid"))).hasSize(2);
    }

    @Test
    void limitsAreTheCallers() throws Exception {
        var builder = new ProcessBuilder("sh", "-c", "ulimit -S -c 4096; exec \"$@\"", "sh");
        builder.command().addAll(caisson.command("do", "--", "sh", "-c", "ulimit -S -c"));
        var here = Caisson.finish(builder, "");
        var plain = Caisson.finish(new ProcessBuilder("sh", "-c", "ulimit -S -c 4096; ulimit -S -c"), "");
        assertThat(here.output()).isEqualTo(plain.output());
    }

    @Test
    void aFurtherDescriptorIsPreserved() throws Exception {
        Path file = Files.writeString(directory.resolve("data"), "through\n");
        var builder = new ProcessBuilder("sh", "-c", "exec 3<" + file + "; exec \"$@\"", "sh");
        Path bundle = bundle("cat <&3");
        builder.command().addAll(caisson.command("run", "--preserve-fds", "1", "-b", bundle.toString(), "one"));
        var result = Caisson.finish(builder, "");
        assertThat(result.errors()).isEmpty();
        assertThat(result.output()).isEqualTo("through\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0<&-", "1>&-", "0<&- 1>&-"})
    void aStreamThatIsClosedGivesNoWayToTheHost(String closed) throws Exception {
        var builder = new ProcessBuilder("sh", "-c", "exec \"$@\" " + closed, "sh");
        builder.command()
                .addAll(caisson.command(
                        "do",
                        "-i",
                        "--",
                        "sh",
                        "-c",
                        "for fd in 0 1; do test -d /proc/$$/fd/$fd && echo directory >&2;"
                                + " test -S /proc/$$/fd/$fd && echo socket >&2; done; echo seen >&2"));
        assertThat(Caisson.finish(builder, "").errors()).isEqualTo("seen\n");
    }

    @Test
    void whoGivesADirectoryAsAStreamRunsTheProgramHimself() throws Exception {
        var builder = new ProcessBuilder("sh", "-c", "exec \"$@\" < /", "sh");
        builder.command().addAll(caisson.command("do", "-i", "--name", "one", "--", "sleep", "1000"));
        Process client = builder.start();
        awaitRunning("one");
        assertThat(program(client)).isNotEqualTo(Caisson.program().toRealPath());
        client.destroy();
        assertThat(client.waitFor()).isEqualTo(143);
    }

    @Test
    void aSocketOfAnotherUserGetsNothing() throws Exception {
        Caisson other = Caisson.withOwnState();
        Files.createDirectories(other.socket().getParent());
        Process stranger =
                new ProcessBuilder("python3", "-c", """
                        import os, socket, sys
                        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                        s.bind(sys.argv[1])
                        os.setuid(65534)
                        s.listen(8)
                        print("listens", flush=True)
                        print(len(s.accept()[0].recv(65536)), flush=True)
                        """, other.socket().toString()).start();
        try (var answers = stranger.inputReader()) {
            assertThat(answers.readLine()).isEqualTo("listens");
            assertThat(other.run("do", "--", "echo", "alone").output()).isEqualTo("alone\n");
            assertThat(answers.readLine()).isEqualTo("0");
        } finally {
            stranger.destroyForcibly().waitFor();
        }
        other.close();
    }

    @Test
    void aNameIsFreeWhenItsCommandHasEnded() throws Exception {
        Path bundle = bundle("echo hello");
        for (int i = 0; i < 10; i++) {
            var result = caisson.run("run", "-b", bundle.toString(), "one");
            assertThat(result.errors()).isEmpty();
            assertThat(result.output()).isEqualTo("hello\n");
        }
    }

    @Test
    void whoeverKillsAClientWhoseOutputNobodyReadsEndsTheContainer() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        var builder = new ProcessBuilder("sh", "-c", "exec \"$@\" 1<>" + fifo, "sh");
        builder.command().addAll(caisson.command("do", "-t", "--name", "one", "--", "yes"));
        Process client = builder.start();
        awaitRunning("one");
        caisson.await("the program waits", () -> {
            for (int i = 0; i < 100; i++) {
                if (!isAsleep("yes")) {
                    return false;
                }
            }
            return true;
        });
        client.destroyForcibly();
        caisson.await(
                "the container has ended",
                () -> caisson.run("state", "one").output().contains("stopped"));
    }

    @Test
    void whoeverKillsTheClientEndsTheContainer() throws Exception {
        Process client = caisson.start("do", "--name", "one", "--", "sleep", "1000");
        awaitRunning("one");
        client.destroyForcibly();
        caisson.await(
                "the container has ended",
                () -> caisson.run("state", "one").output().contains("stopped"));
    }

    @Test
    void aSecondDaemonIsRefusedAndTheFirstGoesOn() throws Exception {
        // By way of a JVM of its own, for the first daemon leaves it this command.
        var second = caisson.run("daemon");
        assertThat(second.status()).isNotZero();
        assertThat(second.errors()).contains("runs already").hasLineCount(1);
        assertThat(caisson.run("do", "--", "true").status()).isZero();
    }

    @Test
    void aSocketOfTheServiceManagerIsLeftToIt() throws Exception {
        Caisson other = Caisson.withOwnState();
        Files.createDirectories(other.socket().getParent());
        try (OwnedFd listener = SocketCalls.unixSocket(SocketCalls.SOCK_SEQPACKET)) {
            SocketCalls.bind(listener.number(), other.socket().toString());
            SocketCalls.listen(listener.number(), 8);
            // It would wait for the daemon that this socket starts.
            var daemon = other.builder("daemon");
            daemon.environment().put("CAISSON_JVM_OPTIONS", "-Dcaisson.test=1");
            var result = Caisson.finish(daemon, "");
            assertThat(result.status()).isNotZero();
            assertThat(result.errors()).contains("service manager listens").hasLineCount(1);
            assertThat(Files.exists(other.socket())).isTrue();
        }
        other.close();
    }

    @Test
    void aKilledDaemonTakesItsContainersAlongAndTheNextReplacesItsSocket() throws Exception {
        assertThat(caisson.run("do", "-d", "--name", "one", "--", "sleep", "1000")
                        .status())
                .isZero();
        caisson.daemon().destroyForcibly();
        caisson.daemon().waitFor();
        assertThat(Files.exists(caisson.socket())).isTrue();
        // Nobody answers there: the command does its work itself.
        caisson.await(
                "the container is dead",
                () -> caisson.run("state", "one").output().contains("stopped"));
        assertThat(caisson.run("do", "--", "echo", "alone").output()).isEqualTo("alone\n");
        caisson.startDaemon();
        assertThat(caisson.run("rm", "one").status()).isZero();
        Process client = caisson.start("do", "--name", "two", "--", "sleep", "1000");
        awaitRunning("two");
        assertThat(program(client)).isEqualTo(Caisson.program().toRealPath());
        client.destroy();
        assertThat(client.waitFor()).isEqualTo(143);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 56, 4096})
    void nonsenseIsHungUpOn(int length) throws Exception {
        try (OwnedFd connection = connect();
                Arena arena = Arena.ofConfined()) {
            MemorySegment packet = arena.allocate(Math.max(length, 8), 8);
            packet.fill((byte) 0x7f);
            if (length > 0) {
                SocketCalls.sendMessage(connection.number(), packet.asSlice(0, length));
            } else {
                SocketCalls.shutdown(connection.number(), SocketCalls.SHUT_WR);
            }
            try (ReceivedMessage answer = SocketCalls.receiveMessage(connection.number(), packet, 0)) {
                assertThat(answer.length()).isZero();
            }
        }
        assertThat(caisson.run("do", "--", "true").status()).isZero();
    }

    @Test
    void countsThatLieAreHungUpOn() throws Exception {
        try (OwnedFd connection = connect();
                Arena arena = Arena.ofConfined()) {
            MemorySegment packet = arena.allocate(64, 8);
            packet.set(ValueLayout.JAVA_INT, 0, 0x63736961);
            packet.set(ValueLayout.JAVA_INT, 4, 1);
            packet.set(ValueLayout.JAVA_INT, 8, Integer.MAX_VALUE);
            packet.set(ValueLayout.JAVA_INT, 12, -1);
            SocketCalls.sendMessage(connection.number(), packet, 0, 1, 2, connection.number());
            try (ReceivedMessage answer = SocketCalls.receiveMessage(connection.number(), packet, 0)) {
                assertThat(answer.length()).isZero();
            }
        }
        assertThat(caisson.run("do", "--", "true").status()).isZero();
    }

    @Test
    void whoConnectsAndSaysNothingKeepsNobodyWaiting() throws Exception {
        List<OwnedFd> silent = new ArrayList<>();
        try {
            for (int i = 0; i < MANY; i++) {
                silent.add(connect());
            }
            assertThat(caisson.run("do", "--", "echo", "served").output()).isEqualTo("served\n");
        } finally {
            silent.forEach(OwnedFd::close);
        }
    }

    @Test
    void aUserWhoIsNotRootGetsNoContainer() throws Exception {
        var builder = new ProcessBuilder("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        builder.command().addAll(caisson.command("do", "--", "true"));
        var result = Caisson.finish(builder, "");
        assertThat(result.status()).isNotZero();
        assertThat(result.output()).isEmpty();
        assertThat(Files.getPosixFilePermissions(caisson.socket().resolveSibling("")))
                .hasSize(3);
    }

    @Test
    void whoStandsElsewhereDoesItHimself() throws Exception {
        var builder = new ProcessBuilder(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs none " + directory + " && touch " + directory + "/mine && exec \"$@\"",
                "sh");
        builder.command().addAll(caisson.command("do", "-v", directory + ":/mnt", "--", "ls", "/mnt"));
        assertThat(Caisson.finish(builder, "").output()).isEqualTo("mine\n");
    }

    @Test
    void aDaemonWithoutWorkEnds() throws Exception {
        Caisson other = Caisson.withDaemon("--idle", "1");
        assertThat(other.run("do", "--", "true").status()).isZero();
        assertThat(other.daemon().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.exists(other.socket())).isFalse();
        other.close();
    }

    @Test
    void aSignalEndsTheDaemonWithItsContainers() throws Exception {
        Process client = caisson.start("do", "--", "sleep", "1000");
        assertThat(caisson.run("do", "-d", "--rm", "--name", "one", "--", "sleep", "1000")
                        .status())
                .isZero();
        awaitRunning("one");
        caisson.daemon().destroy();
        assertThat(caisson.daemon().waitFor()).isZero();
        assertThat(client.waitFor()).isNotZero();
        assertThat(Files.exists(caisson.socket())).isFalse();
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    @Test
    void manyContainersLiveInOneDaemonAndLeaveNothingInIt() throws Exception {
        // The first brings what stays: classes, threads, spare containers.
        round(3);
        caisson.await("spares are made", () -> spares() == 3);
        long descriptors = descriptors();
        round(MANY);
        caisson.await("spares are made", () -> spares() == 3);
        caisson.await("descriptors are given back", () -> descriptors() <= descriptors);
    }

    /** The path of a bundle whose program is a line of shell. */
    private Path bundle(String line) throws Exception {
        Path bundle = Files.createDirectories(directory.resolve("bundle"));
        Files.createDirectories(bundle.resolve("rootfs/bin"));
        Files.copy(Path.of("/usr/bin/busybox"), bundle.resolve("rootfs/bin/busybox"));
        assertThat(caisson.run("spec", "-b", bundle.toString()).status()).isZero();
        Path config = bundle.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceFirst("\"terminal\" ?: ?true", "\"terminal\": false")
                        .replaceFirst(
                                "\"args\" ?: ?\\[[^]]*]",
                                "\"args\":[\"/bin/busybox\",\"sh\",\"-c\",\"" + line + "\"]"));
        return bundle;
    }

    /** Whether a program of the daemon's containers waits for something. */
    private boolean isAsleep(String name) throws Exception {
        for (ProcessHandle process : caisson.daemon().descendants().toList()) {
            Path stat = Path.of("/proc", Long.toString(process.pid()), "stat");
            if (Files.exists(stat) && Files.readString(stat).contains("(" + name + ") S")) {
                return true;
            }
        }
        return false;
    }

    private void round(int count) throws Exception {
        List<Process> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(caisson.start("do", "--", "sh", "-c", "read -r _ < /dev/null; cat /proc/uptime"));
        }
        for (Process client : clients) {
            assertThat(client.inputReader().readLine()).isNotNull();
            assertThat(client.waitFor()).isZero();
        }
    }

    /** Containers that nobody asked for yet. */
    private int spares() throws Exception {
        try (var entries = Files.list(caisson.root())) {
            return (int) entries.filter(entry -> Files.exists(entry.resolve("alive")))
                    .count();
        }
    }

    private long descriptors() throws Exception {
        try (var entries =
                Files.list(Path.of("/proc", Long.toString(caisson.daemon().pid()), "fd"))) {
            return entries.count();
        }
    }

    private long children(String name) {
        return caisson.daemon()
                .children()
                .filter(child -> child.info().command().orElse("").endsWith(name))
                .count();
    }

    private OwnedFd connect() throws Exception {
        OwnedFd connection = SocketCalls.unixSocket(SocketCalls.SOCK_SEQPACKET);
        SocketCalls.connect(connection.number(), caisson.socket().toString());
        return connection;
    }

    private static Path program(Process process) throws Exception {
        return Path.of("/proc", Long.toString(process.pid()), "exe").toRealPath();
    }

    private void awaitRunning(String id) throws Exception {
        caisson.await(
                "container " + id + " runs",
                () -> caisson.run("state", id).output().contains("\"running\""));
    }
}
