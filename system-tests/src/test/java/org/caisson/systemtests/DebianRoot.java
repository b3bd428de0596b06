package org.caisson.systemtests;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A Debian root with systemd as debootstrap makes it; made once and kept below {@code target/}, and copied to be used. */
final class DebianRoot {
    private static final long PATIENCE_SECONDS = 480;
    private static final List<String> PACKAGES = List.of("systemd", "systemd-sysv", "dbus", "procps");

    private final Path scratch;
    private final Path pristine;
    private final Path inUse;
    private final List<String> further;

    private DebianRoot(Path scratch, String name, List<String> further) {
        this.scratch = scratch;
        this.further = further;
        pristine = Caisson.HOME.resolve("system-tests/target/" + name);
        inUse = Caisson.HOME.resolve("system-tests/target/" + name + "-in-use");
    }

    static DebianRoot plain(Path scratch) {
        return new DebianRoot(scratch, "debian", List.of());
    }

    static DebianRoot with(Path scratch, String name, String... packages) {
        return new DebianRoot(scratch, "debian-" + name, List.of(packages));
    }

    /** The root as it was made, not to be written to. */
    Path pristine() throws Exception {
        if (!Files.exists(pristine.resolve(".complete"))) {
            Caisson.host(scratch, "rm", "-rf", pristine.toString()).output();
            var packages = String.join(",", PACKAGES) + (further.isEmpty() ? "" : "," + String.join(",", further));
            var command = List.of(
                    "debootstrap", "--variant=minbase", "--include=" + packages, "bookworm", pristine.toString());
            Caisson.finish(Caisson.Running.start(command, Map.of(), scratch), PATIENCE_SECONDS)
                    .output();
            Files.createFile(pristine.resolve(".complete"));
        }
        return pristine;
    }

    /** A copy that a test may write to: one that a killed run left half-booted is not used again. */
    Path copy() throws Exception {
        remove();
        Caisson.host(scratch, "cp", "-a", "--reflink=auto", pristine().toString(), inUse.toString())
                .output();
        return inUse;
    }

    /** Takes the copy away. */
    void remove() throws Exception {
        Caisson.host(scratch, "rm", "-rf", inUse.toString()).output();
    }
}
