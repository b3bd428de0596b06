package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code caisson diff} and {@code caisson commit}: what a container changed, told and made an image. */
class CommitTest extends LodgerTest {
    private static final String CHANGE = """
        echo new > /data/new; echo changed > /data/old; rm -r /gone; mkdir /fresh; ln -s /etc/passwd /fresh/link
        chown 1001:1002 /data/new; ln /data/new /fresh/other; mkdir /tmp/.wh_not
        """;

    @Test
    void diffTellsWhatTheContainerChangedAndNothingElse() throws Exception {
        assertThat(caisson.run("diff", "lodger").output()).isEmpty();
        made.in("lodger", CHANGE);
        assertThat(caisson.run("diff", "lodger").output()).isEqualTo("""
            C /data
            A /data/new
            C /data/old
            A /fresh
            A /fresh/link
            A /fresh/other
            D /gone
            C /tmp
            A /tmp/.wh_not
            """);
        assertThat(caisson.run("diff", "--format", "json", "lodger").output())
                .startsWith("[{\"kind\":\"C\",\"path\":\"/data\"},\n")
                .endsWith("{\"kind\":\"A\",\"path\":\"/tmp/.wh_not\"}]\n");
    }

    @Test
    void committedImageHasWhatTheContainerHad() throws Exception {
        made.in("lodger", CHANGE);
        var listing = "ls -lnR /data /fresh /tmp | busybox grep -v ^total; cat /data/*; cat /fresh/other; ls /";
        var before = made.in("lodger", listing);
        caisson.run(
                        "commit",
                        "-a",
                        "Someone",
                        "-m",
                        "a remark",
                        "-c",
                        "CMD [\"cat\", \"/data/new\"]",
                        "-c",
                        "ENV GREETING=\"good day\" OTHER=x",
                        "-c",
                        "USER worker",
                        "-c",
                        "EXPOSE 80 53/udp",
                        "lodger",
                        "made/changed:v2")
                .output();
        assertThat(made.image("verify", "made/changed:v2").output()).contains("good");
        assertThat(made.run("made/changed:v2", List.of()).output()).isEqualTo("new\n");
        assertThat(made.run("made/changed:v2", List.of("-u", "0"), "sh", "-c", listing)
                        .output())
                .isEqualTo(before);
        assertThat(made.run("made/changed:v2", List.of(), "sh", "-c", "id -u; echo $GREETING $OTHER")
                        .output())
                .isEqualTo("1001\ngood day x\n");
        assertThat(made.image("history", "made/changed:v2").output())
                .contains("a remark")
                .contains("sleep 1000");
        assertThat(made.image("inspect", "made/changed:v2").output())
                .contains("80/tcp")
                .contains("53/udp");
        assertThat(caisson.run("state", "lodger").output()).contains("\"status\":\"running\"");
    }

    /** What the layer holds GNU tar and umoci judge. */
    @Test
    void layerIsOneThatOthersUnpack() throws Exception {
        made.in("lodger", CHANGE);
        caisson.run("commit", "lodger", "made/changed:v2").output();
        made.image("export", "made/changed:v2", "out").output();
        Caisson.host(scratch, "umoci", "unpack", "--image", "out:v2", "bundle").output();
        assertThat(Caisson.host(
                                scratch,
                                "sh",
                                "-c",
                                "cd bundle/rootfs; cat data/*; readlink fresh/link; ls -d gone dev proc sys 2>&1;"
                                        + " stat -c %u:%g:%h data/new")
                        .out())
                .isEqualTo("""
                    kept
                    new
                    changed
                    /etc/passwd
                    ls: cannot access 'gone': No such file or directory
                    ls: cannot access 'dev': No such file or directory
                    ls: cannot access 'proc': No such file or directory
                    ls: cannot access 'sys': No such file or directory
                    1001:1002:2
                    """);
    }

    @Test
    void imageWhoseNameIsGoneCanStillBeCommitted() throws Exception {
        made.in("lodger", "echo more > /data/more");
        made.image("rm", MadeImage.NAME).output();
        assertThat(caisson.run("diff", "lodger").output()).isEqualTo("C /data\nA /data/more\n");
        caisson.run("commit", "lodger", "made/later").output();
        assertThat(made.run("made/later", List.of(), "cat", "/data/more").output())
                .isEqualTo("more\n");
    }

    @Test
    void whatCannotBeIsSaid() throws Exception {
        assertThat(caisson.run("commit", "-c", "FROM x", "lodger", "made/x").err())
                .contains("it can be CMD")
                .hasLineCount(1);
        made.in("lodger", "busybox truncate -s 4398046511104 /data/huge");
        assertThat(caisson.run("commit", "lodger", "made/x").err())
                .contains("data/huge")
                .hasLineCount(1);
        assertThat(caisson.run("state", "lodger").output()).contains("\"status\":\"running\"");
        made.in("lodger", "rm /data/huge; busybox touch \"/data/.wh.x\"");
        assertThat(caisson.run("commit", "lodger", "made/x").err()).contains(".wh.");
        assertThat(caisson.run("diff", "nobody").err()).contains("does not exist");
        caisson.run("do", "-d", "--name", "plain", "--", "sleep", "1000").output();
        assertThat(caisson.run("commit", "plain", "made/x").err()).contains("it does not run from an image");
        caisson.run("rm", "-f", "plain").output();
    }
}
