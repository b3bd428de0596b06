package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Terminals: their modes, sizes and pseudo-terminals ({@code ioctl_tty(2)}, {@code pty(7)}). What is asked of a descriptor that is no
 * terminal fails with ENOTTY, of one that is not open with EBADF, and of a terminal that was hung up with EIO.
 */
public final class Terminal {
    private static final int TCGETS = 0x5401;
    private static final int TCSETSW = 0x5403;
    private static final int TIOCGWINSZ = 0x5413;
    private static final int TIOCSWINSZ = 0x5414;
    private static final int TIOCGPTPEER = 0x5441;
    private static final long TIOCSPTLCK = 0x40045431L;

    // struct termios of asm-generic/termbits.h, the kernel's own
    private static final int TERMIOS_SIZE = 36;
    private static final int C_IFLAG = 0;
    private static final int C_OFLAG = 4;
    private static final int C_CFLAG = 8;
    private static final int C_LFLAG = 12;
    private static final int C_CC = 17;
    private static final int VTIME = 5;
    private static final int VMIN = 6;

    // cfmakeraw(3): IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON; OPOST; ECHO ECHONL ICANON ISIG IEXTEN
    private static final int RAW_IFLAG_OFF = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;
    private static final int RAW_OFLAG_OFF = 0x1;
    private static final int RAW_LFLAG_OFF = 0x8 | 0x40 | 0x2 | 0x1 | 0x8000;
    private static final int CSIZE_PARENB = 0x30 | 0x100;
    private static final int CS8 = 0x30;

    private Terminal() {}

    /** The size of a terminal in characters. */
    public record WindowSize(int rows, int columns) {}

    /** A terminal's mode ({@code struct termios}), to be restored. */
    public static final class Mode {
        private final byte[] termios;

        private Mode(byte[] termios) {
            this.termios = termios;
        }
    }

    /** The ends of a pseudo-terminal. */
    public record PseudoTerminal(OwnedFd master, OwnedFd slave) implements AutoCloseable {
        @Override
        public void close() {
            master.close();
            slave.close();
        }
    }

    /** {@code isatty(3)}. */
    public static boolean isatty(int fd) {
        try (Scratch scratch = Scratch.open()) {
            return call(
                            SyscallNumbers.IOCTL,
                            fd,
                            TCGETS,
                            scratch.allocate(TERMIOS_SIZE).address())
                    == 0;
        }
    }

    /** The present mode: TCGETS, as {@code tcgetattr(3)}. */
    public static Mode mode(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment termios = scratch.allocate(TERMIOS_SIZE);
            check(call(SyscallNumbers.IOCTL, fd, TCGETS, termios.address()), "TCGETS", fd);
            return new Mode(termios.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** {@code cfmakeraw(3)}, set by TCSETSW: every byte passes as it is. Answers the mode before. EINTR, EIO in the background. */
    public static Mode makeRaw(int fd) throws ErrnoException {
        Mode before = mode(fd);
        try (Scratch scratch = Scratch.open()) {
            MemorySegment termios = scratch.bytes(before.termios);
            clear(termios, C_IFLAG, RAW_IFLAG_OFF);
            clear(termios, C_OFLAG, RAW_OFLAG_OFF);
            clear(termios, C_LFLAG, RAW_LFLAG_OFF);
            clear(termios, C_CFLAG, CSIZE_PARENB);
            termios.set(ValueLayout.JAVA_INT, C_CFLAG, termios.get(ValueLayout.JAVA_INT, C_CFLAG) | CS8);
            termios.set(ValueLayout.JAVA_BYTE, C_CC + VMIN, (byte) 1);
            termios.set(ValueLayout.JAVA_BYTE, C_CC + VTIME, (byte) 0);
            check(call(SyscallNumbers.IOCTL, fd, TCSETSW, termios.address()), "TCSETSW", fd);
        }
        return before;
    }

    /** Sets a mode once all output is written: TCSETSW, as {@code tcsetattr(3)}. EINTR, EIO in the background. */
    public static void restore(int fd, Mode mode) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            check(
                    call(
                            SyscallNumbers.IOCTL,
                            fd,
                            TCSETSW,
                            scratch.bytes(mode.termios).address()),
                    "TCSETSW",
                    fd);
        }
    }

    /** TIOCGWINSZ of {@code ioctl_tty(2)}. */
    public static WindowSize windowSize(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment size = scratch.allocate(8);
            check(call(SyscallNumbers.IOCTL, fd, TIOCGWINSZ, size.address()), "TIOCGWINSZ", fd);
            return new WindowSize(
                    size.get(ValueLayout.JAVA_SHORT, 0) & 0xffff, size.get(ValueLayout.JAVA_SHORT, 2) & 0xffff);
        }
    }

    /** TIOCSWINSZ of {@code ioctl_tty(2)}; the foreground process group gets SIGWINCH if the size changes. */
    public static void setWindowSize(int fd, WindowSize windowSize) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment size = scratch.allocate(8);
            size.set(ValueLayout.JAVA_SHORT, 0, (short) windowSize.rows());
            size.set(ValueLayout.JAVA_SHORT, 2, (short) windowSize.columns());
            check(call(SyscallNumbers.IOCTL, fd, TIOCSWINSZ, size.address()), "TIOCSWINSZ", fd);
        }
    }

    /**
     * {@code openpty(3)}, on this mount namespace's {@code /dev/ptmx}. Neither end becomes a controlling terminal. ENOENT without one,
     * ENOSPC if there are too many, EMFILE, ENFILE.
     */
    public static PseudoTerminal openpty() throws ErrnoException {
        int flags = OpenFlags.O_RDWR | OpenFlags.O_NOCTTY;
        OwnedFd master = FileCalls.open("/dev/ptmx", flags);
        try {
            unlock(master.number());
            return new PseudoTerminal(master, peer(master.number()));
        } catch (ErrnoException failure) {
            master.close();
            throw failure;
        }
    }

    /** TIOCGPTPEER of {@code ioctl_tty(2)}: the other end of a master, whatever is mounted on {@code /dev/pts}. EIO while it is locked. */
    public static OwnedFd peer(int master) throws ErrnoException {
        int flags = OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC;
        return OwnedFd.own((int) check(call(SyscallNumbers.IOCTL, master, TIOCGPTPEER, flags), "TIOCGPTPEER"));
    }

    private static void unlock(int master) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long zero = scratch.allocate(4).address();
            check(call(SyscallNumbers.IOCTL, master, TIOCSPTLCK, zero), "TIOCSPTLCK");
        }
    }

    private static void clear(MemorySegment termios, int field, int bits) {
        termios.set(ValueLayout.JAVA_INT, field, termios.get(ValueLayout.JAVA_INT, field) & ~bits);
    }
}
