package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.SpecBuilder;
import org.caisson.runtime.spec.SpecWriter;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson spec}: a {@code config.json} to begin with. */
final class SpecCommand extends Verb {
    SpecCommand() {
        super("spec");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(), "Write a config.json to begin a bundle with; its root is the directory rootfs beside it.");
        spec.addOption(Model.value("DIR", "Directory of the bundle (default: the current one).", "-b", "--bundle"));
        spec.addOption(Model.flag("Print it instead.", "--stdout"));
        return spec;
    }

    @Override
    boolean quick() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        String json = SpecWriter.write(SpecBuilder.rootfs(Path.of("rootfs"))
                .args(List.of("sh"))
                .terminal(true)
                .build());
        if (given.flag("--stdout")) {
            System.out.println(json);
            return 0;
        }
        String bundle = given.value("--bundle");
        Path file = Path.of(bundle == null ? "" : bundle)
                .toAbsolutePath()
                .normalize()
                .resolve("config.json");
        try {
            Files.writeString(file, json + "\n", StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UsageException(
                    "cannot write " + file + ": " + Words.of(e) + "; choose another directory with --bundle");
        }
        return 0;
    }
}
