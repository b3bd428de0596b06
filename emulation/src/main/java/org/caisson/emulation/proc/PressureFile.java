package org.caisson.emulation.proc;

import org.caisson.emulation.cgroup.PressureTriggers;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.EventFile;
import org.caisson.vfs.synthetic.TextBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A file of {@code /proc/pressure}: the container's share of the stalls, which the v2 hierarchy keeps for each group,
 * and triggers on them; see {@code accounting/psi.rst}. Without such a group it never stalled, and takes no trigger.
 */
final class PressureFile implements AutoCloseable {
    private static final ThreadLocal<TextScanner> TEXT = ThreadLocal.withInitial(TextScanner::new);
    private static final String NO_STALLS = """
            some avg10=0.00 avg60=0.00 avg300=0.00 total=0
            full avg10=0.00 avg60=0.00 avg300=0.00 total=0
            """;
    private static final int PERMISSIONS = 0666;

    private final @Nullable String path;
    private final @Nullable KernelFile file;
    private final PressureTriggers triggers;

    PressureFile(ResourceView view, String resource, PressureTriggers triggers) {
        path = view.pressureFile(resource);
        file = path == null ? null : new KernelFile(path);
        this.triggers = triggers;
    }

    EventFile node() {
        return EventFile.of((credentials, out) -> write(out), () -> triggers.open(path))
                .withMode(PERMISSIONS);
    }

    private void write(TextBuffer out) {
        TextScanner text = TEXT.get();
        if (file != null && file.read(text)) {
            out.appendBytes(text.bytes(), 0, text.length());
        } else {
            out.appendAscii(NO_STALLS);
        }
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
