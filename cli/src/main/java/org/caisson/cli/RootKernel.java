package org.caisson.cli;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** Who serves the files of an image. */
enum RootKernel {
    /** The kernel: EROFS from the files of the layers. */
    HOST,
    /** A process of ours, over FUSE, from the same files. */
    FUSE,
    /** The kernel where it can. */
    AUTO;

    private static final List<String> WORDS = List.of("host", "fuse", "auto");

    static OptionSpec option() {
        return Model.choice(
                "WHO",
                WORDS,
                "Who serves the files of the image: host, the kernel; fuse, a process of Caisson; auto (default), the"
                        + " kernel where it can.",
                "--kernel");
    }

    static RootKernel of(@Nullable String word) throws UsageException {
        if (word == null) {
            return AUTO;
        }
        for (RootKernel kernel : values()) {
            if (kernel.word().equals(word)) {
                return kernel;
            }
        }
        throw UsageException.invalid("--kernel", word, "it can be " + String.join(", ", WORDS));
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
