package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code caisson run IMAGE}: an image of two layers, made by umoci from archives of tar. */
class RunImageTest {
    private static final String IMAGE = "made/here:v1";

    /** The upper layer takes {@code old} away, hides all that the lower one has in {@code hidden}, and brings a device. */
    private static final String MAKE = """
            set -e
            mkdir -p one/bin one/etc one/data one/hidden one/tmp two/data two/hidden
            cp /bin/busybox one/bin/busybox
            for applet in sh id ls cat mount sleep rm mkdir; do ln -s busybox one/bin/$applet; done
            printf 'root:x:0:0::/root:/bin/sh\\nworker:x:1001:1002::/home/worker:/bin/sh\\n' > one/etc/passwd
            printf 'root:x:0:\\ncrew:x:1005:worker\\n' > one/etc/group
            echo old > one/data/old; echo kept > one/data/kept; echo below > one/hidden/below; chmod 1777 one/tmp
            touch two/data/.wh.old two/hidden/.wh..wh..opq
            echo new > two/data/new; chown 1001:1002 two/data/new; echo above > two/hidden/above
            mknod -m 666 two/data/null c 1 3
            tar -C one -cf one.tar . ; tar -C two -cf two.tar data hidden
            umoci init --layout layout
            umoci new --image layout:v1
            umoci raw add-layer --image layout:v1 one.tar
            umoci raw add-layer --image layout:v1 two.tar
            umoci config --image layout:v1 --config.env GREETING=hello --config.user worker \\
                --config.workingdir /work/here --config.entrypoint sh --config.entrypoint -c \\
                --config.cmd 'echo "$GREETING $HOME"; pwd' --config.stopsignal SIGUSR1 --config.label made=here
            """;

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);
    private Path store = scratch;

    @BeforeEach
    void importImage() throws Exception {
        caisson = new Caisson(scratch);
        store = scratch.resolve("store");
        Caisson.host(scratch, "sh", "-c", MAKE).output();
        image("import", scratch.resolve("layout").toString(), IMAGE).output();
    }

    /** The launcher gives these commands memory by their first word. */
    private Caisson.Result image(String verb, String... arguments) throws Exception {
        var command = new ArrayList<String>();
        command.addAll(List.of(Caisson.HOME.resolve("caisson").toString(), "image", verb));
        command.addAll(List.of("--store", store.toString()));
        command.addAll(List.of(arguments));
        return Caisson.host(scratch, command.toArray(String[]::new));
    }

    private List<String> runs(List<String> options, String... command) {
        var arguments = new ArrayList<String>(List.of("run", "--store", store.toString()));
        arguments.addAll(options);
        arguments.add(IMAGE);
        arguments.addAll(List.of(command));
        return arguments;
    }

    private Caisson.Result run(List<String> options, String... command) throws Exception {
        return caisson.run(runs(options, command));
    }

    @Test
    void imageSaysWhatRunsAndHow() throws Exception {
        assertThat(run(List.of()).output()).isEqualTo("hello /home/worker\n/work/here\n");
        assertThat(run(List.of(), "id; ls /data /hidden; cat /data/kept").output())
                .isEqualTo("""
                        uid=1001(worker) gid=1002 groups=1005(crew)
                        /data:
                        kept
                        new
                        null

                        /hidden:
                        above
                        kept
                        """);
        assertThat(run(List.of(), "exit 7").status()).isEqualTo(7);
    }

    @Test
    void optionsAreStrongerThanTheImage() throws Exception {
        assertThat(run(List.of("-e", "GREETING=bye", "-w", "/data", "-u", "7:8"), "echo $GREETING; pwd; id")
                        .output())
                .isEqualTo("bye\n/data\nuid=7 gid=8\n");
        assertThat(run(List.of("--entrypoint", "cat"), "/data/new").output()).isEqualTo("new\n");
        assertThat(run(List.of("-u", "stranger")).err()).contains("user \"stranger\" is not in the container's");
    }

    @Test
    void ownersAreThoseOfTheImage() throws Exception {
        assertThat(run(List.of("-u", "0", "--entrypoint", "busybox"), "stat", "-c", "%u:%g", "/data/new", "/data/kept")
                        .output())
                .isEqualTo("1001:1002\n0:0\n");
    }

    @Test
    void whatIsWrittenIsGoneAfterwards() throws Exception {
        var before = HostSnapshot.take();
        assertThat(run(
                                List.of("-u", "0"),
                                "echo changed > /data/kept; rm /data/new; mkdir /fresh; cat /data/kept; ls /data")
                        .output())
                .isEqualTo("changed\nkept\nnull\n");
        assertThat(run(List.of(), "cat /data/kept /data/new; ls -d /fresh").out())
                .isEqualTo("kept\nnew\n");
        assertThat(HostSnapshot.take()).isEqualTo(before);
        assertThat(image("verify", IMAGE).output()).contains("good");
    }

    @Test
    void rootOfTheContainerOpensNoDeviceOfTheImageAndKeepsAReadOnlyRoot() throws Exception {
        var remount = "mount -o remount,bind,dev / 2>/dev/null; ";
        assertThat(run(List.of("-u", "0"), remount + "echo word > /data/null").status())
                .isNotZero();
        assertThat(run(
                                List.of("-u", "0", "--read-only"),
                                "mount -o remount,bind,rw / 2>/dev/null; echo word > /data/kept")
                        .status())
                .isNotZero();
        assertThat(run(List.of("-u", "0", "--read-only")).output()).isEqualTo("hello /root\n/work/here\n");
    }

    @Test
    void allLayersAreOneMountBeneathTheWritableOne() throws Exception {
        var mounts = run(List.of("-u", "0"), "cat /proc/self/mountinfo").output();
        assertThat(mounts.split("lowerdir", -1)).hasSize(2);
    }

    @Test
    void anImageExportedWithErofsLayersRunsAsBefore() throws Exception {
        var exported = scratch.resolve("exported.tar").toString();
        image("export", "--layers", "erofs", IMAGE, exported).output();
        image("rm", IMAGE).output();
        image("import", exported, IMAGE).output();
        assertThat(image("inspect", "--format", "json", IMAGE).output()).contains("layer.v1+zstd");
        assertThat(run(List.of()).output()).isEqualTo("hello /home/worker\n/work/here\n");
        assertThat(run(List.of("-u", "0"), "ls /data /hidden; busybox stat -c %u /data/new")
                        .output())
                .isEqualTo("/data:\nkept\nnew\nnull\n\n/hidden:\nabove\n1001\n");
    }

    @Test
    void layersStayWhileAContainerLives() throws Exception {
        run(List.of("-d", "--name", "tenant"), "sleep 1000").output();
        image("rm", IMAGE).output();
        assertThat(image("prune").output()).startsWith("freed 0 B ");
        assertThat(caisson.run("exec", "tenant", "cat", "/data/new").output()).isEqualTo("new\n");
        caisson.run("rm", "-f", "tenant").output();
        assertThat(image("prune").output()).doesNotContain("freed 0 B ");
    }

    @Test
    void stopSignalAndLabelsAreKept() throws Exception {
        run(List.of("-d", "--name", "tenant"), "sleep 1000").output();
        assertThat(caisson.run("state", "tenant").output()).contains("SIGUSR1").contains("made");
        caisson.run("rm", "-f", "tenant").output();
    }

    @Test
    void nothingIsLeftWhenTheKeeperIsKilled() throws Exception {
        var before = HostSnapshot.take();
        var shared = Files.createDirectory(scratch.resolve("shared"));
        Files.setPosixFilePermissions(shared, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
        var running = caisson.start(
                runs(List.of("-v", shared + ":/shared"), ": > /shared/running; exec sleep 1000"), Map.of());
        Await.until("the container runs", Duration.ofSeconds(30), () -> Files.exists(shared.resolve("running")));
        Caisson.host(scratch, "kill", "-9", Long.toString(running.process().pid()))
                .output();
        Await.until(
                "no process of the container is left",
                Duration.ofSeconds(20),
                () -> HostSnapshot.take().processes().equals(before.processes()));
        assertThat(run(List.of(), "echo well").output()).isEqualTo("well\n");
        assertThat(HostSnapshot.take()).isEqualTo(before);
        image("rm", IMAGE).output();
        assertThat(image("ls", "-q").output()).isEmpty();
        try (var left = Files.list(store.resolve("work"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void missingImageIsSaidWithTheCommandThatFetchesIt() throws Exception {
        var missing = caisson.run("run", "--store", store.toString(), "made/elsewhere");
        assertThat(missing.status()).isEqualTo(125);
        assertThat(missing.err()).contains("caisson image pull made/elsewhere").hasLineCount(1);
        var nowhere = scratch.resolve("nowhere");
        assertThat(caisson.run("run", "--store", nowhere.toString(), "made/elsewhere")
                        .err())
                .contains("caisson image pull made/elsewhere");
        assertThat(nowhere).doesNotExist();
    }

    /** What the kernel has mounted from files or devices as EROFS, attached or not; each has pages of its own. */
    private static List<String> mountedImages() throws Exception {
        Path all = Path.of("/sys/fs/erofs");
        if (!Files.isDirectory(all)) {
            return List.of();
        }
        try (var names = Files.list(all)) {
            return names.map(name -> name.getFileName().toString())
                    .filter(name -> !name.equals("features"))
                    .sorted()
                    .toList();
        }
    }

    private void start(String name) throws Exception {
        run(List.of("-d", "--name", name, "--entrypoint", "busybox"), "sleep", "1000")
                .output();
    }

    @Test
    void containersOfAnImageShareOneMountOfIt() throws Exception {
        List<String> before = mountedImages();
        try {
            start("first");
            List<String> one = mountedImages();
            assertThat(one).hasSize(before.size() + 1);
            start("second");
            assertThat(mountedImages()).isEqualTo(one);
            caisson.run("rm", "-f", "first").output();
            start("third");
            assertThat(mountedImages()).isEqualTo(one);
            for (String name : List.of("second", "third")) {
                assertThat(caisson.run("exec", name, "cat", "/data/new").output())
                        .isEqualTo("new\n");
            }
        } finally {
            caisson.run("rm", "-f", "first", "second", "third");
        }
        Await.until(
                "the image's mount is gone",
                Duration.ofSeconds(20),
                () -> mountedImages().equals(before));
    }
}
