package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code caisson cp}: what it copies where, as {@code docker cp}, and what a hostile container does not get it to do. */
class CopyTest extends LodgerTest {
    private String host(String script) throws Exception {
        return Caisson.host(scratch, "sh", "-c", script).output();
    }

    private String cp(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("cp"));
        command.addAll(List.of(arguments));
        return caisson.run(command).output();
    }

    @Test
    void filesAndDirectoriesGoWhereDockerPutsThem() throws Exception {
        host("mkdir -p tree/sub here; echo one > tree/a; echo two > tree/sub/b; ln -s a tree/link; ln tree/a"
                + " tree/sub/hard");
        cp(scratch + "/tree", "lodger:/fresh");
        cp(scratch + "/tree", "lodger:/tmp");
        cp(scratch + "/tree/.", "lodger:/data");
        cp(scratch + "/tree/a", "lodger:/data/renamed");
        cp("tree/a", "lodger:tmp/");
        assertThat(made.in(
                        "lodger",
                        "ls /fresh /tmp /tmp/tree /data; cat /data/sub/hard /data/renamed /tmp/a; ls -l /fresh/link"))
                .isEqualToIgnoringWhitespace("""
                    /data: a deep kept link old renamed sub
                    /fresh: a link sub
                    /tmp: a tree
                    /tmp/tree: a link sub
                    one one one
                    """ + made.in("lodger", "ls -l /fresh/link"));
        assertThat(made.in("lodger", "stat -c %h:%u:%g /fresh/a")).isEqualTo("2:0:0\n");
        cp("lodger:/data", scratch + "/out");
        cp("lodger:/data", scratch + "/here");
        cp("lodger:/data/.", scratch + "/here");
        cp("lodger:/etc/passwd", scratch + "/here/users");
        assertThat(host("cd here; ls . data; cat kept data/sub/b; stat -c %u:%g:%h out ../out/a kept"
                        + " 2>/dev/null; diff -r data ../out; wc -l < users"))
                .isEqualToIgnoringWhitespace("""
                    .: a data deep kept link old renamed sub users
                    data: a deep kept link old renamed sub
                    kept two 0:0:2 0:0:1 2
                    """);
    }

    @Test
    void whatCannotBeIsSaid() throws Exception {
        host("mkdir tree; echo x > file");
        assertThat(caisson.run("cp", "lodger:/none", scratch + "/x").err()).contains("/none does not exist");
        assertThat(caisson.run("cp", scratch + "/file", "lodger:/none/").err()).contains("does not exist");
        assertThat(caisson.run("cp", scratch + "/file", "lodger:/none/deeper").err())
                .contains("does not exist");
        assertThat(caisson.run("cp", scratch + "/tree", "lodger:/data/kept").err())
                .contains("no directory");
        assertThat(caisson.run("cp", "lodger:/data/kept/", scratch + "/x").err())
                .contains("Not a directory");
        assertThat(caisson.run("cp", "here", "there").err()).contains("CONTAINER:PATH");
        assertThat(caisson.run("cp", "a:b", "c:d").err()).contains("both");
        made.in("lodger", "mkdir /tmp/file; echo y > /tmp/tree");
        assertThat(caisson.run("cp", scratch + "/file", "lodger:/tmp").err()).contains("directory is in the way");
        assertThat(caisson.run("cp", scratch + "/tree", "lodger:/tmp").err()).contains("in the way of one");
    }

    @Test
    void ownersAreRootsUnlessTheyAreKept() throws Exception {
        host("mkdir tree; echo x > tree/mine; chown 1001:1002 tree/mine; chmod 6755 tree/mine; setfattr -n"
                + " user.word -v said tree/mine");
        cp(scratch + "/tree", "lodger:/plain");
        cp("-a", scratch + "/tree", "lodger:/kept");
        assertThat(made.in("lodger", "stat -c %u:%g:%a /plain/mine /kept/mine")).isEqualTo("0:0:755\n1001:1002:6755\n");
        cp("lodger:/kept", scratch + "/plain");
        cp("-a", "lodger:/kept", scratch + "/all");
        assertThat(host("stat -c %u:%g:%a plain/mine all/mine; getfattr -d plain/mine all/mine | grep -c said"))
                .isEqualTo("0:0:755\n1001:1002:6755\n1\n");
    }

    @Test
    void archivesAreThoseOfTar() throws Exception {
        assertThat(host(HERE + "cp lodger:/data - | tar tvf - --numeric-owner | awk '{print $2, $6}'"))
                .isEqualTo("0/0 data/\n0/0 data/deep/\n1001/1002 data/kept\n0/0 data/old\n");
        assertThat(host(HERE + "cp lodger:/data/kept - | tar xOf -")).isEqualTo("kept\n");
        assertThat(host(HERE + "cp lodger:/data/. - | tar tf - | sort")).isEqualTo("./\ndeep/\nkept\nold\n");
        host("mkdir -p t/x; echo in > t/x/f; chown 1001:1002 t/x/f; ln -s / t/x/root; tar -C t -cf - . | " + HERE
                + "cp - lodger:/tmp");
        assertThat(made.in("lodger", "cat /tmp/x/f; stat -c %u:%g /tmp/x/f; stat -c %a /tmp"))
                .isEqualTo("in\n1001:1002\n1777\n");
        assertThat(caisson.run("cp", "-", "lodger:/data/kept").status()).isNotZero();
    }

    /** The shell runs in the scratch directory, where the state is. */
    private static final String HERE = Caisson.HOME.resolve("caisson") + " --root state ";

    @Test
    void linkIsFollowedOnlyIfThatIsAskedForAndNeverOutOfTheContainer() throws Exception {
        host("echo secret > secret");
        made.in(
                "lodger",
                "ln -s kept /data/link; ln -s ../../../../../../.." + scratch + "/secret /data/out; ln -s " + scratch
                        + " /data/dir; ln -s /proc/1/root /data/magic");
        cp("lodger:/data/link", scratch + "/as-link");
        cp("-L", "lodger:/data/link", scratch + "/as-file");
        assertThat(host("readlink as-link; cat as-file")).isEqualTo("kept\nkept\n");
        assertThat(caisson.run("cp", "-L", "lodger:/data/out", scratch + "/got").err())
                .contains("does not exist");
        assertThat(caisson.run("cp", "lodger:/data/dir/secret", scratch + "/got")
                        .err())
                .contains("does not exist");
        assertThat(caisson.run("cp", scratch + "/secret", "lodger:/data/dir/planted")
                        .err())
                .contains("does not exist");
        assertThat(caisson.run("cp", "lodger:/../../.." + scratch + "/secret", scratch + "/got")
                        .err())
                .contains("does not exist");
        cp("lodger:/data/magic/etc/passwd", scratch + "/of-the-container");
        assertThat(host("cat of-the-container")).contains("worker").hasLineCount(2);
        assertThat(host("ls")).doesNotContain("got").doesNotContain("planted");
    }

    @Test
    void pipesDoNotStopItAndDevicesAreLeftOut() throws Exception {
        made.in(
                "lodger",
                "mkdir /odd; busybox mkfifo /odd/pipe; echo x > /odd/file; busybox truncate -s 1099511627776"
                        + " /odd/huge");
        cp("lodger:/odd", scratch + "/odd");
        assertThat(host("stat -c '%n %F' odd/pipe odd/file; stat -c %s odd/huge; du -k odd | cut -f1"))
                .startsWith("odd/pipe fifo\nodd/file regular file\n1099511627776\n");
        var devices = caisson.run("cp", "lodger:/dev", scratch + "/dev");
        assertThat(devices.output()).isEmpty();
        assertThat(devices.err()).contains("null is a device or a socket and was left out");
        assertThat(host("find dev -type c -o -type b")).isEmpty();
    }

    /** A directory that becomes a link to one of the host's, over and over, while files are copied into and out of it. */
    @Test
    void containerThatChangesLinksMeanwhileGetsNothingOfTheHost() throws Exception {
        host("mkdir victim source; echo untouched > victim/file; echo planted > source/file; echo planted >"
                + " source/new");
        made.in(
                "lodger",
                "mkdir /race /race/real; echo inner > /race/real/file; ln -s " + scratch
                        + "/victim /race/link; cp -r /race/real /race/swap 2>/dev/null || busybox cp -r /race/real"
                        + " /race/swap");
        var swapping = caisson.start(
                List.of(
                        "exec",
                        "lodger",
                        "sh",
                        "-c",
                        "echo x > /tmp/swaps; while :; do busybox mv /race/swap /race/a; busybox mv /race/link"
                                + " /race/swap; busybox mv /race/swap /race/link; busybox mv /race/a /race/swap; done"),
                Map.of());
        Await.until(
                "the swapping began",
                Duration.ofSeconds(30),
                () -> made.in("lodger", "ls /tmp").contains("swaps"));
        for (int i = 0; i < 6; i++) {
            caisson.run("cp", scratch + "/source/.", "lodger:/race/swap");
            caisson.run("cp", "lodger:/race/swap/file", scratch + "/got" + i);
        }
        swapping.process().destroy();
        assertThat(host("cat victim/file; ls victim; cat got* 2>/dev/null | grep -c untouched || :"))
                .isEqualTo("untouched\nfile\n0\n");
    }

    @Test
    void volumesOfTheContainerAreReached() throws Exception {
        Files.createDirectory(scratch.resolve("volume"));
        made.run(MadeImage.NAME, List.of("-d", "--name", "second", "-v", scratch + "/volume:/vol"), "sleep", "1000")
                .output();
        host("echo x > file");
        cp("-a", scratch + "/file", "second:/vol/from-host");
        assertThat(caisson.run("exec", "second", "sh", "-c", "echo y > /vol/inner; stat -c %u /vol/from-host")
                        .output())
                .isEqualTo("0\n");
        cp("second:/vol/inner", scratch + "/got");
        assertThat(host("cat got; stat -c %u volume/from-host")).isEqualTo("y\n0\n");
        caisson.run("rm", "-f", "second").output();
    }

    @Test
    void containersOverTheHostAndOfRootDirectoriesAreServedToo() throws Exception {
        host("echo x > file");
        caisson.run("do", "-d", "--name", "over", "--", "sleep", "1000").output();
        caisson.run("run", "-d", "--name", "dir", "--rootfs", scratch + "/root", "sleep", "1000")
                .output();
        for (String name : List.of("over", "dir")) {
            cp(scratch + "/file", name + ":/etc/copied");
            assertThat(caisson.run("exec", name, "stat", "-c", "%u:%s", "/etc/copied")
                            .output())
                    .isEqualTo("0:2\n");
            cp(name + ":/etc/copied", scratch + "/back-" + name);
            caisson.run("rm", "-f", name).output();
        }
        assertThat(Path.of("/etc/copied")).doesNotExist();
        assertThat(host("cat back-over back-dir; stat -c %u root/etc/copied")).isEqualTo("x\nx\n0\n");
    }
}
