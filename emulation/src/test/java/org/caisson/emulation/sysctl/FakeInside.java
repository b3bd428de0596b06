package org.caisson.emulation.sysctl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.DirectorySink;
import org.jspecify.annotations.Nullable;

/** A procfs inside a container that holds a few files by path, one of them for nobody to write. */
final class FakeInside implements NamespaceFiles {
    static final String READ_ONLY = "sys/fs/inotify/max_user_watches";

    /** What the agent sees of the host's, relative to {@code sys}. */
    static final String HOSTS = "kernel/ns_last_pid";

    private final Map<String, String> files = new ConcurrentSkipListMap<>(Map.of(
            "sys/net/ipv4/ip_forward",
            "0\n",
            READ_ONLY,
            "5\n",
            "sys/" + HOSTS,
            "12345\n",
            "sys/kernel/hostname",
            "inside\n",
            "sys/kernel/domainname",
            "(none)\n"));

    @Nullable
    String content(String path) {
        return files.get(path);
    }

    @Override
    public Node stat(int caller, String path) throws ErrnoException {
        if (files.containsKey(path)) {
            return new Node(StatMode.S_IFREG | 0644, 0, 0);
        }
        list(caller, path);
        return new Node(StatMode.S_IFDIR | 0555, 0, 0);
    }

    @Override
    public byte[] read(int caller, String path, int limit) throws ErrnoException {
        String content = files.get(path);
        if (content == null) {
            throw Errno.ENOENT.exception();
        }
        return content.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void write(int caller, String path, byte[] content) throws ErrnoException {
        if (path.equals(READ_ONLY)) {
            throw Errno.EACCES.exception();
        }
        files.put(path, new String(content, StandardCharsets.UTF_8));
    }

    @Override
    public List<Entry> list(int caller, String path) throws ErrnoException {
        Map<String, Integer> names = new TreeMap<>();
        for (String file : files.keySet()) {
            if (file.startsWith(path + "/")) {
                String rest = file.substring(path.length() + 1);
                int slash = rest.indexOf('/');
                int type = slash < 0 ? StatMode.S_IFREG : StatMode.S_IFDIR;
                names.put(slash < 0 ? rest : rest.substring(0, slash), DirectorySink.typeOf(type));
            }
        }
        if (names.isEmpty()) {
            throw Errno.ENOENT.exception();
        }
        List<Entry> entries = new ArrayList<>();
        names.forEach((name, type) -> entries.add(new Entry(name, type)));
        return entries;
    }

    @Override
    public String bootId() {
        return "00000000-0000-4000-8000-000000000000";
    }

    @Override
    public void setHostName(int caller, byte[] name) {
        files.put("sys/kernel/hostname", new String(name, StandardCharsets.UTF_8) + "\n");
    }

    @Override
    public void setDomainName(int caller, byte[] name) {
        files.put("sys/kernel/domainname", new String(name, StandardCharsets.UTF_8) + "\n");
    }
}
