package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the caller has and a program in a container must not get: terminal, session, keys, and what was taken from it. */
class IsolationTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    /** Runs {@code caisson do PYTHON} on a pseudo-terminal of the host's; {@code {tty}} stands for what types. */
    private String onTerminal(String player, String program) throws Exception {
        var inside = Files.writeString(scratch.resolve("inside.py"), program);
        var outside = Files.writeString(scratch.resolve("outside.py"), """
                import os,pty,signal,sys
                pid, fd = pty.fork()
                if pid == 0:
                    signal.signal(signal.SIGINT, signal.SIG_DFL) # a suite in the background ignores it
                    os.execvp(sys.argv[1], sys.argv[1:])
                seen = b''
                def until(text):
                    global seen
                    while text not in seen:
                        seen += os.read(fd, 4096)
                """ + player + """

                try:
                    while True:
                        more = os.read(fd, 4096)
                        if not more: break
                        seen += more
                except OSError:
                    pass
                print(seen.decode())
                print('status', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                """);
        var command = caisson.commandLine(
                List.of("do", "-i", "-v", inside + ":/inside.py:ro", "--", "python3", "/inside.py"));
        var host = new java.util.ArrayList<>(List.of("python3", outside.toString()));
        host.addAll(command);
        return Caisson.host(scratch, host.toArray(new String[0])).output();
    }

    @Test
    void nobodyTypesIntoTheCallersTerminal() throws Exception {
        var out = onTerminal("", """
                import ctypes,errno,fcntl,os,termios
                def tried(name, call):
                    try:
                        call()
                        print(name, 'done')
                    except OSError as e:
                        print(name, errno.errorcode[e.errno])
                tried('TIOCSTI', lambda: fcntl.ioctl(0, termios.TIOCSTI, b'x'))
                libc = ctypes.CDLL(None, use_errno=True)
                result = libc.ioctl(0, ctypes.c_ulong(termios.TIOCSTI | 1 << 32), b'x')
                print('with high bits', result, errno.errorcode[ctypes.get_errno()])
                tried('TIOCLINUX', lambda: fcntl.ioctl(0, 0x541c, b'\\x03'))
                tried('/dev/tty', lambda: os.open('/dev/tty', os.O_RDWR))
                print('leader', os.getsid(0) == os.getpid(), 'init', os.getsid(1) == 1)
                """);

        assertThat(out)
                .contains("TIOCSTI EPERM")
                .contains("with high bits -1 EPERM")
                .contains("TIOCLINUX EPERM")
                .contains("/dev/tty ENXIO")
                .contains("leader True init True")
                .contains("status 0");
    }

    /** The signal after it says that no second interrupt is on its way: signals are handed on in order. */
    @Test
    void anInterruptFromTheTerminalComesOnce() throws Exception {
        var out = onTerminal("""
                until(b'ready')
                os.write(fd, b'\\x03')
                until(b'interrupted')
                os.kill(pid, signal.SIGUSR1)
                """, """
                import os,signal
                count = 0
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGUSR1])
                os.write(1, b'ready\\n')
                while signal.sigwait([signal.SIGINT, signal.SIGUSR1]) == signal.SIGINT:
                    count += 1
                    os.write(1, b'interrupted\\n')
                print('count', count)
                """);

        assertThat(out).contains("count 1").contains("status 0");
    }

    @Test
    void theCallersKeysStayOutside() throws Exception {
        var keys = Files.writeString(scratch.resolve("keys.py"), """
                import ctypes,os,subprocess,sys
                libc = ctypes.CDLL(None, use_errno=True)
                add_key, keyctl, join, search, session = 248, 250, 1, 10, -3
                name = b'caisson-test-key'
                if len(sys.argv) > 1:
                    assert libc.syscall(keyctl, join, None) > 0
                    assert libc.syscall(add_key, b'user', name, b'secret', 6, session) > 0
                    sys.exit(subprocess.call(sys.argv[1:]))
                found = libc.syscall(keyctl, search, session, b'user', name, 0)
                print('found' if found > 0 else os.strerror(ctypes.get_errno()))
                """);
        var command = caisson.commandLine(List.of("do", "-v", keys + ":/keys.py:ro", "--", "python3", "/keys.py"));
        var host = new java.util.ArrayList<>(List.of("python3", keys.toString()));

        host.addAll(command);
        assertThat(Caisson.host(scratch, host.toArray(new String[0])).output())
                .isEqualTo("Required key not available\n");
        host.subList(2, host.size()).clear();
        host.addAll(List.of("python3", keys.toString()));
        assertThat(Caisson.host(scratch, host.toArray(new String[0])).output()).isEqualTo("found\n");
    }

    @Test
    void theInitDoesNotGiveBackWhatWasTaken() throws Exception {
        var out = caisson.doShell("grep -E 'CapPrm|CapEff|NoNewPrivs' /proc/1/status", "--cap-drop", "SYS_ADMIN");

        assertThat(out.output().lines().map(line -> line.replaceAll("\\s+", " ")))
                .containsExactly("CapPrm: 0000000000000020", "CapEff: 0000000000000020", "NoNewPrivs: 1");
    }

    @Test
    void deviceNodesOfARootDirectoryOpenNothing() throws Exception {
        var root = Files.createDirectories(scratch.resolve("root"));
        Files.createDirectory(root.resolve("bin"));
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
        Caisson.host(scratch, "mknod", "-m", "666", root.resolve("zero").toString(), "c", "1", "5")
                .output();

        var tries = "busybox mount -o remount,bind,dev /; busybox head -c 1 /zero || echo nothing";
        var out = caisson.run("run", "--rootfs", root.toString(), "--", "/bin/busybox", "sh", "-c", tries);

        assertThat(out.output()).isEqualTo("nothing\n");
        assertThat(out.err()).contains("/zero: Permission denied");
        assertThat(Caisson.host(scratch, "head", "-c", "1", root.resolve("zero").toString())
                        .output())
                .isEqualTo("\0");
    }
}
