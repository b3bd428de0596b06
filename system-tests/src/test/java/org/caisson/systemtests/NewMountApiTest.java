package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The newer mount calls (fsopen(2) and its kin) inside a container. */
class NewMountApiTest {
    private static final String OURS = "MemTotal: +262144 kB";

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    private String calls(String script, String... options) throws Exception {
        var arguments = new ArrayList<>(List.of("do", "--memory", "256m", "--cpus", "1"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("--", "python3", "-c", MountCallsScript.PRELUDE + script));
        return caisson.run(arguments.toArray(String[]::new)).output();
    }

    @Test
    void aNewProcAndSysfsAreEmulated() throws Exception {
        assertThat(calls("""
                        say(attach(made(b'proc'), b'/m')); print(line('/m/meminfo')); print(os.path.exists('/m/self'))
                        say(umount(b'/m/meminfo', 0), umount(b'/m', 0))
                        say(attach(made(b'sysfs'), b'/m')); print(line('/m/devices/system/cpu/online'))
                        """).lines())
                .satisfiesExactly(
                        done -> assertThat(done).isEqualTo("OK"),
                        memory -> assertThat(memory).matches(OURS),
                        self -> assertThat(self).isEqualTo("True"),
                        off -> assertThat(off).isEqualTo("EINVAL OK"),
                        done -> assertThat(done).isEqualTo("OK"),
                        online -> assertThat(online).isEqualTo("0"));
    }

    @Test
    void theCallersOptionsAndAttributesHold() throws Exception {
        assertThat(calls("""
                        t = made(b'proc', RDONLY, hidepid=b'2'); say(attach(t, b'/m'))
                        text = [x for x in open('/proc/self/mountinfo') if ' /m ' in x][0]
                        print(' ro,' in text, 'hidepid=invisible' in text)
                        try: open('/m/sys/kernel/panic', 'w').write('1')
                        except OSError as x: print(errno.errorcode[x.errno])
                        t = made(b'proc'); say(setattr(t, b'', EMPTY, RDONLY), attach(t, b'/m'))
                        try: open('/m/sys/kernel/panic', 'w').write('1')
                        except OSError as x: print(errno.errorcode[x.errno])
                        """)).isEqualTo("OK\nTrue True\nEROFS\nOK OK\nEROFS\n");
    }

    @Test
    void aCopyOfProcTakesTheEmulatedPartsAlong() throws Exception {
        var lines = calls("""
                        say(attach(open_tree(CWD, b'/proc', CLONE), b'/m')); print(line('/m/meminfo'))
                        say(umount(b'/m', 2))
                        d = os.open('/', os.O_PATH)
                        say(attach(open_tree(d, b'proc', CLONE | os.O_CLOEXEC), b'/m')); print(line('/m/meminfo'))
                        """).lines().toList();
        assertThat(lines).hasSize(5);
        assertThat(lines.get(1)).matches(OURS);
        assertThat(lines.get(4)).matches(OURS);
    }

    @Test
    void aChangeOfProcReachesTheEmulatedParts() throws Exception {
        assertThat(calls("""
                        say(attach(made(b'proc'), b'/m'), setattr(CWD, b'/m', 0, RDONLY))
                        try: open('/m/sys/kernel/panic', 'w').write('1')
                        except OSError as x: print(errno.errorcode[x.errno])
                        say(setattr(CWD, b'/m', 0, 0, RDONLY))
                        open('/m/sys/kernel/panic', 'w').write('1')
                        """)).isEqualTo("OK OK\nEROFS\nOK\n");
    }

    @Test
    void otherFileSystemsAreTheKernels() throws Exception {
        assertThat(calls("""
                        say(attach(made(b'tmpfs', size=b'1m'), b'/m'))
                        for d in 'lower', 'upper', 'work', 'all': os.mkdir('/m/' + d)
                        open('/m/lower/file', 'w').close()
                        c = fsopen(b'overlay')
                        for k in b'lowerdir', b'upperdir', b'workdir': say(fsconfig(c, 1, k, b'/m/' + k[:-3]))
                        say(fsconfig(c, 0, b'userxattr'), fsconfig(c, 6), attach(fsmount(c), b'/m/all'))
                        os.remove('/m/all/file'); print(os.listdir('/m/all'), os.listdir('/m/lower'))
                        say(fsopen(b'no-such-kind'), made(b'ext4'))
                        """)).isEqualTo("OK\nOK\nOK\nOK\nOK OK OK\n[] ['file']\nENODEV EPERM\n");
    }

    @Test
    void withoutTheCapabilityAllIsRefused() throws Exception {
        assertThat(calls(
                        "say(fsopen(b'proc'), open_tree(CWD, b'/proc', CLONE), setattr(CWD, b'/proc', 0, RDONLY))",
                        "--cap-drop",
                        "SYS_ADMIN"))
                .isEqualTo("EPERM EPERM EPERM\n");
    }

    @Test
    void descriptorsOfOtherThingsGiveTheKernelsErrno() throws Exception {
        assertThat(calls("""
                        file = os.open('/etc/passwd', os.O_RDONLY)
                        unmade = fsopen(b'proc')
                        say(fsmount(99), fsmount(file), fsmount(unmade), fsmount(unmade, 1 << 31))
                        say(open_tree(99, b'', CLONE | EMPTY), open_tree(CWD, b'/no/such', CLONE), setattr(99, b'', EMPTY, RDONLY))
                        """)).isEqualTo("EBADF EINVAL EINVAL EINVAL\nEBADF ENOENT EBADF\n");
    }

    @Test
    void threadsChrootsAndNestedNamespacesHaveTheEmulation() throws Exception {
        assertThat(calls("""
                        import threading
                        def look(to=b'/m'):
                            say(attach(made(b'proc'), to)); print(line(to.decode() + '/meminfo'))
                        t = threading.Thread(target=look); t.start(); t.join(); umount(b'/m', 2)
                        def chrooted():
                            os.makedirs('/r/p', exist_ok=True); os.chroot('/r'); os.chdir('/'); look(b'/p')
                        child(chrooted)
                        def nested():
                            l.unshare(0x10000000 | 0x20000 | 0x20000000); child(look)
                        child(nested)
                        """).lines().filter(text -> text.startsWith("Mem")))
                .hasSize(3)
                .allMatch(text -> text.matches(OURS));
    }

    @Test
    void aCallerThatIsKilledMeanwhileIsNobodysTrouble() throws Exception {
        assertThat(calls("""
                        import signal, time
                        for i in range(20):
                            p = os.fork()
                            if p == 0:
                                while True: made(b'proc'); open_tree(CWD, b'/proc', CLONE)
                            time.sleep(0.003 * i); os.kill(p, signal.SIGKILL); os.waitpid(p, 0)
                        say(attach(made(b'proc'), b'/m')); print(line('/m/meminfo'))
                        """).lines())
                .satisfiesExactly(
                        done -> assertThat(done).isEqualTo("OK"),
                        memory -> assertThat(memory).matches(OURS));
    }
}
