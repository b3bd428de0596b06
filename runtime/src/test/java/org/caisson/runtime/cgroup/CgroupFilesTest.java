package org.caisson.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupFilesTest {
    @TempDir
    private Path directory;

    @Test
    void aProcessOfAnotherPidNamespaceHasNoNumber() throws IOException {
        Files.writeString(directory.resolve("cgroup.procs"), "0\n12\n0\n");
        List<Integer> pids = new ArrayList<>();

        CgroupFiles.processes(directory, pids);

        assertThat(pids).containsExactly(12);
    }
}
