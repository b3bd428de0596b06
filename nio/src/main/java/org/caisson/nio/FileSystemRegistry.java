package org.caisson.nio;

import java.nio.file.FileSystemAlreadyExistsException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The open file systems by name, which is how a URI means one of them. */
final class FileSystemRegistry {
    private static final String PUNCTUATION = "-._~";

    private static final ConcurrentMap<String, CaissonFileSystem> OPEN = new ConcurrentHashMap<>();
    private static final AtomicLong NUMBERS = new AtomicLong();

    private FileSystemRegistry() {}

    static @Nullable CaissonFileSystem find(String name) {
        return OPEN.get(name);
    }

    static void add(CaissonFileSystem system) {
        if (OPEN.putIfAbsent(system.name(), system) != null) {
            throw new FileSystemAlreadyExistsException("there is a file system with the name '" + system.name() + "'");
        }
    }

    static void remove(CaissonFileSystem system) {
        OPEN.remove(system.name(), system);
    }

    /** A name that no file system has had. */
    static String freshName() {
        String name;
        do {
            name = "fs-" + NUMBERS.incrementAndGet();
        } while (OPEN.containsKey(name));
        return name;
    }

    /** Rejects what cannot stand between the slashes of a URI. */
    static String checkName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 0x80 || !(Character.isLetterOrDigit(c) || PUNCTUATION.indexOf(c) >= 0)) {
                throw new IllegalArgumentException(
                        "'" + name + "' cannot name a file system: letters, digits and " + PUNCTUATION + " can");
            }
        }
        return name;
    }
}
