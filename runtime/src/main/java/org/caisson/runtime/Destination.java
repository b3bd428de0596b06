package org.caisson.runtime;

/** Paths in a container as specifications write them: {@code proc}, {@code /proc/} and {@code //x/../proc} are one place. */
final class Destination {
    private Destination() {}

    /** The absolute path without empty, {@code .} and {@code ..} parts, taken by its letters as runc does. */
    static String of(String given) {
        if (isNormal(given)) {
            return given;
        }
        StringBuilder path = new StringBuilder(given.length() + 1);
        for (int end, at = 0; at < given.length(); at = end + 1) {
            end = given.indexOf('/', at) < 0 ? given.length() : given.indexOf('/', at);
            String name = given.substring(at, end);
            if (name.equals("..")) {
                path.setLength(Math.max(0, path.lastIndexOf("/")));
            } else if (!name.isEmpty() && !name.equals(".")) {
                path.append('/').append(name);
            }
        }
        return path.isEmpty() ? "/" : path.toString();
    }

    private static boolean isNormal(String path) {
        if (path.length() < 2 || path.charAt(0) != '/' || path.charAt(path.length() - 1) == '/') {
            return path.equals("/");
        }
        return !path.contains("//") && !path.contains("/.");
    }

    /** Whether a normal path is another or lies beneath it. */
    static boolean isWithin(String path, String directory) {
        return directory.equals("/")
                || path.equals(directory)
                || (path.startsWith(directory) && path.charAt(directory.length()) == '/');
    }
}
