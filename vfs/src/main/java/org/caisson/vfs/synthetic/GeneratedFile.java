package org.caisson.vfs.synthetic;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;

/**
 * A read-only file whose text is made when it is read. As with the kernel's seq_file, a read at offset 0 makes the text
 * anew and reads further on see the same text, so that a reader sees one moment and {@code top} can rewind.
 */
public final class GeneratedFile extends SyntheticNode<GeneratedFile> {
    /** Makes the text of a file. Called by many threads. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes the text.
         *
         * @param credentials who reads now, perhaps not the opener; without a thread if that is not known
         * @param out an empty buffer
         */
        void generate(Credentials credentials, TextBuffer out) throws ErrnoException;
    }

    private static final Attributes DEFAULTS = Attributes.of(0444);

    private final Content content;

    private GeneratedFile(Content content, Attributes attributes) {
        super(attributes);
        this.content = content;
    }

    /** A file of mode 0444. */
    public static GeneratedFile of(Content content) {
        return new GeneratedFile(content, DEFAULTS);
    }

    /** A file of mode 0444 with a text that never changes. */
    public static GeneratedFile ofText(String text) {
        return of((credentials, out) -> out.appendUtf8(text));
    }

    Content content() {
        return content;
    }

    @Override
    int type() {
        return StatMode.S_IFREG;
    }

    @Override
    GeneratedFile with(Attributes changed) {
        return new GeneratedFile(content, changed);
    }
}
