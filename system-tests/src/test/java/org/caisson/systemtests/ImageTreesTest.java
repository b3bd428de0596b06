package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code caisson image tree}, {@code diff}, {@code mount} and {@code umount}, and {@code caisson mount --type erofs}. */
class ImageTreesTest {
    private static final String CHANGED = "made/changed:v2";

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);
    private MadeImage made = new MadeImage(caisson, scratch, scratch);

    /** The second image has another layer, which takes away, replaces and adds. */
    @BeforeEach
    void makeImages() throws Exception {
        caisson = new Caisson(scratch);
        made = MadeImage.in(scratch, caisson);
        made.start(
                "lodger",
                "rm -r /gone; rm /data/old; echo new > /data/new; ln /data/new /data/same; ln -s kept /data/link;"
                        + " chmod 4711 /data/kept");
        caisson.run("commit", "lodger", CHANGED).output();
        caisson.run("rm", "-f", "lodger").output();
        Files.createDirectory(scratch.resolve("at"));
    }

    @AfterEach
    void takeMountsOff() throws Exception {
        Caisson.host(scratch, "sh", "-c", "while mountpoint -q at; do umount at || exit; done")
                .output();
    }

    private String host(String script) throws Exception {
        return Caisson.host(scratch, "sh", "-c", script).output();
    }

    @Test
    void treeIsWhatAContainerSees() throws Exception {
        // How long a directory is says how it is stored: the container has all layers merged into one file system.
        assertThat(made.image("tree", CHANGED, "/data").output().replaceAll("(?m)^(d.{19}) +\\d+", "$1 SIZE"))
                .isEqualTo("""
                    drwxr-xr-x       0:0 SIZE /data
                    drwxr-xr-x       0:0 SIZE /data/deep
                    -rws--x--x 1001:1002          5 /data/kept
                    lrwxrwxrwx       0:0          4 /data/link -> kept
                    -rw-r--r--       0:0          4 /data/new
                    -rw-r--r--       0:0          4 /data/same = /data/new
                    """);
        assertThat(made.image("tree", CHANGED + "#2").output())
                .contains("c---------       0:0       0, 0 /data/old\n")
                .contains("c---------       0:0       0, 0 /gone\n")
                .doesNotContain("/bin");
        assertThat(made.image("tree", "--depth", "1", MadeImage.NAME).output())
                .contains("/data\n")
                .doesNotContain("/data/");
        assertThat(host("python3 -c 'import json,sys; print(len(json.load(sys.stdin)))' < /dev/stdin <<'END'\n"
                        + made.image("tree", "-f", "json", CHANGED, "data").output() + "END"))
                .isEqualTo("6\n");
        assertThat(made.image("tree", CHANGED, "/gone").err())
                .contains("not in the image")
                .hasLineCount(1);
    }

    @Test
    void differenceIsWhatTheContainerChanged() throws Exception {
        assertThat(made.image("diff", MadeImage.NAME, CHANGED).output()).isEqualTo("""
            C /data
            C /data/kept
            A /data/link
            A /data/new
            D /data/old
            A /data/same
            D /gone
            """);
        assertThat(made.image("diff", CHANGED, CHANGED).output()).isEmpty();
        assertThat(made.image("diff", CHANGED + "#1", MadeImage.NAME).output()).isEmpty();
        assertThat(made.image("diff", MadeImage.NAME, CHANGED + "#9").err()).contains("layers 1 to 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "fuse"})
    void imageIsMountedByTheKernelAndByUs(String kernel) throws Exception {
        var at = scratch.resolve("at").toString();
        assertThat(made.image("mount", "--kernel=" + kernel, CHANGED, at).output())
                .isEqualTo(kernel + "\n");
        made.image("rm", CHANGED).output();
        assertThat(host("cd at; ls -A . data; cat data/new data/link; stat -c '%a %u:%g' data/kept; stat -c %h"
                        + " data/same; touch x 2>&1 | grep -c Read-only; findmnt -no"
                        + " OPTIONS " + at + " | grep -c '^ro,'"))
                .isEqualTo("""
                    .:
                    bin
                    data
                    etc
                    tmp

                    data:
                    deep
                    kept
                    link
                    new
                    same
                    new
                    kept
                    4711 1001:1002
                    2
                    1
                    1
                    """);
        caisson.run("image", "umount", at).output();
        assertThat(host("ls at")).isEmpty();
    }

    @Test
    void oneLayerIsMounted() throws Exception {
        var at = scratch.resolve("at").toString();
        made.image("mount", "--kernel=fuse", CHANGED + "#2", at).output();
        assertThat(host("stat -c %F at/gone; ls at")).isEqualTo("character special file\ndata\ngone\n");
        caisson.run("image", "umount", at).output();
    }

    /** The kernel's own mount of the file is the oracle. */
    @Test
    void erofsFileOfTheHostIsMounted() throws Exception {
        host("mkdir tree kernel; cp -a /bin/busybox root/etc tree; mkfs.erofs --quiet file.erofs tree");
        caisson.run("mount", "--type", "erofs", "file.erofs", "at").output();
        host("mount -t erofs -o ro file.erofs kernel");
        try {
            assertThat(host("diff -r at kernel && cmp at/busybox /bin/busybox && at/busybox echo runs"))
                    .isEqualTo("runs\n");
            assertThat(host("cd at; find . -printf '%p %m %U:%G %s %T@\\n' | sort"))
                    .isEqualTo(host("cd kernel; find . -printf '%p %m %U:%G %s %T@\\n' | sort"));
            assertThat(Caisson.host(scratch, "touch", "at/new").err()).contains("Read-only file system");
        } finally {
            host("umount kernel");
        }
        caisson.run("umount", scratch.resolve("at").toString()).output();
        assertThat(caisson.run("mount", "--type", "erofs", "none", "at").err()).contains("does not exist");
        host("echo no image > none");
        assertThat(caisson.run("mount", "--type", "erofs", "none", "at").err()).hasLineCount(1);
    }

    @Test
    void systemIsBuiltOnlyWithDebootstrap() throws Exception {
        var missing = Caisson.host(
                scratch,
                "env",
                "PATH=/nowhere",
                Caisson.HOME.resolve("caisson").toString(),
                "image",
                "build-rootfs",
                "--store",
                made.store().toString(),
                "made/system");
        assertThat(missing.status()).isNotZero();
        var failed = made.image("build-rootfs", "-q", "--mirror", "file:///nowhere", "made/system");
        assertThat(failed.status()).isNotZero();
        assertThat(failed.err()).contains("debootstrap failed");
        assertThat(made.image("ls").output()).doesNotContain("made/system");
        try (var left = Files.list(made.store().resolve("work"))) {
            assertThat(left).isEmpty();
        }
    }
}
