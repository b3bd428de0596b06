package org.caisson.nio;

import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Paths as {@code caisson://NAME/PATH}, NAME being the file system's. Every byte survives: those that a URI cannot hold are escaped. */
final class PathUri {
    private static final String PUNCTUATION = "-_.!~*'():@&=+$,;/";

    private PathUri() {}

    /** The URI of a path; a directory's ends in a slash. */
    static URI of(CaissonPath path) {
        CaissonPath absolute = path.toAbsolutePath();
        StringBuilder text = new StringBuilder(CaissonFileSystemProvider.SCHEME)
                .append("://")
                .append(path.getFileSystem().name());
        HexFormat hex = HexFormat.of().withUpperCase();
        for (byte b : absolute.bytes()) {
            char c = (char) (b & 0xFF);
            if (isPlain(c)) {
                text.append(c);
            } else {
                text.append('%');
                hex.toHexDigits(text, b);
            }
        }
        if (absolute.getNameCount() > 0 && isDirectory(absolute)) {
            text.append('/');
        }
        return URI.create(text.toString());
    }

    private static boolean isPlain(char c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || PUNCTUATION.indexOf(c) >= 0);
    }

    private static boolean isDirectory(CaissonPath path) {
        CaissonFileAttributes attributes = path.getFileSystem().isOpen()
                ? CaissonFileAttributes.readIfPossible(FileReference.of(path), true)
                : null;
        return attributes != null && attributes.isDirectory();
    }

    /** The name of the file system that a URI means. */
    static String nameIn(URI uri) {
        if (!CaissonFileSystemProvider.SCHEME.equalsIgnoreCase(uri.getScheme())) {
            throw new IllegalArgumentException(uri + " does not have the scheme " + CaissonFileSystemProvider.SCHEME);
        }
        if (uri.isOpaque() || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(uri + " is not of the form caisson://NAME/PATH");
        }
        @Nullable String authority = uri.getRawAuthority();
        return authority == null ? "" : authority;
    }

    /** The path that a URI means. */
    static CaissonPath toPath(URI uri) {
        String name = nameIn(uri);
        String raw = uri.getRawPath();
        if (raw.isEmpty()) {
            throw new IllegalArgumentException(uri + " has no path");
        }
        CaissonFileSystem system = FileSystemRegistry.find(name);
        if (system == null) {
            throw new FileSystemNotFoundException("no file system has the name '" + name + "'");
        }
        return CaissonPath.of(system, decode(uri, raw));
    }

    private static byte[] decode(URI uri, String raw) {
        byte[] bytes = new byte[raw.length()];
        int length = 0;
        int position = 0;
        while (position < raw.length()) {
            char c = raw.charAt(position++);
            if (c == '%') {
                c = (char) HexFormat.fromHexDigits(raw, position, position + 2);
                position += 2;
            } else if (c >= 0x80) {
                throw new IllegalArgumentException(uri + " has a character that is not escaped");
            }
            if (c == 0) {
                throw new IllegalArgumentException(uri + " has a NUL in its path");
            }
            bytes[length++] = (byte) c;
        }
        return Arrays.copyOf(bytes, length);
    }
}
