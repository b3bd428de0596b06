package org.caisson.emulation.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.jspecify.annotations.Nullable;

/** The same control file in a directory and in those above it, as far up as it exists. */
final class Ancestry implements AutoCloseable {
    private static final int DEEPEST = 64;

    private final Path directory;
    private final String name;

    /** Set once, at the first use. */
    private volatile KernelFile @Nullable [] files;

    Ancestry(Path directory, String name) {
        this.directory = directory;
        this.name = name;
    }

    /** The files, nearest first. */
    KernelFile[] files(TextScanner text) {
        KernelFile[] found = files;
        return found == null ? find(text) : found;
    }

    private synchronized KernelFile[] find(TextScanner text) {
        KernelFile[] known = files;
        if (known != null) {
            return known;
        }
        List<KernelFile> list = new ArrayList<>();
        for (Path at = directory; at != null && list.size() < DEEPEST; at = at.getParent()) {
            KernelFile file = new KernelFile(at + "/" + name);
            if (!file.read(text)) {
                file.close();
                break;
            }
            list.add(file);
        }
        KernelFile[] found = list.toArray(new KernelFile[0]);
        files = found;
        return found;
    }

    @Override
    public synchronized void close() {
        KernelFile[] known = files;
        if (known != null) {
            for (KernelFile file : known) {
                file.close();
            }
        }
    }
}
