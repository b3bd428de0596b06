package org.caisson.vfs.synthetic;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;

/** A file that is read like a {@link GeneratedFile} and whose writes are commands, such as those of {@code /proc/sys}. */
public final class ControlFile extends SyntheticNode<ControlFile> {
    /** Obeys what is written. Called by many threads. */
    @FunctionalInterface
    public interface Command {
        /**
         * Takes one write(2) as a whole, or refuses it.
         *
         * @param credentials who writes now, perhaps not the opener; without a thread if that is not known
         * @param data the bytes written; valid only during the call
         * @param offset where in the file
         */
        void write(Credentials credentials, MemorySegment data, long offset) throws ErrnoException;
    }

    private static final Attributes DEFAULTS = Attributes.of(0644);

    private final GeneratedFile.Content content;
    private final Command command;

    private ControlFile(GeneratedFile.Content content, Command command, Attributes attributes) {
        super(attributes);
        this.content = content;
        this.command = command;
    }

    /** A file of mode 0644. */
    public static ControlFile of(GeneratedFile.Content content, Command command) {
        return new ControlFile(content, command, DEFAULTS);
    }

    GeneratedFile.Content content() {
        return content;
    }

    Command command() {
        return command;
    }

    @Override
    int type() {
        return StatMode.S_IFREG;
    }

    @Override
    ControlFile with(Attributes changed) {
        return new ControlFile(content, command, changed);
    }
}
