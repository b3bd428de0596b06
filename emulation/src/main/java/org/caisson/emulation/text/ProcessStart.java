package org.caisson.emulation.text;

/** {@code starttime} of {@code /proc/PID/stat}, which tells two processes of the same number apart; proc_pid_stat(5). */
public final class ProcessStart {
    private static final int WORDS_BEFORE = 19;

    private ProcessStart() {}

    /** In ticks since the host's start; 0 if there is no such process. */
    public static long of(long pid) {
        TextScanner text = new TextScanner();
        if (!KernelFile.readOnce("/proc/" + pid + "/stat", text) || !text.nextLine()) {
            return 0;
        }
        // The name in parentheses may hold anything: what counts follows the last of them.
        int at = text.lineEnd() - 1;
        while (at > text.lineStart() && text.bytes()[at] != ')') {
            at--;
        }
        text.position(at + 1);
        for (int i = 0; i < WORDS_BEFORE; i++) {
            text.skipWord();
        }
        return Math.max(0, text.decimal());
    }
}
