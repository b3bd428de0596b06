package org.caisson.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A shell, started once under some other command (in a container, below a supervisor, or plainly), that runs {@code calls} on request.
 * So a round costs no new container, and the server behind it stays warm.
 */
final class Caller {
    private static final String LOOP = "echo ready; while read -r line; do \"$0\" $line || exit 1; done";

    private final Server server;

    /** Nanoseconds a call at three quantiles and at best, and calls a second. */
    record Timing(double p10, double p50, double p90, double min, double perSecond) {}

    private Caller(Server server) {
        this.server = server;
    }

    /** @param prefix the command that runs the shell, such as {@code caisson do --}; may be empty */
    static Caller start(Workspace workspace, List<String> prefix) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("sh", "-c", LOOP, workspace.program("calls")));
        return of(workspace, command);
    }

    /** A program that takes the same requests and answers alike. */
    static Caller of(Workspace workspace, List<String> command) throws IOException {
        Caller caller = new Caller(workspace.serve(command));
        String line = caller.server.receive();
        if (!line.equals("ready")) {
            throw new IOException(String.join(" ", command) + " printed " + line);
        }
        return caller;
    }

    /** A caller in a container of its own. */
    static Caller inContainer(Workspace workspace) throws IOException {
        return start(workspace, List.of(workspace.caisson(), "do", "-i", "--"));
    }

    /** Makes {@code count} calls of a kind on a path, as {@code calls.c} says. */
    Timing call(String kind, String path, int count) throws IOException {
        request(kind, path, count);
        return answer();
    }

    /** The same, but no more calls than fit into a time, and a batch at least. */
    Timing call(String kind, String path, int count, int millis) throws IOException {
        server.send(kind + " " + path + " " + count + " " + millis);
        return answer();
    }

    /** The first half of {@link #call}, for several callers at once. */
    void request(String kind, String path, int count) throws IOException {
        server.send(kind + " " + path + " " + count);
    }

    Timing answer() throws IOException {
        String line = server.receive();
        String[] words = line.split(" ", -1);
        try {
            return new Timing(
                    Double.parseDouble(words[0]),
                    Double.parseDouble(words[1]),
                    Double.parseDouble(words[2]),
                    Double.parseDouble(words[3]),
                    Double.parseDouble(words[4]));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new IOException("calls printed " + line, e);
        }
    }

    /** The process that the prefix started. */
    ProcessHandle handle() {
        return server.handle();
    }

    /** Asks for the end without waiting for it; the workspace waits. */
    void terminate() {
        server.terminate();
    }
}
