package org.caisson.bench;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Where and under which load a benchmark ran: a figure means little without it. */
record Machine(String processor, int processors, long memoryMebibytes, String kernel, String load) {
    static Machine here() throws IOException {
        String model = "unknown processor";
        for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
            if (line.startsWith("model name")) {
                model = line.substring(line.indexOf(':') + 1).strip();
                break;
            }
        }
        String memory = Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("\\D", "");
        String load = Files.readString(Path.of("/proc/loadavg"));
        return new Machine(
                model,
                Runtime.getRuntime().availableProcessors(),
                Long.parseLong(memory) / 1024,
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
                load.substring(0, load.indexOf(' ')));
    }

    String summary() {
        return String.format(
                Locale.ROOT,
                "%d x %s, %d MiB, Linux %s, load average %s",
                processors,
                processor,
                memoryMebibytes,
                kernel,
                load);
    }

    void write(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("machine");
        json.writeStringField("processor", processor);
        json.writeNumberField("processors", processors);
        json.writeNumberField("memoryMebibytes", memoryMebibytes);
        json.writeStringField("kernel", kernel);
        json.writeStringField("loadAverage", load);
        json.writeEndObject();
    }
}
