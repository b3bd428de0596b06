package org.caisson.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.caisson.runtime.SpecBuilder;
import org.caisson.runtime.spec.LinuxSpec;
import org.caisson.runtime.spec.MountSpec;
import org.caisson.runtime.spec.ProcessSpec;
import org.caisson.runtime.spec.Rlimit;
import org.caisson.runtime.spec.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the command line of {@code do} to the specification that the runtime gets. */
class ContainerOptionsTest {
    @Test
    void optionsEndAtTheProgramOrAtTwoHyphens() {
        assertThat(operands("true")).containsExactly("true");
        assertThat(operands("-i", "ls", "-l", "--all")).containsExactly("ls", "-l", "--all");
        assertThat(operands("--", "sh", "-c", "x", "--", "-y")).containsExactly("sh", "-c", "x", "--", "-y");
        assertThat(operands("sh", "--", "-y")).containsExactly("sh", "--", "-y");
        assertThat(operands("-it", "bash")).containsExactly("bash");
        assertThat(operands("echo", "@file", "${HOME}", "'quoted'", "", "a b"))
                .containsExactly("echo", "@file", "${HOME}", "'quoted'", "", "a b");
    }

    @Test
    void shortFlagsMayBeJoined() {
        Arguments given = parse("-dit", "bash");
        assertThat(given.flag("--detach")).isTrue();
        assertThat(given.flag("--interactive")).isTrue();
        assertThat(given.flag("--tty")).isTrue();
    }

    @Test
    void environmentHostnameAndDirectoryArriveInTheSpecification() throws Exception {
        Spec spec = spec("-e", "A=1", "--env", "B=2", "-eC=3", "-h", "box", "-w", "/srv", "true");
        assertThat(process(spec).env()).contains("A=1", "B=2", "C=3");
        assertThat(spec.hostname()).isEqualTo("box");
        assertThat(process(spec).cwd()).isEqualTo("/srv");
    }

    @Test
    void limitsArriveInTheSpecification() throws Exception {
        Spec spec = spec(
                "-m",
                "256m",
                "--memory-swap",
                "-1",
                "--cpus",
                "1.5",
                "--cpu-shares",
                "512",
                "--cpuset-cpus",
                "0-1",
                "--pids-limit",
                "64",
                "true");
        var resources = linux(spec).resources();
        assertThat(requireNonNull(resources.memory()).limit()).isEqualTo(256L << 20);
        assertThat(requireNonNull(resources.memory()).swap()).isEqualTo(-1);
        assertThat(requireNonNull(resources.cpu()).quota()).isEqualTo(150_000);
        assertThat(requireNonNull(resources.cpu()).period()).isEqualTo(100_000);
        assertThat(requireNonNull(resources.cpu()).shares()).isEqualTo(512);
        assertThat(requireNonNull(resources.cpu()).cpus()).isEqualTo("0-1");
        assertThat(requireNonNull(resources.pids()).limit()).isEqualTo(64);
    }

    @Test
    void aLimitOfZeroIsNone() throws Exception {
        var resources = linux(spec("--memory", "0", "--cpus", "0", "--pids-limit", "0", "true"))
                .resources();
        assertThat(resources.memory()).isNull();
        assertThat(resources.cpu()).isNull();
        assertThat(requireNonNull(resources.pids()).limit()).isEqualTo(-1);
        assertThat(requireNonNull(linux(spec("--pids-limit", "-1", "true"))
                                .resources()
                                .pids())
                        .limit())
                .isEqualTo(-1);
    }

    @Test
    void theLastOfTwoValuesWins() throws Exception {
        assertThat(requireNonNull(linux(spec("-m", "64m", "--memory", "128m", "true"))
                                .resources()
                                .memory())
                        .limit())
                .isEqualTo(128L << 20);
    }

    @Test
    void volumesAndTmpfsBecomeMounts() throws Exception {
        Spec spec = spec("-v", "/usr:/data:ro", "--tmpfs", "/scratch:size=1m,exec", "--tmpfs", "/run", "true");
        assertThat(spec.mounts()).extracting(MountSpec::destination).contains("/data", "/scratch", "/run");
        MountSpec data = mount(spec, "/data");
        assertThat(data.source()).isEqualTo("/usr");
        assertThat(data.options()).containsAnyOf("ro", "rro");
        assertThat(mount(spec, "/scratch").options()).contains("size=1m").doesNotContain("noexec");
    }

    @Test
    void rightsArriveInTheSpecification() throws Exception {
        Spec spec = spec(
                "--cap-drop",
                "ALL",
                "--cap-add",
                "CHOWN",
                "--ulimit",
                "nofile=10:20",
                "--security-opt",
                "no-new-privileges",
                "--read-only",
                "true");
        assertThat(requireNonNull(process(spec).capabilities()).bounding()).containsExactly("CAP_CHOWN");
        assertThat(process(spec).rlimits()).containsExactly(new Rlimit("RLIMIT_NOFILE", 20, 10));
        assertThat(process(spec).noNewPrivileges()).isTrue();
        assertThat(spec.root().readonly()).isTrue();
    }

    @Test
    void theHostsNetworkMeansNoNetworkNamespace() throws Exception {
        assertThat(linux(spec("--network", "host", "true")).namespaces())
                .noneMatch(namespace -> namespace.type() == LinuxSpec.Namespace.Type.NETWORK);
        assertThat(linux(spec("--net=none", "true")).namespaces())
                .anyMatch(namespace -> namespace.type() == LinuxSpec.Namespace.Type.NETWORK);
    }

    @Test
    void anEntryPointComesBeforeTheCommand() {
        assertThat(ContainerOptions.command(parse("--entrypoint", "sh", "-c", "2", "x"), 0))
                .containsExactly("sh", "x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--memory=lots",
                "--memory=1k",
                "--memory=-5",
                "--memory-swap=5m",
                "--cpus=0.001",
                "--cpus=two",
                "--cpu-shares=1",
                "--cpuset-cpus=1-",
                "--cpuset-cpus=2-1",
                "--cpuset-cpus=a",
                "--cpuset-cpus=",
                "--cpuset-cpus=1--2",
                "--pids-limit=-2",
                "--pids-limit=x",
                "--network=bridge",
                "--hostname=",
                "--hostname=a/b",
                "--hostname=-x",
                "--workdir=relative",
                "--tmpfs=run",
                "--tmpfs=/",
                "--volume=x",
                "--ulimit=nofile",
                "--env==x",
                "--env-file=/nonexistent",
                "--security-opt=seccomp=x",
            })
    void aBadValueIsNamedWithItsOption(String option) {
        String name = option.substring(0, option.indexOf('='));
        String value = option.substring(option.indexOf('=') + 1);
        assertThatThrownBy(() -> spec(option, "true"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("'" + value + "'");
    }

    private static Arguments parse(String... args) {
        return new Arguments(Model.commandLine(new DoCommand().model()).parseArgs(args));
    }

    private static List<String> operands(String... args) {
        return parse(args).operands();
    }

    private static Spec spec(String... args) throws Exception {
        SpecBuilder builder = SpecBuilder.hostRoot();
        ContainerOptions.apply(OwnProcess.CALLER, parse(args), builder);
        return builder.build();
    }

    private static ProcessSpec process(Spec spec) {
        return requireNonNull(spec.process());
    }

    private static LinuxSpec linux(Spec spec) {
        return requireNonNull(spec.linux());
    }

    private static MountSpec mount(Spec spec, String destination) {
        return spec.mounts().stream()
                .filter(mount -> mount.destination().equals(destination))
                .findFirst()
                .orElseThrow();
    }
}
