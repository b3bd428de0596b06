package org.caisson.runtime.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.caisson.linux.Capabilities;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.ProcessCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Root file systems and messages that mean harm. */
@ExtendWith(FdLeakCheck.class)
class HostileInputTest {
    private static final long SEED = 20261121;
    private static final int ROUNDS = 150;

    @SuppressWarnings("NullAway.Init") // made before each test
    private BusyboxRoot root;

    @SuppressWarnings("NullAway.Init") // made before each test
    private Path outside;

    HostileInputTest() {}

    @BeforeEach
    void makeRoot() throws IOException {
        root = new BusyboxRoot();
        outside = Files.createTempDirectory("caisson-outside");
        Files.setAttribute(outside, "unix:uid", (int) BusyboxRoot.BASE);
        Files.createSymbolicLink(root.path.resolve("absolute"), outside);
        Files.createSymbolicLink(root.path.resolve("dangling"), outside.resolve("new"));
        Files.createSymbolicLink(root.path.resolve("up"), Path.of("../../../../../../.." + outside));
        Files.createSymbolicLink(root.path.resolve("loop"), Path.of("loop"));
        Files.createSymbolicLink(root.path.resolve("magic"), Path.of("/proc/self/root"));
        root.owned();
    }

    @AfterEach
    void nothingGotOut() throws IOException {
        root.close();
        try (var left = Files.list(outside)) {
            assertThat(left).isEmpty();
        }
        Files.delete(outside);
    }

    @Test
    void targetsBehindSymbolicLinksStayInsideTheRoot() throws IOException {
        Files.createDirectories(Path.of(root.path.toString(), outside.toString()));
        root.owned();
        TestBox.Result result = TestBox.plan(root, "ls", outside.toString())
                .inRoot(o -> o.directory("/absolute/a", 0755, -1, -1)
                        .file("/up/b", 0644, -1, -1)
                        .directory("/../../../.." + outside + "/c", 0755, -1, -1)
                        .mount("tmpfs", "/absolute/a", "tmpfs", 0, "", MountPoint.MUST_EXIST)
                        .bind("/etc", "/up/d", false, 0, 0, Propagation.PRIVATE, MountPoint.MAKE_DIRECTORY))
                .run();

        assertThat(result.output().lines()).containsExactly("a", "b", "c", "d");
    }

    @Test
    void linksThatLeadNowhereAreErrors() {
        assertStep("/dangling/x", Errno.ENOENT, Errno.EEXIST);
        assertStep("/absolute/x", Errno.ENOENT, Errno.EEXIST);
        assertStep("/loop/x", Errno.ELOOP);
        assertStep("/magic/tmp/x", Errno.ELOOP);
    }

    @Test
    void readOnlyMountsOfTheHostStayReadOnly() throws IOException {
        String staging = Files.createDirectory(root.path.resolve("staging")).toString();
        StageOrders host = new StageOrders()
                .bind(
                        outside.toString(),
                        staging,
                        false,
                        MountAttributes.READ_ONLY,
                        0,
                        Propagation.PRIVATE,
                        MountPoint.MUST_EXIST);
        TestBox.Result result = TestBox.plan(
                        root,
                        "sh",
                        "-c",
                        "mount -o remount,bind,rw /mnt 2>/dev/null || echo locked; touch /mnt/x 2>/dev/null || echo read-only")
                .hostOrders(host)
                .inRoot(o -> o.bind(staging, "/mnt", false, 0, 0, Propagation.PRIVATE, MountPoint.MUST_EXIST))
                .run();

        assertThat(result.output().lines()).containsExactly("locked", "read-only");
    }

    @Test
    void stageCannotBeTracedOrReadFromInside() throws IOException {
        try (TestBox box = TestBox.plan(root, "sh").program(p -> p.init(true)).start()) {
            assertThat(box.command("readlink /proc/1/exe; cat /proc/1/environ; ls /proc/1/fd")
                            .output())
                    .isEmpty();
        }
    }

    @Test
    void mutatedOrdersEndWithAnErrorOrAContainer() throws IOException {
        Random random = new Random(SEED);
        StageOrders orders = TestBox.plan(root, "true")
                .inRoot(o ->
                        o.mask("/etc").readOnly("/tmp").symlink("x", "/tmp/y").sysctl("net.ipv4.ip_forward", "1"))
                .orders();
        Capabilities.Sets held = Capabilities.of(ProcessCalls.getpid());
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = mutate(orders.encoded(held), random);
            try (Stage stage = Stage.spawn(TestBox.binary(), 0, 1, 2)) {
                stage.unshare(namespaces());
                try (ContainerProcess process = stage.build(orders, bytes, CgroupHook.NONE)) {
                    process.start();
                }
            } catch (StageException e) {
                assertThat(e.step()).as("round %d", round).isNotNull();
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void garbageOnTheControlSocketIsRefused() throws IOException {
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            try (Stage stage = Stage.spawn(TestBox.binary(), 0, 1, 2)) {
                int[] words = random.ints(random.nextInt(80)).toArray();
                stage.control().send(random.nextInt(6), words);

                assertThatThrownBy(() -> stage.control().expect(Step.NAMESPACES, ControlChannel.DONE, 0))
                        .as("round %d", round)
                        .isInstanceOf(StageException.class);
            }
        }
    }

    private void assertStep(String path, Errno... expected) {
        assertThatThrownBy(() -> TestBox.plan(root, "true")
                        .inRoot(o -> o.directory(path, 0755, -1, -1))
                        .build())
                .isInstanceOfSatisfying(StageException.class, e -> {
                    assertThat(e.step()).isEqualTo(Step.MKDIR);
                    assertThat(e.path()).isEqualTo(path);
                    assertThat(e.errno()).isIn((Object[]) expected);
                });
    }

    private static NamespaceOrders namespaces() {
        List<IdMap> map = List.of(new IdMap(0, BusyboxRoot.BASE, 65536));
        return new NamespaceOrders()
                .create(TestBox.ALL_NAMESPACES)
                .orphanGraceMillis(100)
                .idMaps(map, map);
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        int changes = 1 + random.nextInt(4);
        byte[] result =
                random.nextInt(8) == 0 ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes.clone();
        for (int i = 0; i < changes && result.length > 0; i++) {
            result[random.nextInt(result.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 0xff);
        }
        return result;
    }
}
