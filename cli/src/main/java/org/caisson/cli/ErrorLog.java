package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.caisson.runtime.spec.JsonWriter;

/** The {@code --log} file, whose last line tells an engine why a runtime failed: fields as runc and crun write them. */
final class ErrorLog {
    private ErrorLog() {}

    static void append(Caller caller, GlobalOptions globals, String message) {
        String file = globals.log();
        if (file == null) {
            return;
        }
        JsonWriter json = new JsonWriter();
        json.beginObject();
        json.field("level", "error");
        json.field("msg", message);
        json.field("time", Instant.now().toString());
        json.endObject();
        String line = globals.jsonLog()
                ? json.toString()
                : "time=\"" + Instant.now() + "\" level=error msg=\"" + escaped(message) + '"';
        try {
            Files.writeString(caller.path(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            caller.err().println("caisson: cannot write the log " + file + ": " + Words.of(e));
        }
    }

    private static String escaped(String message) {
        return message.replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
