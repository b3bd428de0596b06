package org.caisson.vfs;

import org.caisson.linux.ErrnoException;

/** Collects options of a file system that is mounted and applies them. One thread at a time. */
public interface FileSystemChange {
    /** Takes no options. */
    FileSystemChange NONE = new FileSystemChange() {
        @Override
        public boolean take(FileSystemParameter option) {
            return false;
        }

        @Override
        public void apply() {}
    };

    /**
     * Takes one option; fails with EINVAL, after a word to the log, for a value that is none.
     *
     * @return false if there is no such option, or it cannot be changed
     */
    boolean take(FileSystemParameter option) throws ErrnoException;

    /** Applies all options or none. Called once, after the last option. */
    void apply() throws ErrnoException;
}
