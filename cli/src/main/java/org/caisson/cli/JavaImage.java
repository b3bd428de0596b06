package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * The Java that a distribution runs on: an image with the modules alone that are needed, so that no update of the JDK can spoil the class
 * cache. A JDK that cannot make images is used where it lies.
 */
final class JavaImage {
    private static final String LAMBDA_FORM = "@lambda-form-invoker ";

    private final Path directory;
    private final boolean ours;

    private JavaImage(Path directory, boolean ours) {
        this.directory = directory;
        this.ours = ours;
    }

    /** Makes the image, in a directory that does not exist yet. */
    static JavaImage make(Path directory) throws IOException {
        var jlink = ToolProvider.findFirst("jlink");
        if (jlink.isPresent()
                && jlink.get()
                                .run(
                                        System.out,
                                        System.err,
                                        "--add-modules",
                                        "java.base,java.net.http",
                                        "--strip-java-debug-attributes",
                                        "--no-header-files",
                                        "--no-man-pages",
                                        "--output",
                                        directory.toString())
                        == 0) {
            return new JavaImage(directory, true);
        }
        System.err.println("jlink made no image: the distribution needs the JDK at " + System.getProperty("java.home"));
        Files.createSymbolicLink(directory, Path.of(System.getProperty("java.home")));
        return new JavaImage(directory, false);
    }

    /**
     * Has the lambda forms of a rehearsal made when the class cache is. The JVM takes their names from the image's own list of
     * classes; without this each is spun into bytecode at every start, at half a millisecond a piece.
     */
    void addLambdaForms(Path recordedClasses) throws IOException {
        if (!ours) {
            return;
        }
        List<String> forms = new ArrayList<>();
        for (String line : Files.readAllLines(recordedClasses, StandardCharsets.UTF_8)) {
            if (line.startsWith(LAMBDA_FORM)) {
                forms.add(line);
            }
        }
        Files.write(directory.resolve("lib/classlist"), forms, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    }
}
