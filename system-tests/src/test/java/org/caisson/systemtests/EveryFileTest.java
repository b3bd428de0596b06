package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every file below {@code /proc} and {@code /sys}, read and written by a container's root beside another container. */
class EveryFileTest {
    /** What changes by itself, on every host. */
    private static final String VOLATILE =
            ".*/(uuid|entropy_avail|ns_last_pid|nf_conntrack_count|file-nr|inode-nr|inode-state|dentry-state"
                    + "|aio-nr|pty/nr|quota/.*|cad_pid|random/.*|hung_task_detect_count)";

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    /** Twenty threads read, each file for as long as the watch allows; what was found is printed. */
    private static final String READER = """
            import os, queue, re, sys, threading, time
            secrets = [s.encode() for s in sys.argv[1:] if s]
            address = re.compile(rb'\\\\bffffffff[89a-e][0-9a-f]{7}\\\\b')
            files, now = queue.Queue(), {}
            for top in '/proc', '/sys':
                for directory, below, names in os.walk(top):
                    # The readers' own threads come and go.
                    if re.match('/proc/([0-9]+|self|thread-self)/task$', directory):
                        below.clear()
                    for name in names:
                        files.put(os.path.join(directory, name))
            count = files.qsize()
            def read(path):
                try:
                    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
                except OSError:
                    return
                try:
                    text = b''
                    while len(text) < 1 << 20:
                        more = os.read(fd, 65536)
                        if not more: break
                        text += more
                except OSError:
                    pass
                finally:
                    os.close(fd)
                if not re.match('/proc/[^/]+/(environ|cmdline)$', path) or not path.startswith('/proc/%d/' % os.getpid()):
                    for secret in secrets:
                        if secret in text: print('SECRET', path, secret.decode())
                if address.search(text): print('ADDRESS', path)
            def work(me):
                while True:
                    try:
                        path = files.get_nowait()
                    except queue.Empty:
                        now.pop(me, None)
                        return
                    now[me] = path, time.monotonic()
                    read(path)
            threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(20)]
            for t in threads: t.start()
            while any(t.is_alive() for t in threads):
                time.sleep(0.1)
                for path, since in list(now.values()):
                    if time.monotonic() - since > 30:
                        print('HANG', path, flush=True)
                        os._exit(1)
            print('read', count > 1000)
            """;

    @Test
    void noneHangsAndNoneTellsOfTheHostOrOfAnotherContainer() throws Exception {
        var marker = "marker-" + System.nanoTime();
        var ready = scratch.resolve("ready");
        Files.createDirectories(ready);
        var other = caisson.start(
                List.of(
                        "do",
                        "--hostname",
                        marker,
                        "-e",
                        "SECRET=" + marker,
                        "-v",
                        ready + ":/ready",
                        "--",
                        "sh",
                        "-c",
                        "touch /ready/up; while [ ! -e /ready/end ]; do sleep 0.2; done; : " + marker),
                Map.of());
        try {
            while (!Files.exists(ready.resolve("up"))) {
                assertThat(other.process().isAlive()).as(other.err()).isTrue();
                Thread.onSpinWait();
            }
            var program = Files.writeString(scratch.resolve("reader.py"), READER);
            var bootId =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            var commandLine = Files.readString(Path.of("/proc/cmdline")).strip();

            var out = caisson.run(
                    "do", "-v", program + ":/reader.py:ro", "--", "python3", "/reader.py", marker, bootId, commandLine);

            // The reader's own arguments name what it looks for.
            assertThat(out.output()
                            .lines()
                            .filter(line -> !line.matches("SECRET /proc/([0-9]+|self)/(cmdline|environ) .*")))
                    .containsExactly("read True");
        } finally {
            Files.createFile(ready.resolve("end"));
            Caisson.finish(other);
        }
    }

    @Test
    void whatIsWrittenReachesTheHostByRuleAloneAndForAsLongAsTheContainerLives() throws Exception {
        var program = Files.writeString(scratch.resolve("writer.py"), """
                import os
                for directory, _, names in os.walk('/proc/sys'):
                    for name in names:
                        path = os.path.join(directory, name)
                        try:
                            text = open(path).read().strip()
                            values = [str(int(text) + 1), str(int(text) - 1)] if text.lstrip('-').isdigit() else [text]
                        except (OSError, ValueError):
                            continue
                        for value in values:
                            try:
                                fd = os.open(path, os.O_WRONLY)
                                try:
                                    os.write(fd, value.encode())
                                finally:
                                    os.close(fd)
                                break
                            except OSError:
                                pass
                print(open('/proc/sys/fs/nr_open').read().strip())
                """);
        var before = hostValues();

        var own = caisson.run("do", "-v", program + ":/writer.py:ro", "--", "python3", "/writer.py")
                .output();

        assertThat(Long.parseLong(own.strip())).isGreaterThan(Long.parseLong(before.get("/proc/sys/fs/nr_open")));
        var changed = hostValues();
        changed.entrySet().removeAll(before.entrySet());
        assertThat(changed).isEmpty();
        assertThat(Path.of("/run/caisson-host")).doesNotExist();
    }

    private static Map<String, String> hostValues() throws IOException {
        var values = new TreeMap<String, String>();
        Files.walkFileTree(Path.of("/proc/sys"), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!file.toString().matches(VOLATILE)) {
                    // In one read(2): a sysctl answers the second one with its end.
                    try (var input = Files.newInputStream(file)) {
                        var bytes = new byte[65536];
                        var length = Math.max(0, input.read(bytes));
                        values.put(file.toString(), new String(bytes, 0, length, StandardCharsets.ISO_8859_1).strip());
                    } catch (IOException untold) {
                        values.remove(file.toString());
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
        return values;
    }
}
