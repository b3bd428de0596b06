package org.caisson.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.runtime.ContainerException.Kind;
import org.caisson.runtime.state.LayerStorage;
import org.caisson.runtime.state.StoredState;
import org.caisson.vfs.IdMapping;

/**
 * A directory of a container, to be looked at from outside. Who is in the container may change it meanwhile and may have put anything
 * there: it is for a file system of ours to walk, name by name, which follows no link of the host's.
 *
 * @param directory the directory, without rights to read or write it
 * @param owners which of its users the owners of its files are
 */
public record ContainerFiles(OwnedFd directory, IdMapping owners) implements AutoCloseable {
    private static final int DIRECTORY = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC;

    /** The root of a running container, with all that is mounted in it. */
    static ContainerFiles root(StoredState state) throws IOException {
        try (OwnedFd process = living(state)) {
            String proc = "/proc/" + state.pid();
            IdMapping owners = owners(proc);
            OwnedFd root = FileCalls.open(proc + "/root", DIRECTORY);
            if (FileCalls.poll(process.number(), FileCalls.POLLIN, 0) != 0) {
                root.close();
                throw ended(state);
            }
            return new ContainerFiles(root, owners);
        }
    }

    /** What a container wrote over the layers of its image: what its overlay calls the upper layer. */
    static ContainerFiles written(StoredState state, Path container) throws IOException {
        LayerStorage storage = LayerStorage.of(container);
        if (storage != null && Files.isDirectory(storage.directory().resolve(WritableLayer.UPPER))) {
            Path upper = storage.directory().resolve(WritableLayer.UPPER);
            IdMapping owners = new IdMaps(storage.uids(), storage.gids(), false).toContainer();
            return new ContainerFiles(FileCalls.open(upper.toString(), DIRECTORY | OpenFlags.O_NOFOLLOW), owners);
        }
        try (OwnedFd _ = living(state);
                ControlSocket control = ControlSocket.connect(container);
                OwnedFd mount = control.requestDescriptor("written", ContainerIo.INHERIT)) {
            OwnedFd upper = FileCalls.openat(mount.number(), WritableLayer.UPPER, DIRECTORY | OpenFlags.O_NOFOLLOW, 0);
            return new ContainerFiles(upper, owners("/proc/" + state.pid()));
        }
    }

    /** The first process, which is this container's and no later one of its number. */
    private static OwnedFd living(StoredState state) throws IOException {
        if (!state.status().equals("running") && !state.status().equals("created")) {
            throw ended(state);
        }
        OwnedFd process = null;
        try {
            process = ProcessCalls.pidfdOpen(state.pid());
            if (ContainerRuntime.hasProcess(state)) {
                return process;
            }
            process.close();
            throw ended(state);
        } catch (ErrnoException e) {
            if (process != null) {
                process.close();
            }
            throw ended(state);
        }
    }

    private static ContainerException ended(StoredState state) {
        return new ContainerException(
                Kind.WRONG_STATE,
                "container " + state.id() + " has stopped, and what it wrote was in memory: its files are gone");
    }

    private static IdMapping owners(String proc) throws IOException {
        return new IdMapping(ranges(proc + "/uid_map"), ranges(proc + "/gid_map"));
    }

    /** Lines of user_namespaces(7): the first id inside, the first one outside, how many. */
    private static List<IdMapping.Range> ranges(String map) throws IOException {
        List<IdMapping.Range> ranges = new ArrayList<>();
        String text = new String(FileCalls.readFile(map), StandardCharsets.US_ASCII);
        for (String line : text.split("\n", -1)) {
            String[] words = line.strip().split(" +", -1);
            if (words.length == 3) {
                int inside = Integer.parseUnsignedInt(words[0]);
                int outside = Integer.parseUnsignedInt(words[1]);
                ranges.add(new IdMapping.Range(outside, inside, Integer.parseUnsignedInt(words[2])));
            }
        }
        return ranges;
    }

    @Override
    public void close() {
        directory.close();
    }
}
