package org.caisson.vfs;

import org.caisson.linux.ErrnoException;

/** Collects the options of a file system and makes it. One thread at a time. */
public interface FileSystemBuilder {
    /**
     * Takes one option; fails with EINVAL, after a word to the log, for a value that is none.
     *
     * @return false if there is no such option
     */
    boolean take(FileSystemParameter option) throws ErrnoException;

    /**
     * Makes the file system. Called once, after the last option.
     *
     * @param source what was given as the source; {@code none} by default
     */
    FileSystem create(Name source) throws ErrnoException;
}
