package org.caisson.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.caisson.linux.FdLeakCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real containers in the foreground; after each test nothing may be left of them. */
@ExtendWith(FdLeakCheck.class)
class RunTest {
    private TestHost host;

    @BeforeEach
    void setUp() throws IOException {
        host = new TestHost();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        host.close();
    }

    private SpecBuilder shell(String script) {
        return SpecBuilder.rootfs(host.rootfs).args(List.of("sh", "-c", script));
    }

    @ParameterizedTest
    @CsvSource({"exit 0,0", "exit 7,7", "kill -9 $$,137", "true,0"})
    void theExitStatusIsTheProgramsOrTellsItsSignal(String script, int status) throws IOException {
        RunRequest request = RunRequest.ofSpec(
                        ContainerIds.random(), shell(script).build())
                .init(true)
                .remove(true)
                .build();

        assertThat(host.run(request).status()).isEqualTo(status);
    }

    @Test
    void theProgramIsPidOneUnlessAnInitIsAskedFor() throws IOException {
        assertThat(host.sh("echo $$").text()).isEqualTo("1");
        RunRequest request = RunRequest.ofSpec(
                        ContainerIds.random(), shell("echo $$").build())
                .init(true)
                .remove(true)
                .build();
        assertThat(host.run(request).text()).isEqualTo("2");
    }

    @Test
    void theProgramIsRootInAContainerThatIsNobodyOnTheHost() throws IOException {
        TestHost.Outcome outcome = host.sh("id -u; touch /made; cat /proc/self/uid_map");

        String[] lines = outcome.text().split("\\s+", -1);
        assertThat(lines[0]).isEqualTo("0");
        assertThat(Long.parseLong(lines[2])).isGreaterThanOrEqualTo(0x3000_0000L);
        assertThat(lines[3]).isEqualTo("65536");
        assertThat(Files.getAttribute(host.rootfs.resolve("made"), "unix:uid")).isEqualTo(0);
    }

    @Test
    void environmentDirectoryAndHostNameAreAsAsked() throws IOException {
        SpecBuilder spec =
                shell("echo $A $container $HOME; pwd; hostname").env("A=first").env("A=last");

        TestHost.Outcome outcome = host.run(spec.cwd("/tmp").hostname("box"), null);

        assertThat(outcome.text().lines()).containsExactly("last caisson /root", "/tmp", "box");
    }

    @Test
    void aUserIsFoundInTheContainersOwnFiles() throws IOException {
        TestHost.Outcome outcome = host.run(shell("id -u; id -g; id -G; echo $HOME"), "ann");

        assertThat(outcome.text().lines()).containsExactly("1000", "1001", "1001 1002", "/home/ann");
        assertThat(host.run(shell("id -u; id -g"), "5:friends").text().lines()).containsExactly("5", "1002");
        assertThatThrownBy(() -> host.run(shell("id"), "moon"))
                .isInstanceOf(ContainerException.class)
                .hasMessageContaining("user \"moon\" is not in the container's /etc/passwd");
    }

    @Test
    void aPasswdThatPointsOutOfTheRootLeadsNowhere() throws IOException {
        Files.delete(host.rootfs.resolve("etc/passwd"));
        Files.createSymbolicLink(host.rootfs.resolve("etc/passwd"), Path.of("../../../../../../../../etc/passwd"));

        assertThatThrownBy(() -> host.run(shell("id"), "daemon")).isInstanceOf(ContainerException.class);
    }

    @Test
    void whatIsMissingOrNoProgramHasItsOwnStatus() {
        assertThatThrownBy(() -> host.run(SpecBuilder.rootfs(host.rootfs).args(List.of("nosuch")), null))
                .isInstanceOfSatisfying(
                        ContainerException.class,
                        e -> assertThat(e.exitStatus()).isEqualTo(127))
                .hasMessageContaining("nosuch is not in the container");
        assertThatThrownBy(() -> host.run(SpecBuilder.rootfs(host.rootfs).args(List.of("/etc")), null))
                .isInstanceOfSatisfying(
                        ContainerException.class,
                        e -> assertThat(e.exitStatus()).isEqualTo(126));
        assertThatThrownBy(() -> host.run(shell("true").cwd("/nosuch"), null))
                .isInstanceOfSatisfying(
                        ContainerException.class,
                        e -> assertThat(e.exitStatus()).isEqualTo(125))
                .hasMessageContaining("working directory /nosuch");
    }

