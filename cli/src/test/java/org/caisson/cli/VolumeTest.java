package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeTest {
    @TempDir
    Path directory;

    @Test
    void aVolumeIsWritableUnlessSaidOtherwise() throws UsageException {
        assertThat(Volume.parse(OwnProcess.CALLER, directory + ":/data"))
                .isEqualTo(new Volume(directory.toString(), "/data", false));
        assertThat(Volume.parse(OwnProcess.CALLER, directory + ":/data:rw").readOnly())
                .isFalse();
        assertThat(Volume.parse(OwnProcess.CALLER, directory + ":/data:ro").readOnly())
                .isTrue();
        assertThat(Volume.parse(OwnProcess.CALLER, directory + ":/data:z,ro").readOnly())
                .isTrue();
    }

    @Test
    void aRelativeSourceIsTakenFromTheCurrentDirectory() throws UsageException {
        assertThat(Volume.parse(OwnProcess.CALLER, ".:/data").source())
                .isEqualTo(Path.of("").toAbsolutePath().toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/tmp",
                ":/data",
                "/tmp:",
                "/tmp:data",
                "/tmp:/",
                "/tmp:/data:",
                "/tmp:/data:exec",
                "/nonexistent/x:/data"
            })
    void whatIsNoVolumeIsRefused(String text) {
        assertThatThrownBy(() -> Volume.parse(OwnProcess.CALLER, text))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("invalid --volume '" + text + "': ");
    }
}
