package org.caisson.nio;

import java.io.IOException;
import java.util.Map;

/** What {@code FileSystems.newFileSystem} makes. */
final class NewFileSystem {
    private NewFileSystem() {}

    static CaissonFileSystem open(String name, Map<String, ?> env) throws IOException {
        throw new UnsupportedOperationException("no memory file system yet: " + name + env);
    }
}
