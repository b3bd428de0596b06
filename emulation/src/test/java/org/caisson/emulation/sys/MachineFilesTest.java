package org.caisson.emulation.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.caisson.fuse.FuseServer;
import org.caisson.linux.FdLeakCheck;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a container has in place of one machine's numbers, over FUSE, from files such as a machine has. */
@ExtendWith(FdLeakCheck.class)
class MachineFilesTest {
    private static final String OWN = "0f0e0d0c-0b0a-3908-8706-050403020100";

    @TempDir
    Path mountPoint;

    @TempDir
    Path machine;

    private FuseServer server;
    private Path hashSize;

    @BeforeEach
    void serve() throws IOException {
        Files.writeString(machine.resolve("sys_vendor"), "Maker\n");
        Files.writeString(machine.resolve("chassis_asset_tag"), "Rack 7\n");
        for (String secret : List.of("product_uuid", "product_serial", "board_version")) {
            Path file = Files.writeString(machine.resolve(secret), "of this machine alone\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        }
        Path hosts = Files.writeString(machine.resolve("hashsize"), "65536\n");
        SyntheticDirectory root = SyntheticDirectory.builder()
                .add("id", DynamicDirectory.of(new DmiDirectory(machine, () -> OWN)))
                .add("hashsize", new ConnectionHashSize(hosts).file())
                .build();
        VirtualFileSystem files = new VirtualFileSystem();
        server = FuseServer.builder(
                        files,
                        files.newMountNamespace(SyntheticFileSystem.proc(root)).root())
                .name("machine-test")
                .threads(2)
                .build();
        server.mountAt(mountPoint.toString());
        server.start();
        hashSize = mountPoint.resolve("hashsize");
    }

    @AfterEach
    void end() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void theProductIsTheContainersAndRootsToRead() throws IOException {
        Path uuid = mountPoint.resolve("id/product_uuid");

        assertThat(Files.readString(uuid)).isEqualTo(OWN + "\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(uuid)))
                .isEqualTo("r--------");
    }

    @Test
    void theModelIsShownAndWhatTellsTheMachineFromOthersIsNot() throws IOException {
        assertThat(Files.readString(mountPoint.resolve("id/sys_vendor"))).isEqualTo("Maker\n");
        assertThat(names(mountPoint.resolve("id")))
                .containsExactlyInAnyOrder("sys_vendor", "board_version", "product_uuid", "hashsize");
        assertThat(mountPoint.resolve("id/product_serial")).doesNotExist();
        assertThat(mountPoint.resolve("id/chassis_asset_tag")).doesNotExist();
        assertThatThrownBy(() -> Files.readString(mountPoint.resolve("id/board_version")))
                .hasMessage("Permission denied")
                .isInstanceOf(IOException.class);
    }

    @Test
    void theHashSizeIsFirstTheHostsThenTheOwnInWholePages() throws IOException {
        assertThat(Files.readString(hashSize)).isEqualTo("65536\n");

        Files.writeString(hashSize, "131000\n");

        assertThat(Files.readString(hashSize)).isEqualTo("131072\n");
        assertThat(Files.readString(machine.resolve("hashsize"))).isEqualTo("65536\n");
        Files.writeString(hashSize, "0x400");
        assertThat(Files.readString(hashSize)).isEqualTo("1024\n");
    }

    @Test
    void whatTheKernelRefusesAsAHashSizeIsRefused() throws IOException {
        for (String bad : List.of("0", "-1", "many", "1 2", "+", "0x", "4294967296", "4294967295")) {
            assertThatExceptionOfType(IOException.class).as(bad).isThrownBy(() -> Files.writeString(hashSize, bad));
            assertThat(Files.readString(hashSize)).as(bad).isEqualTo("65536\n");
        }
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
    }
}
