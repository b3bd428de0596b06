package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code caisson mount} and {@code caisson umount}. Needs root and FUSE. */
class MountTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);
    private Path point = Path.of("");
    private @Nullable HostSnapshot before;

    @BeforeEach
    void prepare() throws IOException {
        caisson = new Caisson(scratch);
        point = Files.createDirectory(scratch.resolve("point with blanks"));
        before = HostSnapshot.take();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (isMounted()) {
            caisson.run("umount", "--lazy", point.toString());
        }
        Await.until(
                "mount and server are gone", PATIENCE, () -> HostSnapshot.take().equals(before));
    }

    private boolean isMounted() throws IOException {
        String escaped = point.toString().replace(" ", "\\040");
        return Files.readString(Path.of("/proc/self/mounts")).contains(" " + escaped + " ");
    }

    @Test
    void memoryFileSystemHoldsFilesUntilItIsUnmounted() throws Exception {
        caisson.run("mount", "--type", "mem", "-o", "size=1m,mode=755", point.toString())
                .output();
        var script =
                "mkdir a && echo text >a/b && ln a/b c && ln -s a/b d && cat c d && stat -c '%a %h %F' . c && mv a e && cat e/b";
        assertThat(inside(script).output()).isEqualTo("text\ntext\n755 3 directory\n644 2 regular file\ntext\n");
        var tooMuch = inside("head -c 2m /dev/zero >big");
        assertThat(tooMuch.status()).isNotZero();
        assertThat(tooMuch.err()).contains("No space left on device");

        caisson.run("umount", point.toString()).output();

        assertThat(isMounted()).isFalse();
        assertThat(inside("ls").output()).isEmpty();
    }

    private Caisson.Result inside(String script) throws IOException, InterruptedException {
        return Caisson.host(scratch, "sh", "-c", "cd '" + point + "' && { " + script + "; }");
    }

    @Test
    void mountThatIsInUseIsTakenOffLazilyOnly() throws Exception {
        caisson.run("mount", "--type", "mem", point.toString()).output();
        Files.createFile(point.resolve("file"));
        try (var held = Files.newInputStream(point.resolve("file"))) {
            var refused = caisson.run("umount", point.toString());
            assertThat(refused.status()).isEqualTo(125);
            assertThat(refused.err()).contains("busy").contains("--lazy");

            caisson.run("umount", "--lazy", point.toString()).output();

            assertThat(isMounted()).isFalse();
            assertThat(held.read()).isEqualTo(-1);
        }
    }

    @Test
    void serverThatIsKilledLeavesNoMount() throws Exception {
        var server = caisson.start(List.of("mount", "-f", "--type", "mem", point.toString()), Map.of());
        Await.until("it is mounted", PATIENCE, this::isMounted);
        server.process().destroyForcibly().waitFor();
        Await.until("the mount is gone", PATIENCE, () -> !isMounted());
    }

    @Test
    void whatTakesThePlaceOfAKilledServersMountStays() throws Exception {
        var server = caisson.start(List.of("mount", "-f", "--type", "mem", point.toString()), Map.of());
        Await.until("it is mounted", PATIENCE, this::isMounted);
        ProcessHandle guard = server.process().children().findFirst().orElseThrow();
        signal("STOP", guard.pid());
        try {
            server.process().destroyForcibly().waitFor();
            Caisson.host(scratch, "umount", point.toString()).output();
            caisson.run("mount", "--type", "mem", point.toString()).output();
        } finally {
            signal("CONT", guard.pid());
        }
        Await.until("the guard has ended", PATIENCE, () -> !guard.isAlive());
        assertThat(isMounted()).isTrue();
        assertThat(inside("echo text >file && cat file").output()).isEqualTo("text\n");
        caisson.run("umount", point.toString()).output();
    }

    private void signal(String name, long process) throws IOException, InterruptedException {
        Caisson.host(scratch, "kill", "-s", name, Long.toString(process)).output();
    }

    @Test
    void aFileThatTheKernelKnowsIsReadWithoutTheServerWhereNobodyElseChangesIt() throws Exception {
        Path shown = Files.createDirectory(scratch.resolve("shown"));
        Files.writeString(shown.resolve("there"), "text\n");
        for (List<String> kind : List.of(List.of("mem"), List.of("host", "-o", "cache=always", shown.toString()))) {
            var arguments = new ArrayList<>(List.of("mount", "-f", "--type"));
            arguments.addAll(kind);
            arguments.add(point.toString());
            var server = caisson.start(arguments, Map.of());
            Await.until("it is mounted", PATIENCE, this::isMounted);
            // After the first one has read it the kernel asks the next for the time of that.
            assertThat(inside("echo text >there; cat there; cat there").output())
                    .isEqualTo("text\ntext\n");
            signal("STOP", server.process().pid());
            try {
                assertThat(inside("timeout 20 cat there; stat -c %s there").output())
                        .isEqualTo("text\n5\n");
            } finally {
                signal("CONT", server.process().pid());
            }
            caisson.run("umount", point.toString()).output();
            assertThat(Caisson.finish(server).status()).isZero();
        }
    }

    @Test
    void serverInTheForegroundEndsInOrderWhenItIsTold() throws Exception {
        var server = caisson.start(List.of("mount", "-f", "--type", "mem", point.toString()), Map.of());
        Await.until("it is mounted", PATIENCE, this::isMounted);
        server.process().destroy();
        assertThat(Caisson.finish(server).status()).isZero();
        assertThat(isMounted()).isFalse();
    }

    @Test
    void hostDirectoryShowsItsFilesAndTakesChanges() throws Exception {
        Path shown = Files.createDirectory(scratch.resolve("shown"));
        Files.writeString(shown.resolve("there"), "before\n");
        for (String cache : List.of("none", "auto", "always")) {
            caisson.run("mount", "--type", "host", "-o", "cache=" + cache, shown.toString(), point.toString())
                    .output();
            assertThat(inside("cat there && echo after >>there && mkdir sub && cp there sub/copy && cmp there sub/copy")
                            .output())
                    .isEqualTo("before\n");
            caisson.run("umount", point.toString()).output();
            assertThat(shown.resolve("sub/copy")).hasContent("before\nafter\n");
            assertThat(Caisson.host(scratch, "sh", "-c", "echo before >shown/there && rm -r shown/sub")
                            .status())
                    .isZero();
        }
    }

    @Test
    void aMountThatTakesThePlaceOfAnotherStays() throws Exception {
        Path shown = Files.createDirectory(scratch.resolve("shown"));
        Files.writeString(shown.resolve("there"), "before\n");
        for (int round = 0; round < 8; round++) {
            caisson.run("mount", "--type", "host", shown.toString(), point.toString())
                    .output();
            // Long enough for what the server before it left behind.
            assertThat(inside("sleep 0.1; cat there").output()).isEqualTo("before\n");
            caisson.run("umount", point.toString()).output();
        }
    }

    @Test
    void linksOfAHostDirectoryDoNotLeadOutOfIt() throws Exception {
        Path shown = Files.createDirectory(scratch.resolve("shown"));
        Files.writeString(scratch.resolve("secret"), "secret");
        Files.createSymbolicLink(shown.resolve("up"), Path.of("../secret"));
        caisson.run("mount", "--type", "host", shown.toString(), point.toString())
                .output();
        // The kernel follows links from where the mount is, and finds nothing there: the file system itself follows
        // none.
        assertThat(inside("readlink up").output()).isEqualTo("../secret\n");
        assertThat(inside("ls -a").output()).isEqualTo(".\n..\nup\n");
    }

    @Test
    void overlayLeavesItsLowerLayersAloneAndTheKernelReadsWhatItWrote() throws Exception {
        for (String layer : List.of("low", "middle", "upper", "work")) {
            Files.createDirectory(scratch.resolve(layer));
        }
        Files.writeString(scratch.resolve("low/kept"), "low\n");
        Files.writeString(scratch.resolve("low/gone"), "low\n");
        Files.writeString(scratch.resolve("middle/changed"), "middle\n");
        String layers = "lowerdir=middle:low,upperdir=upper,workdir=work"
                .replace("=", "=" + scratch + "/")
                .replace(":", ":" + scratch + "/");
        caisson.run("mount", "--type", "overlay", "-o", layers, point.toString())
                .output();
        assertThat(inside("cat kept changed && echo more >>changed && rm gone && mkdir new && ls")
                        .output())
                .isEqualTo("low\nmiddle\nchanged\nkept\nnew\n");
        caisson.run("umount", point.toString()).output();
        assertThat(scratch.resolve("middle/changed")).hasContent("middle\n");
        assertThat(scratch.resolve("low/gone")).exists();

        var kernel = Caisson.host(
                scratch,
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t overlay -o " + layers + " overlay '" + point + "' && cd '" + point
                        + "' && ls && cat changed");
        assertThat(kernel.output()).isEqualTo("changed\nkept\nnew\nmiddle\nmore\n");
    }

    @Test
    void whatCannotBeMountedIsSaidInOneLine() throws Exception {
        assertError("it is a mount of type", "umount", "/proc");
        assertError("nothing is mounted there", "umount", scratch.toString());
        assertError("--type is missing", "mount", point.toString());
        assertError("it can be mem, host, overlay", "mount", "--type", "ext4", point.toString());
        assertError("no such option", "mount", "--type", "mem", "-o", "colour=red", point.toString());
        assertError("not a size", "mount", "--type", "mem", "-o", "size=lots", point.toString());
        assertError("is not a directory", "mount", "--type", "mem", "/nonexistent");
        assertError("needs two directories", "mount", "--type", "host", point.toString());
        String host = scratch.toString();
        assertError("on or off", "mount", "--type", "host", "-o", "passthrough=auto", host, point.toString());
        assertError("none, auto", "mount", "--type", "host", "-o", "cache=some", host, point.toString());
    }

    private void assertError(String words, String... arguments) throws Exception {
        var result = caisson.run(arguments);
        assertThat(result.status()).isEqualTo(125);
        assertThat(result.err()).startsWith("caisson: ").contains(words);
        assertThat(result.err().strip()).doesNotContain("\n");
    }
}
