package org.caisson.nio;

import java.util.HashMap;
import java.util.Map;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.mem.PageStore;
import org.jspecify.annotations.Nullable;

/**
 * What {@code FileSystems.newFileSystem} makes: a tree that is given with {@code vfs} ({@link VirtualFileSystem}) and {@code root}
 * ({@link VirtualDentry}), or else an empty one in memory that goes with its file system, to which the options of tmpfs(5) apply as
 * numbers: {@code size}, {@code nr_inodes}, {@code mode}, {@code uid}, {@code gid}. Who asks is {@code credentials} ({@link Credentials}),
 * or root.
 */
final class NewFileSystem {
    private final Map<String, Object> rest;

    private NewFileSystem(Map<String, ?> env) {
        rest = new HashMap<>(env);
    }

    static CaissonFileSystem open(String name, Map<String, ?> env) {
        NewFileSystem request = new NewFileSystem(env);
        Credentials given = request.take("credentials", Credentials.class);
        Credentials credentials = given == null ? Credentials.root() : given;
        VirtualFileSystem vfs = request.take("vfs", VirtualFileSystem.class);
        VirtualDentry root = request.take("root", VirtualDentry.class);
        if ((vfs == null) != (root == null)) {
            throw new IllegalArgumentException("of 'vfs' and 'root' one is given, and both are needed");
        }
        if (vfs != null && root != null) {
            request.requireNothingElse();
            return CaissonFileSystem.of(name, vfs, root, credentials);
        }
        MemOptions options = request.memOptions();
        request.requireNothingElse();
        return inMemory(name, options, credentials);
    }

    private static CaissonFileSystem inMemory(String name, MemOptions options, Credentials credentials) {
        PageStore store = MappedPageStore.anonymous();
        VirtualFileSystem vfs = new VirtualFileSystem();
        VirtualDentry root =
                vfs.newMountNamespace(new MemFileSystem(options, store)).root();
        return CaissonFileSystem.owning(name, vfs, root, credentials, store::close);
    }

    private MemOptions memOptions() {
        MemOptions usual = MemOptions.DEFAULT.withMode(0755);
        return usual.withSize(number("size", usual.size()))
                .withInodes(number("nr_inodes", usual.inodes()))
                .withMode((int) number("mode", usual.mode()))
                .withOwner((int) number("uid", usual.uid()), (int) number("gid", usual.gid()));
    }

    private long number(String key, long otherwise) {
        Number number = take(key, Number.class);
        return number == null ? otherwise : number.longValue();
    }

    private <T> @Nullable T take(String key, Class<T> type) {
        Object value = rest.remove(key);
        if (value != null && !type.isInstance(value)) {
            throw new IllegalArgumentException("'" + key + "' must be a " + type.getSimpleName() + ", not " + value);
        }
        return type.cast(value);
    }

    private void requireNothingElse() {
        if (!rest.isEmpty()) {
            throw new IllegalArgumentException("unknown: " + rest.keySet());
        }
    }
}
