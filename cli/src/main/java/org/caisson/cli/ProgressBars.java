package org.caisson.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.Digest;
import org.caisson.image.store.ImageProgress;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Terminal;

/** A line for each layer on the terminal of standard error, drawn ten times a second by a thread; nothing where that is no terminal. */
final class ProgressBars implements ImageProgress, AutoCloseable {
    private static final int STDERR = 2;
    private static final long PERIOD_MILLIS = 100;
    private static final int BAR = 30;
    private static final int USUAL_ROWS = 24;

    private final Object lock = new Object();
    private final boolean shown;
    private final Thread painter;

    /** Guarded by the lock. */
    private final Map<Digest, Layer> layers = new LinkedHashMap<>();

    /** Of the painter. */
    private int drawn;

    private record Layer(State state, long done, long size) {}

    private ProgressBars(boolean shown) {
        this.shown = shown;
        painter = Thread.ofPlatform().daemon().name("progress").unstarted(this::paint);
        if (shown) {
            painter.start();
        }
    }

    /** Quiet ones show nothing. */
    static ProgressBars open(boolean quiet) {
        return new ProgressBars(!quiet && Terminal.isatty(STDERR));
    }

    @Override
    public void layer(Digest blob, State state, long done, long size) {
        if (shown) {
            synchronized (lock) {
                layers.put(blob, new Layer(state, done, size));
            }
        }
    }

    private void paint() {
        try {
            while (true) {
                Thread.sleep(PERIOD_MILLIS);
                draw();
            }
        } catch (InterruptedException e) {
            draw();
        }
    }

    private void draw() {
        List<String> lines = new ArrayList<>();
        synchronized (lock) {
            layers.forEach((digest, layer) -> lines.add(line(digest, layer)));
        }
        // What scrolled out of sight cannot be drawn again.
        int most = Math.max(1, rows() - 1);
        List<String> visible = lines.size() > most ? lines.subList(lines.size() - most, lines.size()) : lines;
        StringBuilder out = new StringBuilder();
        if (drawn > 0) {
            out.append("\033[").append(drawn).append('A');
        }
        visible.forEach(line -> out.append("\r\033[K").append(line).append('\n'));
        drawn = visible.size();
        System.err.print(out);
        System.err.flush();
    }

    private static int rows() {
        try {
            int rows = Terminal.windowSize(STDERR).rows();
            return rows > 0 ? rows : USUAL_ROWS;
        } catch (ErrnoException e) {
            return USUAL_ROWS;
        }
    }

    private static String line(Digest digest, Layer layer) {
        String name = digest.brief() + "  ";
        return switch (layer.state()) {
            case WAITING -> name + "waiting for another that fetches it";
            case PRESENT -> name + "is there already";
            case STORING -> name + "writing to the disk";
            case DONE -> name + "done  " + Sizes.of(layer.size());
            case READING -> name + bar(layer.done(), layer.size());
        };
    }

    private static String bar(long done, long size) {
        if (size <= 0) {
            return Sizes.of(done);
        }
        int full = (int) (BAR * Math.min(done, size) / size);
        return "[" + "=".repeat(full) + " ".repeat(BAR - full) + "] " + Sizes.of(done) + " of " + Sizes.of(size);
    }

    @Override
    public void close() {
        if (shown) {
            painter.interrupt();
            try {
                painter.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
