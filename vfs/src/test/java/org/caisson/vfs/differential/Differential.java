package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** Runs a sequence on two trees. If they answer differently, it is shortened as long as they still do, and printed. */
final class Differential {
    /** Makes a tree of the virtual file system. */
    @FunctionalInterface
    interface OurTree {
        Subject make() throws ErrnoException;
    }

    /** Whether only that there is a difference is of interest. */
    private static final boolean AS_IS = Boolean.getBoolean("caisson.differential.unshortened");

    private final int umask;
    private final KernelSubject.Setup kernel;
    private final OurTree ours;
    private boolean tellsSpace = true;

    Differential(int umask, KernelSubject.Setup kernel, OurTree ours) {
        this.umask = umask;
        this.kernel = kernel;
        this.ours = ours;
    }

    /** Leaves out what depends on what else the file systems hold. */
    Differential leaveSpaceOut() {
        tellsSpace = false;
        return this;
    }

    /** What differed: the step's index and the two answers. */
    private record Difference(int index, String kernel, String ours) {}

    /** Fails with a shortened sequence if the two trees differ. */
    void compare(long seed, List<Step> steps) throws Exception {
        loadClasses();
        Difference found = run(steps);
        if (found == null) {
            return;
        }
        List<Step> whole = steps.subList(0, found.index() + 1);
        List<Step> shortened = AS_IS ? whole : shorten(whole);
        Difference last = AS_IS ? found : run(shortened);
        StringBuilder message = new StringBuilder("seed ").append(seed).append(" differs after\n");
        for (Step step : shortened) {
            message.append("  ").append(step).append('\n');
        }
        Difference shown = last == null ? found : last;
        message.append("kernel: ").append(firstDifferingLines(shown.kernel(), shown.ours()));
        message.append("\nours:   ").append(firstDifferingLines(shown.ours(), shown.kernel()));
        fail(message.toString());
    }

    private static String firstDifferingLines(String text, String other) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        lines.removeAll(other.lines().toList());
        return String.join("\n        ", lines);
    }

    /** Drops parts of the sequence, ever smaller ones, as long as what is left still differs. */
    private List<Step> shorten(List<Step> steps) throws Exception {
        List<Step> present = new ArrayList<>(steps);
        for (int part = present.size() / 2; part >= 1; part /= 2) {
            for (int at = present.size() - part; at >= 0; at -= part) {
                List<Step> fewer = new ArrayList<>(present);
                fewer.subList(at, Math.min(at + part, fewer.size())).clear();
                Difference still = fewer.isEmpty() ? null : run(fewer);
                if (still != null) {
                    present = new ArrayList<>(fewer.subList(0, still.index() + 1));
                    at = Math.min(at, present.size());
                }
            }
        }
        return present;
    }

    private @Nullable Difference run(List<Step> steps) throws Exception {
        Path directory = Files.createTempDirectory("caisson-differential");
        FutureTask<@Nullable Difference> run = new FutureTask<>(() -> {
            try (Subject theirs = new KernelSubject(directory.toString(), umask, kernel);
                    Subject own = ours.make()) {
                if (!tellsSpace) {
                    theirs.leaveSpaceOut();
                    own.leaveSpaceOut();
                }
                return firstDifference(steps, theirs, own);
            }
        });
        try {
            Thread thread = new Thread(run, "differential");
            thread.start();
            return run.get(2, TimeUnit.MINUTES);
        } finally {
            Files.delete(directory);
        }
    }

    private static @Nullable Difference firstDifference(List<Step> steps, Subject theirs, Subject own) {
        for (int i = 0; i < steps.size(); i++) {
            String expected = theirs.perform(steps.get(i));
            String actual;
            try {
                actual = own.perform(steps.get(i));
            } catch (RuntimeException | AssertionError e) {
                actual = e + " " + List.of(e.getStackTrace()).subList(0, Math.min(6, e.getStackTrace().length));
            }
            if (!expected.equals(actual)) {
                return new Difference(i, expected, actual);
            }
        }
        return null;
    }

    /** Loads what a thread may need that will not see the class files any more. */
    static void loadClasses() throws Exception {
        for (Class<?> anchor : List.of(Errno.class, VirtualFileSystem.class, Differential.class)) {
            Path place = Path.of(
                    anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (!Files.isDirectory(place)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(place)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    String name = place.relativize(file).toString();
                    if (name.endsWith(".class") && !name.endsWith("-info.class")) {
                        Class.forName(name.substring(0, name.length() - 6).replace('/', '.'));
                    }
                }
            }
        }
    }
}
