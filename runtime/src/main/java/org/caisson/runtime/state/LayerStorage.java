package org.caisson.runtime.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.runtime.stage.IdMap;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.Subtree;
import org.caisson.vfs.difference.TreeRemoval;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.jspecify.annotations.Nullable;

/**
 * Where on disk a container keeps what it writes over its image, and whose the files there are. It is noted in the container's directory
 * before it is made, so that who forgets the container finds it, whenever its keeper died.
 *
 * @param directory the place, which holds nothing else
 * @param uids the container's users
 * @param gids the container's groups
 */
public record LayerStorage(Path directory, List<IdMap> uids, List<IdMap> gids) {
    /** The note in the container's directory. */
    static final String NOTE = "storage";

    /** Tells our directories from all others. */
    private static final String MARK = "caisson-container";

    /** Copies the lists. */
    public LayerStorage {
        uids = List.copyOf(uids);
        gids = List.copyOf(gids);
    }

    /** Notes the place in the directory of a container, then makes it. */
    public void make(StateDirectory states, String id) throws IOException {
        StringBuilder note = new StringBuilder().append(directory).append('\n');
        uids.forEach(map -> append(note, "uid", map));
        gids.forEach(map -> append(note, "gid", map));
        states.writeFile(id, NOTE, note.toString());
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        Files.createFile(directory.resolve(MARK));
    }

    private static void append(StringBuilder note, String kind, IdMap map) {
        note.append(kind).append(' ').append(map.inside()).append(' ').append(map.outside());
        note.append(' ').append(map.size()).append('\n');
    }

    /** That of a container, by its directory; null if it has none. */
    public static @Nullable LayerStorage of(Path container) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(container.resolve(NOTE), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return null;
        }
        List<IdMap> uids = new ArrayList<>();
        List<IdMap> gids = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] words = line.split(" ", -1);
            if (words.length == 4) {
                IdMap map = new IdMap(Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
                (words[0].equals("uid") ? uids : gids).add(map);
            }
        }
        return lines.isEmpty() ? null : new LayerStorage(Path.of(lines.getFirst()), uids, gids);
    }

    /** Removes the place of a container with all in it, if it has one. Nobody writes there any more. */
    static void remove(Path container) throws IOException {
        LayerStorage storage = of(container);
        if (storage == null || !Files.exists(storage.directory.resolve(MARK))) {
            return;
        }
        Path above = storage.directory.getParent();
        Path name = storage.directory.getFileName();
        if (above == null || name == null) {
            throw new IOException(container + " says that it keeps its files in /");
        }
        // The container's root made what is there: it may be deep, and names may be anything.
        try (HostFileSystem host = HostFileSystem.open(above.toString(), HostOptions.DEFAULT)) {
            VirtualFileSystem system = new VirtualFileSystem();
            Subtree tree = new Subtree(
                    system, Credentials.root(), system.newMountNamespace(host).root());
            TreeRemoval.remove(tree, Name.of(name.toString()));
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }
}
