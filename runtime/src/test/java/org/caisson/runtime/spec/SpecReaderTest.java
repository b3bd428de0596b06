package org.caisson.runtime.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecReaderTest {
    private static final String WHOLE = """
            {"ociVersion": "1.2.0", "future": {"deep": [1, {"x": null}]},
             "process": {"terminal": true, "consoleSize": {"height": 24, "width": 80},
              "user": {"uid": 1, "gid": 2, "umask": 18, "additionalGids": [3, 4]},
              "args": ["sh", "-c", "echo \\u00e9"], "env": ["A=b", "E="], "cwd": "/",
              "capabilities": {"bounding": ["CAP_CHOWN"], "ambient": ["CAP_KILL"]},
              "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 18446744073709551615, "soft": 1024}],
              "noNewPrivileges": true, "oomScoreAdj": -5, "apparmorProfile": "p", "selinuxLabel": "l",
              "scheduler": {"policy": "SCHED_OTHER", "nice": 5}, "ioPriority": {"class": "IOPRIO_CLASS_IDLE"}},
             "root": {"path": "rootfs", "readonly": true}, "hostname": "h", "domainname": "d",
             "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"]},
              {"destination": "/v", "source": "/s", "options": ["bind"],
               "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
               "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}],
             "hooks": {"prestart": [{"path": "/h", "args": ["h", "a"], "env": ["K=V"], "timeout": 3}]},
             "linux": {"namespaces": [{"type": "pid"}, {"type": "network", "path": "/run/n"}],
              "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
              "devices": [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438}],
              "cgroupsPath": "/a/b", "rootfsPropagation": "rslave", "sysctl": {"net.core.somaxconn": "5"},
              "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"], "mountLabel": "m",
              "personality": {"domain": "LINUX32"}, "timeOffsets": {"boottime": {"secs": -3, "nanosecs": 4}},
              "intelRdt": {"closID": "c"},
              "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64"],
               "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW",
                "args": [{"index": 1, "value": 18446744073709551615, "valueTwo": 2, "op": "SCMP_CMP_EQ"}]}]},
              "resources": {"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1}],
               "memory": {"limit": 1048576, "swap": -1, "swappiness": 18446744073709551615},
               "cpu": {"shares": 512, "quota": -1, "period": 100000, "cpus": "0-1"}, "pids": {"limit": 7},
               "hugepageLimits": [{"pageSize": "2MB", "limit": 9}], "rdma": {"mlx": {"hcaHandles": 3}},
               "network": {"classID": 1, "priorities": [{"name": "eth0", "priority": 2}]},
               "blockIO": {"weight": 10, "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 600}]},
               "unified": {"memory.high": "max"}}},
             "annotations": {"a.b": "c"}}
            """;

    @Test
    void aWholeSpecificationSurvivesWritingAndReading() throws SpecException {
        Spec spec = SpecReader.parse(WHOLE.getBytes(UTF_8));

        assertThat(SpecReader.parse(SpecWriter.write(spec).getBytes(UTF_8))).isEqualTo(spec);
    }

    @Test
    void everySectionIsRead() throws SpecException {
        Spec spec = SpecReader.parse(WHOLE.getBytes(UTF_8));

        assertThat(spec.root()).isEqualTo(new Root("rootfs", true));
        assertThat(spec.mounts()).hasSize(2);
        assertThat(spec.linux().namespaces()).hasSize(2);
        assertThat(spec.linux().resources().cpu())
                .extracting(Resources.Cpu::quota)
                .isEqualTo(-1L);
        assertThat(spec.linux().resources().memory())
                .extracting(Resources.Memory::swappiness)
                .isNull();
        assertThat(spec.process()).extracting(p -> p.args().getLast()).isEqualTo("echo é");
        assertThat(spec.process()).extracting(p -> p.rlimits().get(0).hard()).isEqualTo(-1L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | ociVersion: is missing",
                "{\"ociVersion\":\"2.0\"} | ociVersion: is 2.0, but only 1.x is understood",
                "{\"ociVersion\":\"1.2.0\"} | root: is missing",
                "{\"root\":{\"path\":3}} | root.path: must be a string, not a number",
                "{\"root\":[]} | root: must be an object, not an array",
                "{\"process\":{\"args\":[\"a\"],\"cwd\":\"x\"}} | process.cwd: must be an absolute path",
                "{\"process\":{\"cwd\":\"/\"}} | process.args: must hold the program to run",
                "{\"process\":{\"env\":[\"A=1\",\"=2\"]}} | process.env[1]: must have the form NAME=value",
                "{\"process\":{\"user\":{\"uid\":-1}}} | process.user.uid: must not be negative",
                "{\"process\":{\"user\":{\"uid\":1.5}}} | process.user.uid: must be a whole number",
                "{\"process\":{\"terminal\":\"yes\"}} | process.terminal: must be true or false, not a string",
                "{\"linux\":{\"resources\":{\"memory\":{\"limit\":-5}}}} | linux.resources.memory.limit: must not be negative",
                "{\"linux\":{\"resources\":{\"memory\":{\"limit\":99999999999999999999}}}} | linux.resources.memory.limit: must be at most",
                "{\"linux\":{\"resources\":{\"cpu\":{\"shares\":-1}}}} | linux.resources.cpu.shares: must not be negative",
                "{\"linux\":{\"resources\":{\"cpu\":{\"cpus\":\"0;1\"}}}} | linux.resources.cpu.cpus: must be a list such as 0-2,4",
                "{\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"moon\"}]}} | linux.namespaces[1].type: \"moon\" is not",
                "{\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]}} | linux.namespaces[1].type: pid is given twice",
                "{\"linux\":{\"maskedPaths\":[\"x\"]}} | linux.maskedPaths[0]: must be an absolute path",
                "{\"linux\":{\"seccomp\":{\"defaultAction\":\"NO\"}}} | linux.seccomp.defaultAction: \"NO\" is not an action",
                "{\"linux\":{\"sysctl\":{\"../x\":\"1\"}}} | linux.sysctl: \"../x\" is not the name of a sysctl",
                "{\"mounts\":[{}]} | mounts[0].destination: is missing",
                "{\"mounts\":[null]} | mounts[0]: must not be null",
                "{\"hooks\":{\"prestart\":[{\"path\":\"x\"}]}} | hooks.prestart[0].path: must be an absolute path",
                "{\"annotations\":{\"a\":1}} | annotations.a: must be a string, not a number",
                "{\"hostname\":\"a\\u0000b\"} | hostname: must not hold a NUL character",
                "{\"root\":{\"path\":\"/a\\ud800\"}} | root.path: must not hold half of a character",
                "{\"root\":{\"path\":\"/a\\udc00\\ud800\"}} | root.path: must not hold half of a character",
                "{\"linux\":{\"uidMappings\":[{\"containerID\":4294967294,\"size\":2}]}} | linux.uidMappings[0].size: reaches beyond",
                "{\"linux\":{\"gidMappings\":[{\"hostID\":1,\"size\":4294967295}]}} | linux.gidMappings[0].size: reaches beyond",
            })
    void whatIsWrongIsNamedByItsPath(String text, String message) {
        assertThatThrownBy(() -> SpecReader.parse(text.getBytes(UTF_8)))
                .isInstanceOf(SpecException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"[", "{", "{\"a\"", "{\"a\":", "{\"mounts\":[{},", "nul", "``", "\u0001", "{} {}", "null", "7"})
    void textThatIsNoSpecificationIsRefused(String text) {
        assertThatThrownBy(() -> SpecReader.parse(text.getBytes(UTF_8))).isInstanceOf(SpecException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"root\":{\"path\":\"%s\"}}|root.path",
                "{\"mounts\":[{\"destination\":\"%s\"}]}|mounts[0].destination",
                "{\"mounts\":[{\"destination\":\"/x\",\"source\":\"%s\"}]}|mounts[0].source",
                "{\"process\":{\"cwd\":\"%s\"}}|process.cwd",
                "{\"hooks\":{\"prestart\":[{\"path\":\"%s\"}]}}|hooks.prestart[0].path",
                "{\"linux\":{\"cgroupsPath\":\"%s\"}}|linux.cgroupsPath",
                "{\"linux\":{\"maskedPaths\":[\"%s\"]}}|linux.maskedPaths[0]",
                "{\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"%s\"}]}}|linux.namespaces[0].path",
            })
    void pathsAreBounded(String textAndPlace) {
        int bar = textAndPlace.indexOf('|');
        String text = textAndPlace.substring(0, bar).formatted("/a".repeat(100_000));

        assertThatThrownBy(() -> SpecReader.parse(text.getBytes(UTF_8)))
                .isInstanceOf(SpecException.class)
                .hasMessage(textAndPlace.substring(bar + 1) + ": is longer than a path can be: 4095 bytes");
    }

    @Test
    void controlGroupsAreNotNestedWithoutBound() {
        String text = "{\"linux\":{\"cgroupsPath\":\"" + "/a".repeat(101) + "\"}}";

        assertThatThrownBy(() -> SpecReader.parse(text.getBytes(UTF_8)))
                .isInstanceOf(SpecException.class)
                .hasMessage("linux.cgroupsPath: has more than 100 parts");
    }

    @Test
    void nestingIsBounded() {
        String text = "{\"x\":" + "[".repeat(100_000);

        assertThatThrownBy(() -> SpecReader.parse(text.getBytes(UTF_8)))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("nested too deep");
    }

    @Test
    void sizeIsBounded() {
        byte[] text = new byte[JsonCursor.LONGEST + 1];

        assertThatThrownBy(() -> SpecReader.parse(text))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("longer than");
    }

    @Test
    void everyCutOfAGoodTextIsRefusedAndNothingElseHappens() {
        byte[] whole = WHOLE.strip().getBytes(UTF_8);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> SpecReader.parse(cut)).isInstanceOf(SpecException.class);
        }
    }

    @Test
    void aBundleWithoutConfigSaysSo(@TempDir Path bundle) {
        assertThatThrownBy(() -> SpecReader.read(bundle.resolve("config.json")))
                .hasMessageContaining("config.json: there is no such file");
    }

    @Test
    void aProcessFileIsReadAlone(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("process.json");
        Files.writeString(file, "{\"args\":[\"id\"],\"cwd\":\"/\"}");

        assertThat(SpecReader.readProcess(file).args()).containsExactly("id");
    }

    @Test
    void writtenTextIsEscaped() {
        JsonWriter json = new JsonWriter();
        json.beginObject().field("a\"b", "x\\\n\u0001é").endObject();

        assertThat(json.toString()).isEqualTo("{\"a\\\"b\":\"x\\\\\\n\\u0001é\"}");
    }
}
