package org.caisson.systemtests;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;

/** What our own file systems show of the layers of an image, in the lines that {@code listing.py} prints. Each char of a path is a byte. */
final class ImageListing implements AutoCloseable {
    private static final String PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./-_+:@=,~";

    /** One file; {@code number} tells which files are one. */
    private record File(Stat stat, String number) {}

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials root = Credentials.root();
    private final PathOperation operation = new PathOperation();
    private final List<ErofsFileSystem> layers = new ArrayList<>();
    private final VirtualDentry top;
    private final byte[] buffer = new byte[1 << 17];

    /** Opens the files of layers, the uppermost first. */
    ImageListing(List<Path> files) throws ErrnoException {
        OverlayOptions.Builder options = OverlayOptions.builder();
        for (Path file : files) {
            try (OwnedFd opened = FileCalls.openat(AtFlags.AT_FDCWD, file.toString(), OpenFlags.O_RDONLY, 0)) {
                ErofsFileSystem layer = ErofsFileSystem.open(opened);
                layers.add(layer);
                options.lower(vfs.newMountNamespace(layer).root());
            }
        }
        top = layers.size() == 1
                ? vfs.newMountNamespace(layers.getFirst()).root()
                : vfs.newMountNamespace(new OverlayFileSystem(vfs, root, options.build()))
                        .root();
    }

    List<String> lines() throws Exception {
        SortedMap<String, File> files = new TreeMap<>();
        add(".", files);
        Map<String, String> first = new HashMap<>();
        for (Map.Entry<String, File> one : files.entrySet()) {
            first.putIfAbsent(one.getValue().number, one.getKey());
        }
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, File> one : files.entrySet()) {
            String least = first.getOrDefault(one.getValue().number, one.getKey());
            lines.add(line(one.getKey(), one.getValue().stat, least));
        }
        return lines;
    }

    private PathOperation at(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        return operation.root(top).start(top).path(bytes, bytes.length).followFinal(false);
    }

    private void add(String path, SortedMap<String, File> files) throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(root, at(path), stat);
        files.put(path, new File(stat, stat.device + " " + stat.inode));
        if ((stat.mode & StatMode.S_IFMT) != StatMode.S_IFDIR) {
            return;
        }
        List<String> names = new ArrayList<>();
        try (FileDescription directory = open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) {
            directory.readDirectory(0, (name, inode, type, next) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    names.add(new String(name.toByteArray(), StandardCharsets.ISO_8859_1));
                }
                return true;
            });
        }
        for (String name : names) {
            add(path + "/" + name, files);
        }
    }

    private FileDescription open(String path, int flags) throws ErrnoException {
        return vfs.open(root, at(path), new OpenOptions(flags, 0));
    }

    private String line(String path, Stat stat, String first) throws Exception {
        int type = stat.mode & StatMode.S_IFMT;
        boolean directory = type == StatMode.S_IFDIR;
        boolean device = type == StatMode.S_IFCHR || type == StatMode.S_IFBLK;
        return String.join(
                " ",
                escaped(path),
                Integer.toOctalString(stat.mode),
                Integer.toUnsignedString(stat.uid) + ":" + Integer.toUnsignedString(stat.gid),
                Long.toString(directory ? 0 : stat.size),
                Long.toString(stat.modifySeconds * 1_000_000_000L + stat.modifyNanos),
                device ? device(stat.rdev) : "-",
                directory ? "-" : escaped(first),
                type == StatMode.S_IFLNK ? target(path) : "-",
                type == StatMode.S_IFREG ? digest(path) : "-",
                attributes(path));
    }

    /** Major and minor number, as the kernel encodes them for user space. */
    private static String device(long number) {
        long major = (number >>> 8 & 0xFFF) | (number >>> 32 & 0xFFFF_F000L);
        long minor = (number & 0xFF) | (number >>> 12 & 0xFFFF_FF00L);
        return major + ":" + minor;
    }

    private static String escaped(String bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length(); i++) {
            char one = bytes.charAt(i);
            if (PLAIN.indexOf(one) >= 0) {
                text.append(one);
            } else {
                text.append('%').append(HexFormat.of().toHexDigits((byte) one));
            }
        }
        return text.toString();
    }

    private String target(String path) throws ErrnoException {
        int length = vfs.readlink(root, at(path), MemorySegment.ofArray(buffer));
        return escaped(new String(buffer, 0, length, StandardCharsets.ISO_8859_1));
    }

    private String digest(String path) throws Exception {
        MessageDigest computation = MessageDigest.getInstance("SHA-256");
        try (FileDescription file = open(path, OpenFlags.O_RDONLY)) {
            long at = 0;
            int count = (int) file.read(MemorySegment.ofArray(buffer), at);
            while (count > 0) {
                computation.update(buffer, 0, count);
                at += count;
                count = (int) file.read(MemorySegment.ofArray(buffer), at);
            }
        }
        return HexFormat.of().formatHex(computation.digest());
    }

    private String attributes(String path) throws ErrnoException {
        int length = (int) vfs.listXattr(root, at(path), MemorySegment.ofArray(buffer));
        String list = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
        List<String> told = new ArrayList<>();
        for (String name : list.isEmpty() ? new String[0] : sorted(list.split("\0"))) {
            byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
            Name attribute = Name.of(bytes, 0, bytes.length);
            int size = (int) vfs.getXattr(root, at(path), attribute, MemorySegment.ofArray(buffer));
            told.add(escaped(name) + "=" + HexFormat.of().formatHex(buffer, 0, size));
        }
        return told.isEmpty() ? "-" : String.join(",", told);
    }

    private static String[] sorted(String[] names) {
        Arrays.sort(names);
        return names;
    }

    @Override
    public void close() {
        layers.forEach(ErofsFileSystem::close);
    }
}
