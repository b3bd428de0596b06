package org.caisson.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a benchmark found: a table for people, and the same as JSON. */
final class Report {
    private static final String LINE = "%-52s %9s   %9s  %-16s %7s  %s%n";

    private final String name;
    private final boolean quick;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    Report(String name, boolean quick) {
        this.name = name;
        this.quick = quick;
    }

    Report add(Row row) {
        rows.add(row);
        return this;
    }

    /** A sentence below the table: how it was measured, or what could not be. */
    Report note(String sentence) {
        notes.add(sentence);
        return this;
    }

    void print(PrintStream out, Machine machine) {
        out.printf(Locale.ROOT, "%n%s%s: %s%n", name, quick ? " (quick)" : "", machine.summary());
        out.printf(Locale.ROOT, LINE, "", "ours", "peer", "", "ratio", "spread p10..p90: ours | peer");
        for (Row row : rows) {
            Samples peer = row.peer();
            String spread = spread(row.ours()) + (peer == null ? "" : " | " + spread(peer));
            String goal = row.goal() == 0 ? "" : row.ratio() <= row.goal() ? "  (goal met: " : "  (GOAL MISSED: ";
            out.printf(
                    Locale.ROOT,
                    LINE,
                    row.unit().isEmpty() ? row.measure() : row.measure() + ", " + row.unit(),
                    figure(row.ours().median()),
                    peer == null ? "" : figure(peer.median()),
                    row.peerName() == null ? "" : row.peerName(),
                    peer == null ? "" : String.format(Locale.ROOT, "%.2fx", row.ratio()),
                    spread + (goal.isEmpty() ? "" : goal + "at most " + row.goal() + "x)"));
        }
        notes.forEach(note -> out.println("  " + note));
    }

    void write(Path directory, Machine machine) throws IOException {
        Files.createDirectories(directory);
        Path unfinished = directory.resolve(name + ".json.tmp");
        try (JsonGenerator json = new JsonFactory().createGenerator(Files.newOutputStream(unfinished))) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeStringField("benchmark", name);
            json.writeBooleanField("quick", quick);
            json.writeStringField(
                    "date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
            machine.write(json);
            json.writeArrayFieldStart("rows");
            for (Row row : rows) {
                write(json, row);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("notes");
            for (String note : notes) {
                json.writeString(note);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        Files.move(unfinished, directory.resolve(name + ".json"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void write(JsonGenerator json, Row row) throws IOException {
        json.writeStartObject();
        json.writeStringField("measure", row.measure());
        json.writeStringField("unit", row.unit());
        write(json, "ours", row.ours());
        Samples peer = row.peer();
        if (peer != null) {
            json.writeStringField("peerName", row.peerName());
            write(json, "peer", peer);
            json.writeNumberField("ratio", rounded(row.ratio()));
        }
        if (row.goal() != 0) {
            json.writeNumberField("goal", row.goal());
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, String field, Samples samples) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeNumberField("median", rounded(samples.median()));
        json.writeNumberField("p10", rounded(samples.quantile(0.1)));
        json.writeNumberField("p90", rounded(samples.quantile(0.9)));
        json.writeNumberField("min", rounded(samples.quantile(0)));
        json.writeNumberField("rounds", samples.count());
        json.writeEndObject();
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }

    private static String spread(Samples samples) {
        return figure(samples.quantile(0.1)) + ".." + figure(samples.quantile(0.9));
    }

    /** Three significant digits, or whole numbers from 100 on. */
    private static String figure(double value) {
        return String.format(
                Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 || value == Math.rint(value) ? "%.1f" : "%.2f", value);
    }
}
