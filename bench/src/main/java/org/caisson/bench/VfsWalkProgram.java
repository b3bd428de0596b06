package org.caisson.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;

/** What {@code calls.c} is for the kernel, for our virtual file system: takes requests on its standard input. */
final class VfsWalkProgram {
    private static final int DEEPEST = 64;
    private static final int BATCH = 256;
    private static final String FILE = "a-file-with-a-name-of-29-char";

    private final VirtualFileSystem files = new VirtualFileSystem();
    private final PathOperation operation = new PathOperation();
    private final Stat stat = new Stat();

    private VfsWalkProgram() {
        buildTree(files, operation);
    }

    /** A file in each of {@value #DEEPEST} nested directories; the operation walks from their top. */
    static void buildTree(VirtualFileSystem files, PathOperation operation) {
        SyntheticDirectory.Builder top = SyntheticDirectory.builder();
        SyntheticDirectory.Builder directory = top;
        for (int depth = 1; depth <= DEEPEST; depth++) {
            directory = directory.directory(Integer.toString(depth)).file(FILE, (credentials, out) -> {});
        }
        MountNamespace namespace = files.newMountNamespace(SyntheticFileSystem.proc(top.build()));
        operation.root(namespace.root()).start(namespace.root());
    }

    static List<String> command() {
        return List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                VfsWalkProgram.class.getName());
    }

    /** The path of a file below so many directories. */
    static String path(int depth) {
        StringBuilder path = new StringBuilder();
        for (int i = 1; i <= depth; i++) {
            path.append(i).append('/');
        }
        return path.append(FILE).toString();
    }

    public static void main(String[] arguments) throws IOException {
        VfsWalkProgram program = new VfsWalkProgram();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split(" ", -1);
            System.out.println(program.time(words[1], Integer.parseInt(words[2])));
        }
    }

    private String time(String path, int count) throws ErrnoException {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        operation.path(MemorySegment.ofArray(bytes), 0, bytes.length);
        double[] nanos = new double[count / BATCH];
        long start = System.nanoTime();
        long before = start;
        for (int i = 0; i < nanos.length; i++) {
            batch();
            long after = System.nanoTime();
            nanos[i] = (after - before) / (double) BATCH;
            before = after;
        }
        double perSecond = nanos.length * BATCH * 1e9 / (before - start);
        Arrays.sort(nanos);
        return String.format(
                Locale.ROOT,
                "%.1f %.1f %.1f %.1f %.0f",
                nanos[nanos.length / 10],
                nanos[nanos.length / 2],
                nanos[nanos.length * 9 / 10],
                nanos[0],
                perSecond);
    }

    private void batch() throws ErrnoException {
        for (int i = 0; i < BATCH; i++) {
            files.stat(Credentials.root(), operation, stat);
        }
    }
}
