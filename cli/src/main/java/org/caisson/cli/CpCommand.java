package org.caisson.cli;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.caisson.image.copy.Copier;
import org.caisson.image.copy.CopyTree;
import org.caisson.linux.Terminal;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerFiles;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.difference.Fidelity;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson cp}: files and directories between a container and the host, as {@code docker cp}. */
final class CpCommand extends Verb {
    private static final Fidelity NOT_OURS = new Fidelity(false, false, false);
    private static final Fidelity ARCHIVE = Fidelity.ALL;
    private static final int BUFFER = 128 * 1024;

    CpCommand() {
        super("cp");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Copy files and directories between a container and this machine. A path of a container is written"
                        + " CONTAINER:PATH and begins at its root; - is a tar archive on standard input or output. What is"
                        + " copied belongs to root at its new place, and has no set-id bits, unless --archive is given."
                        + " Device nodes and sockets are left out.");
        spec.addOption(Model.flag("Keep owners, extended attributes and set-id bits.", "-a", "--archive"));
        spec.addOption(Model.flag("Copy what a link leads to if the source is one.", "-L", "--follow-link"));
        spec.addOption(Model.flag("Do not tell what was left out.", "-q", "--quiet"));
        spec.addPositional(Model.operand("0", "1", "SOURCE", "A path, CONTAINER:PATH, or - for an archive."));
        spec.addPositional(Model.operand("1", "1", "TARGET", "A path, CONTAINER:PATH, or - for an archive."));
        return spec;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        List<String> operands = given.operands();
        Place source = Place.of(operands.get(0));
        Place target = Place.of(operands.get(1));
        if (source.container().isEmpty() == target.container().isEmpty()) {
            throw new UsageException(
                    source.container().isEmpty()
                            ? "cp: neither path is one of a container: write it as CONTAINER:PATH"
                            : "cp: both paths are of containers: copy to this machine first");
        }
        boolean into = source.container().isEmpty();
        boolean archive = given.flag("--archive") || source.isStream();
        boolean quiet = given.flag("--quiet");
        Copier copier =
                new Copier(archive ? ARCHIVE : NOT_OURS, given.flag("--follow-link"), path -> tellLeftOut(path, quiet));
        ContainerRuntime runtime = new ContainerRuntime(globals.runtimeOptions(caller));
        String id = into ? target.container() : source.container();
        try (ContainerFiles files = runtime.files(id);
                CopyTree container = CopyTree.container(files.directory(), files.owners())) {
            if (into) {
                copyIn(copier, source, container, target);
            } else {
                copyOut(copier, container, source, target);
            }
            return 0;
        } catch (ContainerException e) {
            throw e;
        } catch (IOException e) {
            throw new ContainerException("cp: " + Words.of(e), e);
        }
    }

    private static void copyIn(Copier copier, Place source, CopyTree container, Place target)
            throws UsageException, IOException {
        if (source.isStream()) {
            if (Terminal.isatty(0)) {
                throw new UsageException("cp: standard input is a terminal: give an archive there");
            }
            copier.unpack(
                    new BufferedInputStream(new FileInputStream(FileDescriptor.in), BUFFER), container, target.path());
            return;
        }
        try (CopyTree host = CopyTree.host()) {
            copier.copy(host, onHost(source.path()), container, target.path());
        }
    }

    private static void copyOut(Copier copier, CopyTree container, Place source, Place target)
            throws UsageException, IOException {
        if (target.isStream()) {
            if (Terminal.isatty(1)) {
                throw new UsageException("cp: standard output is a terminal: an archive does not belong there");
            }
            OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER);
            copier.archive(container, source.path(), out);
            out.flush();
            return;
        }
        try (CopyTree host = CopyTree.host()) {
            copier.copy(container, source.path(), host, onHost(target.path()));
        }
    }

    /** From the root of the host; how it ends means something, so that it is not normalized. */
    private static String onHost(String path) {
        return path.startsWith("/") ? path : Path.of("").toAbsolutePath() + "/" + path;
    }

    private static void tellLeftOut(TreePath path, boolean quiet) {
        if (!quiet) {
            System.err.println("caisson: warning: " + PathText.escaped(path.toByteArray())
                    + " is a device or a socket and was left out");
        }
    }

    /**
     * A path of a container, or of the host if the container has no name.
     *
     * @param container its name; empty for the host
     */
    private record Place(String container, String path) {
        /** A colon after a slash is part of the name of a file of the host. */
        static Place of(String text) throws UsageException {
            int colon = text.indexOf(':');
            int slash = text.indexOf('/');
            boolean inName = slash >= 0 && slash < colon;
            boolean host = colon <= 0 || text.startsWith(".") || inName;
            if (host) {
                if (text.isEmpty()) {
                    throw new UsageException("cp: a path is empty");
                }
                return new Place("", text);
            }
            return new Place(text.substring(0, colon), text.substring(colon + 1));
        }

        boolean isStream() {
            return container.isEmpty() && path.equals("-");
        }
    }
}
