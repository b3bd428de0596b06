package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's own programs at their ordinary work. */
class RealProgramsTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    @Test
    void bashAndCoreutils() throws Exception {
        var script = "set -euo pipefail; cd /tmp; mkdir d; seq 1000 | tee d/n | sort -rn | head -1; wc -l < d/n; "
                + "cp -a d e; mv e f; ln -s f g; readlink g; sha256sum < g/n | cut -c1-8; chmod 600 f/n; stat -c %a f/n; "
                + "chown 1:1 f/n; stat -c %u:%g f/n; mkfifo p; (echo hi > p &); cat p; du -s f >/dev/null; df / | wc -l";
        assertThat(caisson.run("do", "--", "bash", "-c", script).output())
                .isEqualTo("1000\n1000\nf\n67d4ff71\n600\n1:1\nhi\n2\n");
    }

    @Test
    void pythonRunsAProcessPool() throws Exception {
        var script =
                "import multiprocessing as m\nif __name__=='__main__':\n with m.Pool(2) as p: print(sum(p.map(abs, range(-5,5))))";
        var file = Files.writeString(scratch.resolve("pool.py"), script);
        assertThat(caisson.run("do", "-v", file + ":/pool.py:ro", "--", "python3", "/pool.py")
                        .output())
                .isEqualTo("25\n");
    }

    @Test
    void gccCompilesAndTheProgramRuns() throws Exception {
        var script =
                "cd /tmp && printf '#include <stdio.h>\\nint main(void){printf(\"%%d\\\\n\",6*7);return 0;}' > a.c && gcc -O2 -o a a.c && ./a";
        assertThat(caisson.doShell(script).output()).isEqualTo("42\n");
    }

    @Test
    void aptGetUnpacksAPackageIntoTheOverlay() throws Exception {
        var packages = Files.createDirectory(scratch.resolve("packages"));
        Files.setPosixFilePermissions(packages, PosixFilePermissions.fromString("rwxr-xr-x"));
        Caisson.host(scratch, "sh", "-c", "cd " + packages + " && apt-get download -qq hello")
                .output();
        var out = caisson.doShell(
                "rm -f /usr/bin/hello; apt-get install -y --reinstall --no-install-recommends /deb/hello_*.deb >/tmp/log 2>&1 "
                        + "|| cat /tmp/log; hello; dpkg -s hello | grep ^Status",
                "-v",
                packages + ":/deb:ro");
        assertThat(out.output()).contains("Hello, world!").contains("Status: install ok installed");
        assertThat(Path.of("/usr/bin/hello")).doesNotExist();
    }

    @Test
    void utilLinuxWorks() throws Exception {
        assertThat(caisson.doShell(
                                "mount | grep -c ' on /proc '; findmnt -n -o FSTYPE /; lsblk -n -o NAME >/tmp/blk; echo $?")
                        .output())
                .isEqualTo("1\noverlay\n0\n");
        // The host's disks are not the container's.
        assertThat(caisson.doShell("lsblk -n -o NAME,SIZE").output()).isEmpty();
        assertThat(caisson.doShell("unshare -n ls /proc/sys/net/ipv4/conf").output())
                .contains("lo");
        assertThat(caisson.doShell("unshare -u sh -c 'hostname x; hostname'; hostname")
                        .output())
                .isEqualTo("x\ncaisson\n");
        assertThat(caisson.doShell(
                                "mkfifo /tmp/up; unshare -m sh -c 'mount -t tmpfs t /mnt; touch /mnt/in; echo up >/tmp/up; exec sleep 30' & "
                                        + "p=$!; read up </tmp/up; nsenter -t $p -m -- ls /mnt; test -e /mnt/in; echo $?; kill $p")
                        .output())
                .isEqualTo("in\n1\n");
    }
}
