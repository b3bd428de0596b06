package org.caisson.fuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Gcc;

/** A process that locks a file as it is told: each command is answered by a line. */
final class Locker implements AutoCloseable {
    private static final String SOURCE = """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <signal.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/file.h>
            #include <unistd.h>

            static void nothing(int signal) {}

            int main(int count, char **arguments) {
                struct sigaction action = {.sa_handler = nothing};
                sigaction(SIGUSR1, &action, 0);
                setvbuf(stdout, 0, _IOLBF, 0);
                int fd = open(arguments[1], O_RDWR);
                char word[16];
                long a, b, c;
                while (scanf("%15s %ld %ld %ld", word, &a, &b, &c) == 4) {
                    errno = 0;
                    struct flock lock = {.l_type = a, .l_start = b, .l_len = c};
                    int again = -1;
                    if (!strcmp(word, "set")) fcntl(fd, F_SETLK, &lock);
                    if (!strcmp(word, "wait")) fcntl(fd, F_SETLKW, &lock);
                    if (!strcmp(word, "ofd")) fcntl(fd, F_OFD_SETLK, &lock);
                    if (!strcmp(word, "flock")) flock(fd, a);
                    if (!strcmp(word, "reopen")) close(open(arguments[1], O_RDONLY));
                    if (!strcmp(word, "close")) { close(fd); fd = open(arguments[1], O_RDWR); }
                    if (!strcmp(word, "get") && !fcntl(fd, F_GETLK, &lock)) {
                        if (lock.l_type == F_UNLCK) puts("free");
                        else printf("%s %ld+%ld of %d\\n", lock.l_type == F_RDLCK ? "read" : "write",
                                    (long) lock.l_start, (long) lock.l_len, lock.l_pid);
                        continue;
                    }
                    puts(errno ? strerrorname_np(errno) : "done");
                }
                return 0;
            }
            """;

    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    private Locker(Process process) {
        this.process = process;
        commands = process.outputWriter();
        answers = process.inputReader();
    }

    static Path compile(Path directory) throws Exception {
        return Gcc.compile(directory, SOURCE);
    }

    static Locker start(Path program, String file) throws IOException {
        return new Locker(new ProcessBuilder(program.toString(), file)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    long pid() {
        return process.pid();
    }

    /** A command that may wait; its answer. */
    CompletableFuture<String> begin(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        return CompletableFuture.supplyAsync(() -> {
            try {
                return answers.readLine();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    String tell(String command) throws Exception {
        return begin(command).get(10, TimeUnit.SECONDS);
    }

    /** Interrupts what it waits in, by a signal that it handles. */
    void signal() throws Exception {
        new ProcessBuilder("kill", "-USR1", Long.toString(pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    /** As {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        commands.close();
        answers.close();
    }
}
