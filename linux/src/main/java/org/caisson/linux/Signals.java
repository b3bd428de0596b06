package org.caisson.linux;

import java.util.Locale;

/** The signals of x86-64 by name and number ({@code signal(7)}). */
public final class Signals {
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGQUIT = 3;
    public static final int SIGILL = 4;
    public static final int SIGTRAP = 5;
    public static final int SIGABRT = 6;
    public static final int SIGBUS = 7;
    public static final int SIGFPE = 8;
    public static final int SIGKILL = 9;
    public static final int SIGUSR1 = 10;
    public static final int SIGSEGV = 11;
    public static final int SIGUSR2 = 12;
    public static final int SIGPIPE = 13;
    public static final int SIGALRM = 14;
    public static final int SIGTERM = 15;
    public static final int SIGSTKFLT = 16;
    public static final int SIGCHLD = 17;
    public static final int SIGCONT = 18;
    public static final int SIGSTOP = 19;
    public static final int SIGTSTP = 20;
    public static final int SIGTTIN = 21;
    public static final int SIGTTOU = 22;
    public static final int SIGURG = 23;
    public static final int SIGXCPU = 24;
    public static final int SIGXFSZ = 25;
    public static final int SIGVTALRM = 26;
    public static final int SIGPROF = 27;
    public static final int SIGWINCH = 28;
    public static final int SIGIO = 29;
    public static final int SIGPWR = 30;
    public static final int SIGSYS = 31;
    public static final int SIGRTMIN = 34;
    public static final int SIGRTMAX = 64;

    private static final String[] NAMES = {
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    };

    private Signals() {}

    /**
     * The number of a signal given as "TERM", "SIGTERM", "RTMIN+3" (either case) or "15".
     *
     * @throws IllegalArgumentException if there is no such signal
     */
    public static int parse(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        String name = upper.startsWith("SIG") ? upper.substring(3) : upper;
        for (int i = 1; i < NAMES.length; i++) {
            if (NAMES[i].equals(name)) {
                return i;
            }
        }
        int number = switch (name) {
            case "POLL" -> SIGIO;
            case "IOT" -> SIGABRT;
            case "CLD" -> SIGCHLD;
            case "RTMIN" -> SIGRTMIN;
            case "RTMAX" -> SIGRTMAX;
            default -> relative(name);
        };
        if (number < 1 || number > SIGRTMAX) {
            throw new IllegalArgumentException("no signal is named " + text);
        }
        return number;
    }

    /** The name of a number: "SIGTERM", "SIGRTMIN+3". */
    public static String name(int signal) {
        if (signal >= 1 && signal < NAMES.length) {
            return "SIG" + NAMES[signal];
        }
        if (signal < 1 || signal > SIGRTMAX) {
            throw new IllegalArgumentException("no signal has the number " + signal);
        }
        return signal < SIGRTMIN ? String.valueOf(signal) : "SIGRTMIN+" + (signal - SIGRTMIN);
    }

    private static int relative(String name) {
        if (name.startsWith("RTMIN+")) {
            return inRealTime(SIGRTMIN + decimal(name.substring(6)));
        }
        if (name.startsWith("RTMAX-")) {
            return inRealTime(SIGRTMAX - decimal(name.substring(6)));
        }
        return decimal(name);
    }

    private static int inRealTime(int signal) {
        return signal >= SIGRTMIN && signal <= SIGRTMAX ? signal : -1;
    }

    private static int decimal(String digits) {
        if (digits.isEmpty() || digits.length() > 2) {
            return -1000;
        }
        int value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return -1000;
            }
            value = 10 * value + c - '0';
        }
        return value;
    }
}
