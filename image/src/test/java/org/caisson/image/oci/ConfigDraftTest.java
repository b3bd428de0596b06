package org.caisson.image.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigDraftTest {
    private static final String BEFORE = """
        {"architecture":"amd64","os":"linux","unknown":{"kept":[1,true]},
         "config":{"Env":["PATH=/bin","HOME=/root"],"Cmd":["sh"],"Labels":{"a":"b"},"WorkingDir":"/srv"},
         "rootfs":{"type":"layers","diff_ids":["sha256:%s"]},
         "history":[{"created_by":"first"}]}
        """.formatted("0".repeat(64));
    private static final Digest LAYER = Digest.of("layer".getBytes(UTF_8));

    private static ConfigDraft draft() throws ImageFormatException {
        return ConfigDraft.of(BEFORE.getBytes(UTF_8), "a configuration");
    }

    private static ImageConfig after(String... instructions) throws ImageFormatException {
        ConfigDraft draft = draft();
        for (String instruction : instructions) {
            draft.change(instruction);
        }
        return ImageConfig.parse(draft.toJson(), "a configuration");
    }

    @Test
    void layerComesLastAndTheRestStays() throws Exception {
        ConfigDraft draft = draft();
        draft.addLayer(LAYER, Instant.EPOCH, "sleep 1000", "Someone", "a remark");
        ImageConfig config = ImageConfig.parse(draft.toJson(), "a configuration");
        assertThat(config.diffIds()).hasSize(2).last().isEqualTo(LAYER);
        assertThat(config.history())
                .last()
                .isEqualTo(new ImageConfig.HistoryEntry(Instant.EPOCH, "sleep 1000", "a remark", false));
        assertThat(config.author()).isEqualTo("Someone");
        assertThat(config.process().command()).containsExactly("sh");
        assertThat(new String(draft.toJson(), UTF_8)).contains("\"unknown\":{\"kept\":[1,true]}");
    }

    @Test
    void instructionsChangeHowItIsRun() throws Exception {
        ProcessDefaults process = after(
                        "CMD [\"cat\", \"/x y\"]",
                        "ENV PATH=/usr/bin NAME=\"two words\" E='$x' ",
                        "env OLD value with blanks",
                        "LABEL c=d a=e",
                        "EXPOSE 80 53/udp",
                        "VOLUME /data /more",
                        "VOLUME [\"/list\"]",
                        "USER worker:crew",
                        "STOPSIGNAL SIGUSR1",
                        "WORKDIR beneath")
                .process();
        assertThat(process.command()).containsExactly("cat", "/x y");
        assertThat(process.environment())
                .containsExactly("HOME=/root", "PATH=/usr/bin", "NAME=two words", "E=$x", "OLD=value with blanks");
        assertThat(process.labels()).containsEntry("a", "e").containsEntry("c", "d");
        assertThat(process.exposedPorts()).containsExactly("80/tcp", "53/udp");
        assertThat(process.volumes()).containsExactly("/data", "/more", "/list");
        assertThat(process.user()).isEqualTo("worker:crew");
        assertThat(process.stopSignal()).isEqualTo("SIGUSR1");
        assertThat(process.workingDirectory()).isEqualTo("/srv/beneath");
    }

    @Test
    void entrypointTakesTheCommandAway() throws Exception {
        ProcessDefaults process = after("ENTRYPOINT exec top -b").process();
        assertThat(process.entrypoint()).containsExactly("/bin/sh", "-c", "exec top -b");
        assertThat(process.command()).isEmpty();
    }

    @Test
    void commandOfTheSameChangeStaysWhateverTheOrder() throws Exception {
        assertThat(after("CMD [\"-b\"]", "ENTRYPOINT [\"top\"]").process().command())
                .containsExactly("-b");
        assertThat(after("ENTRYPOINT [\"top\"]", "CMD [\"-b\"]").process().command())
                .containsExactly("-b");
    }

    @Test
    void variablesAreReplacedByThoseOfTheImage() throws Exception {
        ProcessDefaults process = after(
                        "ENV PATH=/opt:$PATH PORT=80",
                        "ENV A=\"${HOME}/a b\" B='$HOME' C=\\$HOME D=${NONE:-other} E=${HOME:+set} F=$NONE. G=5$",
                        "ENV OLD in $HOME",
                        "LABEL home=$HOME",
                        "EXPOSE $PORT",
                        "USER ${NONE:-worker}",
                        "WORKDIR $HOME/work",
                        "CMD echo $HOME")
                .process();
        assertThat(process.environment())
                .containsExactly(
                        "HOME=/root",
                        "PATH=/opt:/bin",
                        "PORT=80",
                        "A=/root/a b",
                        "B=$HOME",
                        "C=$HOME",
                        "D=other",
                        "E=set",
                        "F=.",
                        "G=5$",
                        "OLD=in /root");
        assertThat(process.labels()).containsEntry("home", "/root");
        assertThat(process.exposedPorts()).containsExactly("80/tcp");
        assertThat(process.user()).isEqualTo("worker");
        assertThat(process.workingDirectory()).isEqualTo("/root/work");
        assertThat(process.command()).containsExactly("/bin/sh", "-c", "echo $HOME");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FROM x",
                "",
                "CMD",
                "ENV",
                "ENV a",
                "ENV =b",
                "CMD [\"open",
                "CMD [1]",
                "LABEL x=y z",
                "USER ${",
                "USER ${A",
                "USER ${A:?x}"
            })
    void whatMakesNoSenseIsRefused(String instruction) {
        assertThatThrownBy(() -> draft().change(instruction)).isInstanceOf(ImageFormatException.class);
    }
}
