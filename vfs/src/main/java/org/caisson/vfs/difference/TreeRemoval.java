package org.caisson.vfs.difference;

import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;

/** Removes files with all beneath them, however deep that is. */
public final class TreeRemoval {
    private TreeRemoval() {}

    /** Removes a name of a directory; ENOENT if there is none. What a symbolic link leads to stays. */
    public static void remove(Subtree directory, Name name) throws ErrnoException {
        try (TreeWriter writer = new TreeWriter(directory, Fidelity.ALL)) {
            writer.remove(writer.top(), name);
        }
    }
}
