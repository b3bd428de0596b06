package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** Variables for a program: {@code NAME=VALUE}, or {@code NAME} alone for the caller's value. */
final class Environment {
    private static final char BYTE_ORDER_MARK = '\uFEFF'; // Editors of Windows begin a file with it.

    private Environment() {}

    /** All of the given files, then the given assignments; a later one replaces an earlier one. */
    static List<String> collect(Caller caller, List<String> files, List<String> assignments) throws UsageException {
        List<String> result = new ArrayList<>();
        for (String file : files) {
            addFile(caller, result, file);
        }
        for (String assignment : assignments) {
            add(caller, result, "--env", assignment, assignment);
        }
        return result;
    }

    private static void addFile(Caller caller, List<String> result, String file) throws UsageException {
        List<String> lines;
        try {
            lines = Files.readAllLines(caller.path(file));
        } catch (CharacterCodingException e) {
            throw UsageException.invalid("--env-file", file, "it is not UTF-8");
        } catch (IOException e) {
            throw UsageException.invalid("--env-file", file, "it cannot be read: " + Words.of(e));
        }
        int number = 0;
        for (String line : lines) {
            number++;
            boolean marked = number == 1 && !line.isEmpty() && line.charAt(0) == BYTE_ORDER_MARK;
            String text = (marked ? line.substring(1) : line).stripLeading();
            if (!text.isEmpty() && text.charAt(0) != '#') {
                add(caller, result, "line " + number + " of --env-file " + file + ":", text, text);
            }
        }
    }

    private static void add(Caller caller, List<String> result, String where, String text, String assignment)
            throws UsageException {
        int equals = assignment.indexOf('=');
        String name = equals < 0 ? assignment : assignment.substring(0, equals);
        if (name.isEmpty() || name.indexOf(' ') >= 0 || name.indexOf('\t') >= 0) {
            throw UsageException.invalid(where, text, "give NAME=VALUE, or NAME to pass on the caller's value");
        }
        String prefix = name + "=";
        result.removeIf(earlier -> earlier.startsWith(prefix));
        if (equals >= 0) {
            result.add(assignment);
        } else {
            String value = caller.variable(name);
            if (value != null) {
                result.add(prefix + value);
            }
        }
    }
}
