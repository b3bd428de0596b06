package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -it}: a terminal with job control. Python's pty module plays the user. */
class TerminalTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    /** Runs the command on a pseudo-terminal; each step waits for a text and then types another. */
    private String converse(List<String> command, String... waitAndType) throws Exception {
        var script = new StringBuilder(PLAYER).append("steps=[");
        for (int i = 0; i < waitAndType.length; i += 2) {
            script.append("(b'")
                    .append(waitAndType[i])
                    .append("',b'")
                    .append(waitAndType[i + 1])
                    .append("'),");
        }
        script.append("]\nplay(").append("[");
        for (var word : command) {
            script.append("'").append(word).append("',");
        }
        script.append("],steps)\n");
        var file = Files.writeString(scratch.resolve("player.py"), script);
        return Caisson.host(scratch, "python3", file.toString()).output();
    }

    private List<String> interactive(String... arguments) {
        var command = new java.util.ArrayList<>(List.of("do", "-it", "--"));
        command.addAll(List.of(arguments));
        return caisson.commandLine(command);
    }

    @Test
    void programHasATerminalOfTheRightSize() throws Exception {
        var out = converse(interactive("sh", "-c", "tty; stty size; tty < /dev/console"), "", "");
        assertThat(out)
                .contains("/dev/pts/0")
                .contains("33 77")
                .contains("/dev/console")
                .contains("status 0");
    }

    @Test
    void controlCInterruptsTheForegroundJobOnly() throws Exception {
        var out = converse(
                interactive("bash", "--norc"),
                "# ",
                "sh -c \"echo be\\$((1+1))gun; exec sleep 100\"\\n",
                "be2gun",
                "\\x03",
                "# ",
                "echo alive$((1+1))\\n",
                "alive2",
                "exit 9\\n");
        assertThat(out).contains("alive2").contains("status 9");
    }

    @Test
    void resizeReachesTheProgram() throws Exception {
        var out = converse(interactive("bash", "--norc"), "# ", "RESIZE", "", "stty size\\n", "44 88", "exit\\n");
        assertThat(out).contains("44 88").contains("status 0");
    }

    @Test
    void jobControlWorks() throws Exception {
        var out = converse(
                interactive("bash", "--norc"),
                "# ",
                "sh -c \"echo be\\$((1+1))gun; exec sleep 100\"\\n",
                "be2gun",
                "\\x1a",
                "Stopped",
                "kill %1; wait; echo go$((1+1))\\n",
                "go2",
                "exit 0\\n");
        assertThat(out).contains("Stopped").contains("go2").contains("status 0").doesNotContain("no job control");
    }

    private static final String PLAYER = """
            import os,pty,sys,select,time,fcntl,termios,struct
            def play(command, steps):
                pid, fd = pty.fork()
                if pid == 0:
                    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 77, 0, 0))
                    os.execvp(command[0], command)
                seen = b''; all = b''; deadline = time.time() + 60
                todo = list(steps)
                while time.time() < deadline:
                    while todo and todo[0][0] in seen:
                        wait, text = todo.pop(0)
                        seen = seen[seen.index(wait) + len(wait):]
                        if text == b'RESIZE':
                            fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 44, 88, 0, 0))
                        elif text:
                            os.write(fd, text)
                    r, _, _ = select.select([fd], [], [], 0.2)
                    if r:
                        try:
                            data = os.read(fd, 4096)
                        except OSError:
                            break
                        if not data:
                            break
                        seen += data; all += data
                else:
                    os.kill(pid, 9)
                _, status = os.waitpid(pid, 0)
                sys.stdout.buffer.write(all)
                print('\\nstatus', os.waitstatus_to_exitcode(status))
            """;
}
