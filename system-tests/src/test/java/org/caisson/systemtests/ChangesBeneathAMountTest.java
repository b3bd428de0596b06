package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host directory that others change while {@code caisson mount} shows it: what is promised for each {@code cache}. */
class ChangesBeneathAMountTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** All there is to see of a tree. */
    private static final String PICTURE =
            "find . -mindepth 1 -printf '%P %y %m %U %s %n %l %T@\\n' | sort; find . -type f | sort | xargs md5sum";

    private static final String BEFORE = """
            echo old >old; echo other >other; echo gone >gone; head -c 9000 /dev/zero >shrinks; echo g >grows
            echo a >replaced; mkdir full empty; echo x >full/x; ln -s old link; echo moved >from; touch -d @1000 timed
            """;

    private static final String CHANGES = """
            echo text >new; echo more >>old; rm gone; truncate -s 10 shrinks; truncate -s 100000 grows
            echo b >fresh; mv fresh replaced; mv full/x full/y; rmdir empty; mkdir made; echo z >made/z
            ln other hard; ln -sf other link; mv from to; touch -d @2000 timed; chmod 600 other; chown 12:34 timed
            printf OLD | dd of=old conv=notrunc 2>/dev/null
            """;

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);
    private Path point = Path.of("");
    private Path shown = Path.of("");
    private @Nullable HostSnapshot before;

    @BeforeEach
    void prepare() throws Exception {
        caisson = new Caisson(scratch);
        point = Files.createDirectory(scratch.resolve("point"));
        shown = Files.createDirectory(scratch.resolve("shown"));
        before = HostSnapshot.take();
        run(shown, BEFORE);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (Files.readString(Path.of("/proc/self/mounts")).contains(" " + point + " ")) {
            caisson.run("umount", "--lazy", point.toString());
        }
        Await.until(
                "mount and server are gone", PATIENCE, () -> HostSnapshot.take().equals(before));
    }

    private String run(Path where, String script) throws IOException, InterruptedException {
        return Caisson.host(scratch, "sh", "-e", "-c", "cd \"$0\"\n" + script, where.toString())
                .output();
    }

    private void mount(String options) throws IOException, InterruptedException {
        caisson.run("mount", "--type", "host", "-o", options, shown.toString(), point.toString())
                .output();
    }

    /** Looks at everything, so that all that may be remembered is: names that are missing as well. */
    private void lookAtAll() throws IOException, InterruptedException {
        assertThat(run(point, PICTURE)).isEqualTo(run(shown, PICTURE));
        assertThat(run(point, "! ls new to hard made 2>/dev/null")).isEmpty();
    }

    @Test
    void withoutCacheChangesAreSeenAtOnce() throws Exception {
        mount("cache=none");
        lookAtAll();
        run(shown, CHANGES);
        assertThat(run(point, PICTURE)).isEqualTo(run(shown, PICTURE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cache=auto", "cache=auto,passthrough=off"})
    void whatIsRememberedForASecondIsSeenAfterIt(String options) throws Exception {
        mount(options);
        lookAtAll();
        run(shown, CHANGES);
        String changed = run(shown, PICTURE);
        Await.until("the changes are seen", PATIENCE, () -> pictureOrNothing().equals(changed));
    }

    /** A name that is remembered may be gone when it is looked at. */
    private String pictureOrNothing() throws IOException, InterruptedException {
        return Caisson.host(scratch, "sh", "-c", "cd '" + point + "' && " + PICTURE)
                .out();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cache=none", "cache=auto"})
    void whoHasAFileOpenReadsAtOnceWhatIsWrittenBeneath(String options) throws Exception {
        mount(options);
        try (FileChannel file = FileChannel.open(point.resolve("old"), StandardOpenOption.READ)) {
            assertThat(read(file)).isEqualTo("old\n");
            run(shown, "echo 'much longer than before' >old");
            assertThat(read(file)).isEqualTo("much longer than before\n");
        }
    }

    /** What is unlinked or replaced beneath stays what it was for who has it open, as in the directory itself. */
    @ParameterizedTest
    @ValueSource(strings = {"cache=none", "cache=auto", "cache=auto,passthrough=off"})
    void whoHasAFileOpenKeepsItWhenItIsReplacedBeneath(String options) throws Exception {
        mount(options);
        try (FileChannel file = FileChannel.open(point.resolve("old"), StandardOpenOption.READ)) {
            run(shown, "echo new >fresh; mv fresh old");
            assertThat(read(file)).isEqualTo("old\n");
            Await.until(
                    "the new one is seen",
                    PATIENCE,
                    () -> Files.readString(point.resolve("old")).equals("new\n"));
            assertThat(read(file)).isEqualTo("old\n");
        }
    }

    private static String read(FileChannel file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        int length = file.read(buffer, 0);
        return new String(buffer.array(), 0, Math.max(length, 0), StandardCharsets.UTF_8);
    }
}