    @Test
    void aRootThatDoesNotExistIsToldInOneLine() {
        assertThatThrownBy(() -> host.run(SpecBuilder.rootfs(Path.of("/nosuch")).args(List.of("sh")), null))
                .isInstanceOf(ContainerException.class)
                .hasMessage("root directory /nosuch does not exist: give the directory of a root file system");
    }

    @Test
    void memoryAndCpusAreLimitedAndShown() throws IOException {
        SpecBuilder spec = shell(
                        "grep MemTotal /proc/meminfo; grep -c processor /proc/cpuinfo; cat /proc/sys/kernel/hostname")
                .memory(64 << 20)
                .milliCpus(1000)
                .pidsLimit(40);

        assertThat(host.run(spec, null).text().lines())
                .anyMatch(line -> line.matches("MemTotal: +65536 kB"))
                .contains("1", "caisson");
    }

    @Test
    void aReadOnlyRootTakesNoFilesButItsTmpfsDoes() throws IOException {
        SpecBuilder spec = shell("touch /x || echo no; touch /mnt/x && echo yes")
                .readOnlyRoot(true)
                .tmpfs("/mnt", "size=64k");

        assertThat(host.run(spec, null).text().lines()).contains("no", "yes");
        assertThat(host.rootfs.resolve("x")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReadOnlyRootStaysSoWhateverTheContainersRootDoes(boolean hosts) throws IOException {
        Path shared = Files.createDirectory(host.directory.resolve("shared"));
        Files.writeString(shared.resolve("file"), "seen");
        String script = "mount -o remount,rw /; mount -o remount,rw,bind /; mount --bind / /mnt;"
                + " mount -o remount,rw,bind /mnt; touch /caisson-x /mnt/caisson-x || echo no; cat /new/place/file; echo;"
                + " cat /new/file";
        SpecBuilder spec = (hosts ? SpecBuilder.hostRoot() : SpecBuilder.rootfs(host.rootfs))
                .args(List.of("sh", "-c", script))
                .readOnlyRoot(true)
                .bind(shared.toString(), "/new/place", false)
                .bind(shared.resolve("file").toString(), "/new/file", true);

        assertThat(host.run(spec, null).text().lines()).containsSubsequence("no", "seen", "seen");
        assertThat(host.rootfs.resolve("caisson-x")).doesNotExist();
        assertThat(Path.of("/caisson-x")).doesNotExist();
        assertThat(Path.of("/new")).doesNotExist();
    }

    @Test
    void aBoundDirectoryShowsOwnersAsOnTheHostAndIsWritten() throws IOException {
        Path shared = Files.createDirectory(host.directory.resolve("shared"));
        Files.writeString(shared.resolve("secret"), "deep");
        Files.setPosixFilePermissions(shared.resolve("secret"), PosixFilePermissions.fromString("rw-------"));

        TestHost.Outcome outcome = host.run(
                shell("stat -c %u /mnt/secret; cat /mnt/secret; echo; touch /mnt/new")
                        .bind(shared.toString(), "/mnt", false),
                null);

        assertThat(outcome.text().lines()).containsExactly("0", "deep");
        assertThat(Files.getAttribute(shared.resolve("new"), "unix:uid")).isEqualTo(0);
    }

    @Test
    void aReadOnlyVolumeStaysReadOnlyWhateverTheContainersRootDoes() throws IOException {
        Path shared = Files.createDirectory(host.directory.resolve("shared"));

        TestHost.Outcome outcome = host.run(
                shell(
                                "touch /mnt/a; mount -o remount,rw,bind /mnt; mount -o remount,rw /mnt; umount /mnt; touch /mnt/b; true")
                        .bind(shared.toString(), "/mnt", true),
                null);

        assertThat(outcome.status()).isZero();
        assertThat(shared).isEmptyDirectory();
    }

    @Test
    void aVolumeThatDoesNotExistIsToldInOneLine() {
        assertThatThrownBy(() -> host.run(shell("true").bind("/nosuch", "/mnt", false), null))
                .isInstanceOf(ContainerException.class)
                .hasMessage(
                        "/nosuch cannot be shown in the container: there is no such file; create it or correct the path");
    }

    @Test
    void theHostsRootIsSeenAndNeverChanged() throws IOException {
        SpecBuilder spec = SpecBuilder.hostRoot()
                .args(List.of(
                        "sh",
                        "-c",
                        "stat -c %u /etc/shadow; cat /etc/shadow > /dev/null && echo read; touch /etc/caisson-was-here;"
                                + " rm -rf /etc /usr/bin/ldd; ls /etc 2>/dev/null; echo done"));

        assertThat(host.run(spec, null).text().lines()).containsExactly("0", "read", "done");
        assertThat(Path.of("/etc/passwd")).exists();
        assertThat(Path.of("/etc/caisson-was-here")).doesNotExist();
    }

    /** As container engines give it: the network is made beforehand, and belongs to the host. */
    @Test
    void namespacesThatTheHostMadeCanBeJoined() throws Exception {
        Process maker = new ProcessBuilder(
                        "unshare",
                        "--net",
                        "--ipc",
                        "--pid",
                        "--fork",
                        "--kill-child",
                        "sh",
                        "-c",
                        "ip link add caisson-test type bridge && echo ready && exec sleep 1000")
                .start();
        try {
            assertThat(maker.inputReader().readLine()).isEqualTo("ready");
            String namespaces = "/proc/" + maker.pid() + "/ns/";
            Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
            Files.writeString(
                    bundle.resolve("config.json"), """
                    {"ociVersion":"1.2.0","root":{"path":"%s"},
                     "process":{"args":["sh","-c",
                       "ls /sys/class/net; cat /proc/sys/net/ipv4/ip_default_ttl; grep -l sleep /proc/[0-9]*/comm; stat -f -c %%t /dev/mqueue; touch /sys/x || grep -c system/cpu /proc/self/mountinfo"],
                       "cwd":"/","env":["PATH=/bin"]},
                     "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
                       {"destination":"/dev","type":"tmpfs","source":"tmpfs"},
                       {"destination":"/dev/mqueue","type":"mqueue","source":"mqueue","options":["nosuid","noexec","nodev"]},
                       {"destination":"/sys","type":"sysfs","source":"sysfs","options":["ro"]}],
                     "linux":{"sysctl":{"net.ipv4.ip_default_ttl":"77"},
                       "namespaces":[{"type":"pid","path":"%spid_for_children"},{"type":"mount"},
                       {"type":"network","path":"%snet"},{"type":"ipc","path":"%sipc"}]}}
                    """.formatted(host.rootfs, namespaces, namespaces, namespaces));

            String text =
                    host.run(RunRequest.ofBundle("joined", bundle).build()).text();

            assertThat(text.lines()).contains("caisson-test", "77", "/proc/1/comm", "19800202", "1");
            assertThat(text).doesNotContain("eth0");
        } finally {
            maker.destroyForcibly();
            maker.waitFor();
        }
    }

    @Test
    void noBundleGetsTheHostsRootByAnAnnotation() throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},"annotations":{"org.caisson.root":"host"},
                 "process":{"args":["ls","/"],"cwd":"/","env":["PATH=/bin"]},
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}]}}
                """.formatted(host.rootfs));

        assertThat(host.run(RunRequest.ofBundle("annotated", bundle).build())
                        .text()
                        .lines())
                .contains("mnt", "bin")
                .doesNotContain("usr", "run");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/", "proc", "//x/../proc"})
    void procIsEmulatedHoweverItsPlaceIsWritten(String destination) throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},
                 "process":{"args":["grep","uptime","/proc/self/mountinfo"],"cwd":"/","env":["PATH=/bin"]},
                 "mounts":[{"destination":"%s","type":"proc","source":"proc"}],
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}]}}
                """.formatted(host.rootfs, destination));

        assertThat(host.run(RunRequest.ofBundle("written", bundle).build()).text())
                .contains(" /proc/uptime ")
                .contains("fuse");
    }

    @ParameterizedTest
    @CsvSource({
        "/dev/fuse,c,10,229,''",
        "/dev/fuse,c,1,3,'linux.devices[0].path: /dev/fuse is not the device c 1:3'",
        "/dev/fuse,b,10,229,'linux.devices[0].path: /dev/fuse is not the device b 10:229'",
        "/etc/shadow,c,10,229,'linux.devices[0].path: /etc/shadow is not the device c 10:229'",
        "/dev/no-such,c,10,229,'linux.devices[0].path: /dev/no-such (c 10:229) cannot be taken from this host'"
    })
    void aDeviceIsTheOneAskedForOrNone(String path, String type, int major, int minor, String refusal)
            throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},
                 "process":{"args":["stat","-c","%%t:%%T","%s"],"cwd":"/","env":["PATH=/bin"]},
                 "mounts":[{"destination":"/dev","type":"tmpfs","source":"tmpfs"}],
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}],
                  "devices":[{"path":"%s","type":"%s","major":%d,"minor":%d}]}}
                """.formatted(host.rootfs, path, path, type, major, minor));
        RunRequest request = RunRequest.ofBundle("device", bundle).build();

        if (refusal.isEmpty()) {
            assertThat(host.run(request).text()).isEqualTo("a:e5");
        } else {
            assertThatThrownBy(() -> host.run(request)).hasMessageStartingWith(refusal);
        }
    }

    @Test
    void deviceNodesThatLieInARootOrAVolumeOpenNothing() throws Exception {
        Path shared = Files.createDirectory(host.directory.resolve("shared"));
        for (Path node : List.of(host.rootfs.resolve("null"), shared.resolve("null"))) {
            assertThat(new ProcessBuilder("mknod", node.toString(), "c", "1", "3")
                            .start()
                            .waitFor())
                    .isZero();
        }

        TestHost.Outcome outcome = host.run(
                shell("for f in /null /mnt/null /dev/null /bound; do echo x 2>/dev/null > $f && echo $f; done; true")
                        .bind(shared.toString(), "/mnt", false)
                        .bind("/dev/null", "/bound", false),
                null);

        assertThat(outcome.text().lines()).containsExactly("/dev/null", "/bound");
    }

    @Test
    void withoutANetworkThereIsALoopbackThatIsUp() throws IOException {
        assertThat(host.sh("ls /sys/class/net; ifconfig lo").text())
                .contains("lo")
                .contains("127.0.0.1")
                .doesNotContain("eth0");
    }

    @Test
    void aSystemContainerMayMountAndADroppedCapabilityIsGone() throws IOException {
        assertThat(host.sh("mount -t tmpfs none /mnt && echo mounted").text()).isEqualTo("mounted");
        assertThat(host.run(shell("mount -t tmpfs none /mnt || echo refused").capDrop("SYS_ADMIN"), null)
                        .text())
                .endsWith("refused");
        assertThat(host.run(
                                shell("grep CapEff /proc/self/status")
                                        .capDrop("ALL")
                                        .capAdd("chown"),
                                null)
                        .text())
                .endsWith("0000000000000001");
    }

    @Test
    void controlGroupsBelongToTheContainer() throws IOException {
        TestHost.Outcome outcome =
                host.sh("for d in /sys/fs/cgroup/*/; do mkdir $d/inner || echo fail $d; done; echo ok");

        assertThat(outcome.text()).isEqualTo("ok");
    }

    @Test
    void aResourceLimitIsTheProgramsAndAnUnknownOneIsRefused() throws IOException {
        assertThat(host.run(shell("ulimit -n").ulimit("nofile", 77, 99), null).text())
                .isEqualTo("77");
        assertThatThrownBy(() -> shell("true").ulimit("moon", 1, 1).build())
                .hasMessageContaining("ulimit moon is not known");
    }

    @Test
    void aPidFileHoldsTheFirstProcess() throws IOException {
        Path file = host.directory.resolve("pid");
        host.run(RunRequest.ofSpec(ContainerIds.random(), shell("true").build())
                .pidFile(file)
                .remove(true)
                .build());

        assertThat(Long.parseLong(Files.readString(file))).isPositive();
    }

    @Test
    void aBundleRunsWithItsHooks() throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Path log = host.directory.resolve("log");
        String hook = "{\"path\":\"/bin/sh\",\"args\":[\"sh\",\"-c\",\"cat >> " + log + "; echo >> " + log + "\"]}";
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},
                 "process":{"args":["sh","-c","exit 3"],"cwd":"/","env":["PATH=/bin"]},
                 "hooks":{"createRuntime":[%s],"poststart":[%s],"poststop":[%s]},
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"network"},{"type":"ipc"},{"type":"uts"}]}}
                """.formatted(host.rootfs, hook, hook, hook));

        TestHost.Outcome outcome =
                host.run(RunRequest.ofBundle("bundled", bundle).remove(true).build());

        assertThat(outcome.status()).isEqualTo(3);
        assertThat(Files.readAllLines(log))
                .hasSize(3)
                .satisfies(lines -> assertThat(lines.get(0)).contains("\"status\":\"creating\""))
                .satisfies(lines -> assertThat(lines.get(2)).contains("\"status\":\"stopped\""));
    }

    @Test
    void aContainerOfTheHostsRootSeesACopyOfTheStageThatNobodyCanChange() throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        String map = "[{\"containerID\":0,\"hostID\":0,\"size\":65536}]";
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},
                 "process":{"args":["readlink","/proc/1/exe"],"cwd":"/","env":["PATH=/bin"],
                  "capabilities":{"effective":["CAP_SYS_PTRACE","CAP_KILL"],"permitted":["CAP_SYS_PTRACE","CAP_KILL"],
                   "bounding":["CAP_SYS_PTRACE","CAP_KILL"]}},
                 "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"user"}],
                  "uidMappings":%s,"gidMappings":%s}}
                """.formatted(host.rootfs, map, map));

        TestHost.Outcome outcome =
                host.run(RunRequest.ofBundle("mapped", bundle).init(true).build());

        assertThat(outcome.text()).contains("/memfd:caisson-stage");
    }

    @Test
    void moreThanCanBePassedToTheContainerIsToldInOneLine() throws IOException {
        SpecBuilder spec = shell("true");
        for (int i = 0; i < 200; i++) {
            spec.bind("/etc", "/mnt/" + i, false);
        }
        assertThatThrownBy(() -> host.run(spec, null)).hasMessageStartingWith("mounts: 200 bind mounts are too many");

        RunRequest request = RunRequest.ofSpec(
                        ContainerIds.random(), shell("true").build())
                .preserveFds(101)
                .build();
        assertThatThrownBy(() -> host.run(request))
                .isInstanceOf(ContainerException.class)
                .hasMessage("at most 100 descriptors can be preserved, not 101");

        SpecBuilder deep = shell("true");
        for (int i = 0; i < 100; i++) {
            deep.tmpfs("/mnt" + "/a".repeat(1000), "");
        }
        assertThatThrownBy(() -> host.run(deep, null))
                .isInstanceOf(ContainerException.class)
                .hasMessageContaining("EMSGSIZE");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"process\":{\"scheduler\":{\"policy\":\"SCHED_BATCH\"}} | process.scheduler is not offered",
                "\"process\":{\"ioPriority\":{\"class\":\"IOPRIO_CLASS_IDLE\"}} | process.ioPriority is not offered",
                "\"linux\":{\"intelRdt\":{\"closID\":\"x\"}} | linux.intelRdt is not offered",
                "\"linux\":{\"personality\":{\"domain\":\"LINUX32\"}} | linux.personality.domain is not offered",
                "\"linux\":{\"resources\":{\"network\":{\"classID\":1}}} | linux.resources.network is not offered",
                "\"linux\":{\"resources\":{\"rdma\":{\"mlx\":{\"hcaHandles\":1}}}} | linux.resources.rdma is not offered",
                "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\"}} | linux.seccomp.listenerPath",
                "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_X\"]}} | linux.seccomp.flags[0]",
                "\"mounts\":[{\"destination\":\"/mnt\",\"type\":\"bind\",\"source\":\"/etc\",\"uidMappings\":[{\"size\":1}],\"gidMappings\":[{\"size\":1}]}] | mounts[0].uidMappings",
            })
    void whatIsNotOfferedIsRefusedByName(String settings, String message) throws IOException {
        assertThatThrownBy(() -> host.run(bundle("true", settings)))
                .isInstanceOf(ContainerException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void labelsAndUnknownCapabilitiesAreAWarning() throws IOException {
        TestHost.Outcome outcome = host.run(bundle(
                "true",
                "\"process\":{\"apparmorProfile\":\"docker-default\",\"capabilities\":{\"bounding\":[\"CAP_MOON\"]}}"));

        assertThat(outcome.status()).isZero();
        assertThat(outcome.warnings())
                .containsExactly(
                        "process.apparmorProfile: docker-default is not applied: Caisson sets no labels",
                        "process.capabilities: CAP_MOON is not known and left out");
    }

    @Test
    void withoutCapabilitiesAProgramHasNone() throws IOException {
        assertThat(host.run(bundle("grep CapPrm /proc/self/status", "\"hostname\":\"x\""))
                        .text())
                .endsWith("0000000000000000");
    }

    @Test
    void theRootsPropagationAndTheFiltersFlagsAreApplied() throws IOException {
        String settings =
                "\"linux\":{\"rootfsPropagation\":\"shared\",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
                        + "\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}}";

        assertThat(host.run(bundle("grep ' / / ' /proc/self/mountinfo; grep -i ' / ' /proc/self/mountinfo", settings))
                        .text())
                .contains(" shared:");
    }

    /** A bundle whose program is a shell script, with settings that are merged into it. */
    private RunRequest bundle(String script, String settings) throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        String process = "\"args\":[\"sh\",\"-c\",\"" + script + "\"],\"cwd\":\"/\",\"env\":[\"PATH=/bin\"]";
        String linux = "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"uts\"}]";
        String all = settings.startsWith("\"process\":{")
                ? settings.replace("\"process\":{", "\"process\":{" + process + ",") + ",\"linux\":{" + linux + "}"
                : (settings.startsWith("\"linux\":{")
                                ? settings.replace("\"linux\":{", "\"linux\":{" + linux + ",")
                                : settings + ",\"linux\":{" + linux + "}")
                        + ",\"process\":{" + process + "}";
        String mounts = settings.startsWith("\"mounts\"")
                ? ""
                : ",\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}]";
        Files.writeString(
                bundle.resolve("config.json"),
                "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"" + host.rootfs + "\"}," + all + mounts + "}");
        return RunRequest.ofBundle("bundled", bundle).build();
    }

    @Test
    void aHookThatFailsKeepsTheContainerFromBeingMade() throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},"process":{"args":["true"],"cwd":"/"},
                 "hooks":{"prestart":[{"path":"/bin/sh","args":["sh","-c","echo bad >&2; exit 9"]}]},
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}]}}
                """.formatted(host.rootfs));

        assertThatThrownBy(() -> host.run(
                        RunRequest.ofBundle("hooked", bundle).remove(true).build()))
                .hasMessage("the prestart hook /bin/sh failed with status 9: bad");
    }

    @Test
    void aFilterOfTheSpecificationHolds() throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},
                 "process":{"args":["sh","-c","mkdir /tmp/x || echo refused"],"cwd":"/","env":["PATH=/bin"]},
                 "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}],
                  "seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
                   {"names":["mkdir","mkdirat","nosuchcall"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}}}
                """.formatted(host.rootfs));

        assertThat(host.run(RunRequest.ofBundle("filtered", bundle).remove(true).build())
                        .text())
                .endsWith("refused");
    }

    @Test
    void hostsThingsThatASystemContainerCannotShareAreRefused() throws IOException {
        Path bundle = Files.createDirectory(host.directory.resolve("bundle"));
        Files.writeString(bundle.resolve("config.json"), """
                {"ociVersion":"1.2.0","root":{"path":"%s"},"process":{"args":["true"],"cwd":"/"},
                 "linux":{"namespaces":[{"type":"mount"}]}}
                """.formatted(host.rootfs));

        assertThatThrownBy(() -> host.run(
                        RunRequest.ofBundle("shared", bundle).remove(true).build()))
                .hasMessageContaining("linux.namespaces: pid is missing");
    }

    @Test
    void theHostIsFoundFit() {
        assertThat(HostCheck.run(TestHost.options(host.state())))
                .extracting(HostCheck.Finding::name)
                .contains("root", "kernel", "FUSE", "user namespaces", "overlay in user namespaces", "control groups");
    }
}
