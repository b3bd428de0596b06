package org.caisson.runtime.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.jspecify.annotations.Nullable;

/** Reads and writes the small files of a control group. */
final class CgroupFiles {
    private CgroupFiles() {}

    /** The text of a file without the last newline, or null if there is no such file. */
    static @Nullable String readIfThere(Path file) throws IOException {
        try {
            byte[] bytes = FileCalls.readFile(file.toString());
            int length = bytes.length;
            while (length > 0 && bytes[length - 1] == '\n') {
                length--;
            }
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        } catch (ErrnoException e) {
            if (isGone(e)) {
                return null;
            }
            throw e;
        }
    }

    /** Writes a value, in one write as the kernel wants it. */
    static void write(Path file, String value) throws ErrnoException {
        FileCalls.writeFile(file.toString(), value.getBytes(StandardCharsets.US_ASCII));
    }

    /** Writes a value unless the file, or its group, is gone. */
    static void writeIfThere(Path file, String value) throws IOException {
        try {
            write(file, value);
        } catch (ErrnoException e) {
            if (!isGone(e)) {
                throw e;
            }
        }
    }

    /** Sets a limit; the failure says which and why. */
    static void set(Path file, String value, String what) throws CgroupException {
        try {
            write(file, value);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new CgroupException(
                        what + " cannot be limited: this kernel has no " + file.getFileName()
                                + "; leave the limit away",
                        e);
            }
            throw new CgroupException(
                    what + " cannot be set to " + value + ": " + reason(e) + " (" + file + "); give another value", e);
        }
    }

    /** The kernel's words alone. */
    static String reason(IOException e) {
        if (e instanceof ErrnoException failed) {
            return failed.errno().text();
        }
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        return e instanceof NoSuchFileException ? "no such file" : String.valueOf(e.getMessage());
    }

    /** The group is not there, or was removed while its file was open (ENODEV). */
    private static boolean isGone(ErrnoException e) {
        return e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV;
    }

    /** The directories directly below one. */
    static List<Path> children(Path directory) throws IOException {
        List<Path> list = new ArrayList<>();
        try (var entries = Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (Path entry : entries) {
                list.add(entry);
            }
        } catch (NoSuchFileException e) {
            return list;
        }
        return list;
    }

    /** Adds the process ids in this group and those below it. */
    static void processes(Path directory, List<Integer> into) throws IOException {
        String text = readIfThere(directory.resolve("cgroup.procs"));
        if (text == null) {
            return;
        }
        int from = 0;
        while (from < text.length()) {
            int newline = text.indexOf('\n', from);
            int to = newline < 0 ? text.length() : newline;
            int pid = Integer.parseInt(text, from, to, 10);
            // A process outside this pid namespace has the number 0, which would mean ourselves.
            if (pid > 0) {
                into.add(pid);
            }
            from = to + 1;
        }
        for (Path child : children(directory)) {
            processes(child, into);
        }
    }
}
