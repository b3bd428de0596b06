package org.caisson.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Goes through common commands in one JVM, for the build to record which classes they need: what is recorded lies ready
 * in the class cache of every later start.
 */
final class RehearseCommand extends Verb {
    static final String NAME = "rehearse";

    private static final String[][] COMMANDS = {
        {"--root", "/nonexistent", "version"},
        {"version", "--format", "json"},
        {"features"},
        {"do", "--memory", "lots", "true"},
    };

    RehearseCommand() {
        super(NAME);
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Go through common commands, for the class cache.");
        spec.addPositional(Model.operand("0", "1", "DIR", "A state directory."));
        return spec;
    }

    @Override
    boolean hidden() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        String root = given.operand();
        System.setOut(nowhere);
        System.setErr(nowhere);
        try {
            for (String[] command : COMMANDS) {
                Main.run(command);
            }
        } finally {
            System.setErr(err);
        }
        try {
            // As far as this machine and this user allow: what cannot be rehearsed is only slower.
            Main.run(new String[] {"--root", root, "do", "-e", "A=b", "--", "true"});
            Main.run(new String[] {
                "--root",
                root,
                "do",
                "--name",
                "rehearsal",
                "-v",
                "/tmp:/mnt:ro",
                "-m",
                "256m",
                "--cpus",
                "1",
                "--",
                "cat",
                "/proc/meminfo",
                "/proc/cpuinfo",
                "/proc/uptime"
            });
            System.setErr(nowhere);
            Main.run(new String[] {"--root", root, "rm", "-f", "rehearsal"});
            Main.run(new String[] {"--root", root, "list"});
            rehearseImage(root);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return 0;
    }

    /** An image is taken in, and a container begins with it, of whose program nothing more is needed than its name. */
    private static void rehearseImage(String root) {
        Path tree = Path.of(root + "-tree");
        String store = root + "-images";
        try {
            Files.createDirectories(tree);
            Files.createFile(
                    tree.resolve("program"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        } catch (IOException e) {
            return;
        }
        Main.run(new String[] {"image", "import", "-q", "--store", store, tree.toString(), "rehearsal"});
        Main.run(new String[] {"image", "ls", "--store", store});
        Main.run(new String[] {"--root", root, "run", "--rm", "--store", store, "rehearsal", "/program"});
    }
}
