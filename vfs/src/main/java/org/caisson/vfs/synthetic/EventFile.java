package org.caisson.vfs.synthetic;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.wait.ReadinessListener;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/** A file that is read like a {@link GeneratedFile}, and of which each opening takes commands and tells of events in poll(2). */
public final class EventFile extends SyntheticNode<EventFile> {
    /** Opens what is behind the file. Called by many threads. */
    @FunctionalInterface
    public interface Opening {
        /** What one open file has of its own. */
        Watch open() throws ErrnoException;
    }

    /** What belongs to one open file. Safe for use by several threads. */
    public interface Watch extends AutoCloseable {
        /** Takes one write(2) as a whole, or refuses it. */
        void write(Credentials credentials, MemorySegment data, long offset) throws ErrnoException;

        /** The {@code POLL} bits that hold now. */
        int readiness();

        /** Has a listener told when they may have changed; null if they never do. */
        WaitQueue.@Nullable Registration listen(int events, boolean once, ReadinessListener listener);

        @Override
        void close();
    }

    private static final Attributes DEFAULTS = Attributes.of(0644);

    private final GeneratedFile.Content content;
    private final Opening opening;

    private EventFile(GeneratedFile.Content content, Opening opening, Attributes attributes) {
        super(attributes);
        this.content = content;
        this.opening = opening;
    }

    /** A file of mode 0644. */
    public static EventFile of(GeneratedFile.Content content, Opening opening) {
        return new EventFile(content, opening, DEFAULTS);
    }

    GeneratedFile.Content content() {
        return content;
    }

    Opening opening() {
        return opening;
    }

    @Override
    int type() {
        return StatMode.S_IFREG;
    }

    @Override
    EventFile with(Attributes changed) {
        return new EventFile(content, opening, changed);
    }
}
