package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code stty} says what our calls have done to a terminal. */
@ExtendWith(FdLeakCheck.class)
class TerminalTest {
    @Test
    void aPseudoTerminalIsATerminalAndAPipeIsNone() throws ErrnoException {
        try (Terminal.PseudoTerminal pty = Terminal.openpty();
                FileCalls.Pipe pipe = FileCalls.pipe2(0)) {
            assertThat(Terminal.isatty(pty.slave().number())).isTrue();
            assertThat(Terminal.isatty(pipe.reader().number())).isFalse();
            assertThatThrownBy(() -> Terminal.windowSize(pipe.reader().number()))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTTY));
        }
    }

    @Test
    void rawModeIsThatOfSttyAndIsUndone() throws ErrnoException {
        try (Terminal.PseudoTerminal ours = Terminal.openpty();
                Terminal.PseudoTerminal theirs = Terminal.openpty()) {
            String before = stty(ours, "-a");
            Terminal.Mode mode = Terminal.makeRaw(ours.slave().number());
            stty(theirs, "raw", "-echo", "-echonl", "-iexten");
            assertThat(stty(ours, "-a")).isNotEqualTo(before);
            // stty's raw clears more of the input side than cfmakeraw(3); where both speak they agree.
            assertThat(stty(ours, "-a")).contains("min = 1; time = 0;", "-icanon", "-isig", "-opost", "-echo ", "cs8");
            assertThat(words(stty(theirs, "-a"))).containsAll(words("-icanon -isig -opost -echo -icrnl -ixon"));
            Terminal.restore(ours.slave().number(), mode);
            assertThat(stty(ours, "-a")).isEqualTo(before);
        }
    }

    @Test
    void theWindowHasTheSizeThatWasSet() throws ErrnoException {
        try (Terminal.PseudoTerminal pty = Terminal.openpty()) {
            Terminal.WindowSize size = new Terminal.WindowSize(43, 132);
            Terminal.setWindowSize(pty.master().number(), size);
            assertThat(stty(pty, "size")).isEqualTo("43 132\n");
            assertThat(Terminal.windowSize(pty.slave().number())).isEqualTo(size);
        }
    }

    private static List<String> words(String text) {
        return text.replace(';', ' ')
                .lines()
                .flatMap(line -> List.of(line.split(" ", -1)).stream())
                .toList();
    }

    private static String stty(Terminal.PseudoTerminal pty, String... arguments) throws ErrnoException {
        try (FileCalls.Pipe pipe = FileCalls.pipe2(0)) {
            int pid = ProcessCalls.spawn(SpawnRequest.of("/bin/stty")
                    .argument("stty")
                    .arguments(List.of(arguments))
                    .descriptor(pty.slave(), 0)
                    .descriptor(pipe.writer(), 1));
            pipe.writer().close();
            String text = new String(FileCalls.readAll(pipe.reader().number()), UTF_8);
            assertThat(ProcessCalls.waitForExit(pid).shellStatus()).isZero();
            return text;
        }
    }
}
