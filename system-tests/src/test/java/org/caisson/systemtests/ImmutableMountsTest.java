package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the runtime mounted read-only stays so, whatever the container's root does about it, by the kernel's own locks. */
class ImmutableMountsTest {
    private static final String ATTEMPTS = MountCallsScript.PRELUDE + """
            v = b'/vol'
            def write(p):
                try: open(p + '/new', 'w').close(); return 'WRITTEN'
                except OSError as x: return errno.errorcode[x.errno]
            def attempts():
                say('remount', mount(None, v, None, 32 | 4096), mount(None, v, None, 32))
                say('setattr', setattr(CWD, v, 0, 0, RDONLY), setattr(CWD, v, REC, 0, RDONLY))
                say('bind', mount(v, b'/m', None, 4096), mount(None, b'/m', None, 32 | 4096), write('/m'))
                umount(b'/m', 2)
                t = open_tree(CWD, v, CLONE); say('copy', t, setattr(t, b'', EMPTY, 0, RDONLY), attach(t, b'/m'), write('/m'))
                umount(b'/m', 2)
                p = fspick(v); fsconfig(p, 0, b'rw'); say('pick', p, fsconfig(p, 7))
                os.close(p)
                say('still', write('/vol'))
                say('move', mount(v, b'/m', None, 8192), write('/m' if os.path.ismount('/m') else '/vol'))
                say('off', umount(b'/m' if os.path.ismount('/m') else v, 2))
            def private(how):
                l.unshare(how); mount(None, b'/', None, 1 << 18 | 16384)
            def root():
                os.makedirs('/r', exist_ok=True); mount(b'/', b'/r', None, 4096 | 16384); os.chdir('/r')
            def pivot():
                root(); l.syscall(155, b'.', b'tmp'); umount(b'/tmp', 2); os.chdir('/')
            def chroot():
                root(); os.chroot('.')
            """;

    @TempDir
    Path scratch = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "plain,            pass,                                    OK",
        "chroot,           private(0x20000); chroot(),              OK",
        "pivot,            private(0x20000); pivot(),               OK",
        "unshare,          private(0x20000),                        OK",
        "user,             private(0x10020000),                     EINVAL",
        "'user, chroot',   private(0x10020000); chroot(),           EINVAL",
        "'user, pivot',    private(0x10020000); pivot(),            EINVAL",
    })
    void aReadOnlyVolumeStaysReadOnly(String name, String preparation, String move) throws Exception {
        Path volume = Files.createDirectory(scratch.resolve("volume"));
        Files.writeString(volume.resolve("file"), "the host's");
        Caisson caisson = new Caisson(scratch);
        var out = caisson.run(
                "do", "-v", volume + ":/vol:ro", "--", "python3", "-c", ATTEMPTS + preparation + "\nattempts()\n");
        assertThat(out.output().lines())
                .as(name)
                .containsExactly(
                        "remount EPERM EPERM",
                        "setattr EPERM EPERM",
                        "bind OK EPERM EROFS",
                        "copy OK EPERM OK EROFS",
                        "pick OK EPERM",
                        "still EROFS",
                        "move " + move + " EROFS",
                        "off " + move);
        assertThat(volume.toFile().list()).containsExactly("file");
    }
}
