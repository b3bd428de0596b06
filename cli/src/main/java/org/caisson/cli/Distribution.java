package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import picocli.AutoComplete;

/**
 * The last step of the build: puts together a directory from which Caisson runs. One jar of all modules, the launcher, the
 * first stage, completion, manual pages, and the class cache from a rehearsal.
 */
final class Distribution {
    private final Path directory;

    private Distribution(Path directory) {
        this.directory = directory;
    }

    /** Arguments: distribution, own classes, merged classes of dependencies, picocli's sources, directory of launcher's sources, stage, version. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Distribution distribution = new Distribution(Path.of(args[0]));
        distribution.clear();
        distribution.jar(Path.of(args[1]), Path.of(args[2]), Path.of(args[3]));
        distribution.launcher(Path.of(args[4]));
        distribution.stage(Path.of(args[5]));
        distribution.completion();
        distribution.manual(args[6]);
        distribution.classCache(JavaImage.make(distribution.directory.resolve("lib/jvm")));
        Files.createFile(distribution.directory.resolve("complete"));
    }

    private void clear() throws IOException {
        // First of all, so that nobody runs what is half made.
        Files.deleteIfExists(directory.resolve("complete"));
        for (String part : List.of("bin", "lib", "completion", "man")) {
            deleteTree(directory.resolve(part));
            Files.createDirectories(directory.resolve(part));
        }
    }

    private void jar(Path ownClasses, Path merged, Path picocli) throws IOException {
        // Class files of picocli's version (49) are too old for the class cache.
        tool(
                "javac",
                "--release",
                "25",
                "-nowarn",
                "-Xlint:none",
                "-proc:none",
                "-g:none",
                "-d",
                merged.toString(),
                "--source-path",
                picocli.toString(),
                picocli.resolve("picocli/CommandLine.java").toString());
        tool(
                "jar",
                "--create",
                "--file",
                directory.resolve("lib/caisson.jar").toString(),
                "--no-compress",
                "--main-class",
                "org.caisson.cli.Main",
                "-C",
                merged.toString(),
                ".",
                "-C",
                ownClasses.toString(),
                "org");
    }

    private void launcher(Path sources) throws IOException, InterruptedException {
        run(
                Map.of(),
                "gcc",
                "-O2",
                "-static",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-o",
                directory.resolve("bin/caisson").toString(),
                sources.resolve("caisson.c").toString(),
                sources.resolve("call.c").toString());
    }

    private void stage(Path binary) throws IOException {
        Files.copy(binary, directory.resolve("bin/caisson-stage"), StandardCopyOption.COPY_ATTRIBUTES);
    }

    private void completion() throws IOException {
        Files.writeString(directory.resolve("completion/caisson.bash"), completionScript());
    }

    /** For bash, and for zsh with bashcompinit. */
    static String completionScript() {
        return AutoComplete.bash("caisson", Model.commandLine(Help.fullModel()));
    }

    private void manual(String version) throws IOException {
        ManPages pages = new ManPages(version);
        Files.writeString(directory.resolve("man/caisson.1"), pages.program());
        for (Verb verb : Verbs.all()) {
            String name = ManPages.pageName(verb.name());
            Files.writeString(directory.resolve("man/caisson-" + name + ".1"), pages.verb(verb));
        }
    }

    private void classCache(JavaImage java) throws IOException, InterruptedException {
        Path scratch = Files.createTempDirectory("caisson-rehearsal");
        try {
            Path classes = scratch.resolve("classes");
            rehearse(scratch.resolve("first"), "-XX:DumpLoadedClassList=" + classes);
            java.addLambdaForms(classes);
            rehearse(
                    scratch.resolve("second"),
                    "-XX:-AOTRecordTraining\n-XX:AOTCacheOutput=" + directory.resolve("lib/caisson.aot"));
        } finally {
            deleteTree(scratch);
        }
    }

    private void rehearse(Path state, String options) throws IOException, InterruptedException {
        run(
                Map.of("CAISSON_JVM_OPTIONS", options + "\n"),
                directory.resolve("bin/caisson").toString(),
                RehearseCommand.NAME,
                state.toString());
    }

    private static void tool(String name, String... args) {
        int status = ToolProvider.findFirst(name).orElseThrow().run(System.out, System.err, args);
        if (status != 0) {
            throw new IllegalStateException(name + " failed with status " + status);
        }
    }

    private static void run(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(new ArrayList<>(List.of(command)) + " failed: " + output);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
