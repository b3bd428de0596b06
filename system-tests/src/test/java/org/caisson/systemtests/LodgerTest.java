package org.caisson.systemtests;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of what is done from outside with a container of an image, {@code lodger}, that runs and waits. */
abstract class LodgerTest {
    @TempDir
    Path scratch = Path.of("");

    Caisson caisson = new Caisson(scratch);
    MadeImage made = new MadeImage(caisson, scratch, scratch);

    @BeforeEach
    void startContainer() throws Exception {
        caisson = new Caisson(scratch);
        made = MadeImage.in(scratch, caisson);
        made.start("lodger", ":");
    }

    @AfterEach
    void removeContainer() throws Exception {
        caisson.run("rm", "-f", "lodger").output();
    }
}
