package org.caisson.emulation.sysctl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.ProcessStart;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/**
 * What all containers of a host want of its values, in one small file of a directory that they share. It and the directory are
 * there only while anybody wants anything. Each change reads it under flock(2) of the directory, drops the wishes of processes that
 * have ended, writes the file anew beside the old one, puts it in its place, and then sets the host's values; so whoever
 * is killed at any point leaves a file that the next to change something understands.
 *
 * <p>A value that is not what was last set here was changed by somebody else since: that is the host's from then on, and is
 * not taken back.
 */
public final class SharedHostSysctls implements HostSysctls {
    private static final String NAME = "host-sysctls";
    private static final String FRESH = ".new";
    private static final Path VALUES = Path.of("/proc/sys");
    private static final SysctlTable TABLE = new SysctlTable();
    private static final AtomicInteger SERIAL = new AtomicInteger();
    private static final int MOST_LINES = 1 << 16;
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rwx------");

    private final Path directory;
    private final String owner;
    private volatile boolean wanted;

    /**
     * One value of the host's.
     *
     * @param original what it was before anybody wanted another
     * @param set what it was last set to
     */
    private record Value(String path, String original, String set, List<Wish> wishes) {}

    private record Wish(String owner, String value) {}

    private SharedHostSysctls(Path directory) {
        this.directory = directory;
        long pid = ProcessHandle.current().pid();
        owner = pid + ":" + ProcessStart.of(pid) + ":" + SERIAL.incrementAndGet();
    }

    /** For one container of this process; what was left behind by processes that were killed is given back. */
    public static SharedHostSysctls in(Path directory) {
        SharedHostSysctls made = new SharedHostSysctls(directory);
        if (Files.exists(directory.resolve(NAME))) {
            made.change(null, _ -> {});
        }
        return made;
    }

    @Override
    public void want(String path, long number) throws ErrnoException {
        String value = Long.toString(number);
        try {
            change(path, values -> {
                Value known = find(values, path);
                if (known == null) {
                    String host = hostValue(path);
                    if (!isLarger(value, host)) {
                        return;
                    }
                    known = new Value(path, host, host, new ArrayList<>());
                    values.add(known);
                }
                known.wishes().removeIf(wish -> wish.owner().equals(owner));
                known.wishes().add(new Wish(owner, value));
                wanted = true;
            });
        } catch (Refused refused) {
            withdraw(path);
            throw Errno.EINVAL.exception();
        } catch (UncheckedIOException failure) {
            throw Errno.EIO.exception();
        }
    }

    private void withdraw(String path) {
        change(null, values -> {
            Value known = find(values, path);
            if (known != null) {
                known.wishes().removeIf(wish -> wish.owner().equals(owner));
            }
        });
    }

    @Override
    public void close() {
        if (wanted) {
            wanted = false;
            change(
                    null,
                    values -> values.forEach(value ->
                            value.wishes().removeIf(wish -> wish.owner().equals(owner))));
        }
    }

    private interface Change {
        void make(List<Value> values);
    }

    private void change(@Nullable String path, Change change) {
        try {
            try (OwnedFd _ = lock()) {
                List<Value> values = load();
                dropTheDead(values);
                change.make(values);
                apply(values, path);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The directory, locked; one that was taken away meanwhile is made anew. */
    private OwnedFd lock() throws IOException {
        while (true) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(MODE));
            OwnedFd lock = FileCalls.open(
                    directory.toString(), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
            try {
                FileCalls.flock(lock.number(), FileCalls.LOCK_EX);
                if (Files.isSameFile(Path.of("/proc/self/fd/" + lock.number()), directory)) {
                    mustBeOurs();
                    return lock;
                }
                lock.close();
            } catch (NoSuchFileException gone) {
                lock.close();
            } catch (IOException failure) {
                lock.close();
                throw failure;
            }
        }
    }

    /** What others may write to or lock would be theirs to decide. */
    private void mustBeOurs() throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(directory, PosixFileAttributes.class);
        if ((int) Files.getAttribute(directory, "unix:uid") != 0 || !MODE.containsAll(attributes.permissions())) {
            throw new IOException(directory + " is not root's alone: remove it");
        }
    }

    private static boolean isKnown(String path) {
        SysctlEntry entry = TABLE.entry(path);
        return entry != null && entry.hostMost() != 0;
    }

    private static void dropTheDead(List<Value> values) {
        for (Value value : values) {
            value.wishes().removeIf(wish -> !isAlive(wish.owner()));
        }
    }

    private static boolean isAlive(String owner) {
        String[] parts = owner.split(":", -1);
        try {
            return parts.length == 3 && ProcessStart.of(Long.parseLong(parts[0])) == Long.parseLong(parts[1]);
        } catch (NumberFormatException odd) {
            return false;
        }
    }

    private void apply(List<Value> values, @Nullable String wanted) throws IOException {
        List<Value> kept = new ArrayList<>();
        List<Value> changed = new ArrayList<>();
        for (Value value : values) {
            String now = hostValue(value.path());
            String original = now.equals(value.set()) ? value.original() : now;
            String target = target(value, original);
            Value next = new Value(value.path(), original, target, value.wishes());
            if (!value.wishes().isEmpty()) {
                kept.add(next);
            }
            if (!target.equals(now)) {
                changed.add(next);
            }
        }
        // One that nobody wants stays in the file until the host has its own again.
        List<Value> during = new ArrayList<>(kept);
        changed.stream()
                .filter(value -> value.wishes().isEmpty())
                .forEach(value ->
                        during.add(new Value(value.path(), value.original(), hostValue(value.path()), List.of())));
        store(during);
        Refused refused = null;
        for (Value value : changed) {
            try {
                setHost(value);
            } catch (Refused other) {
                // Only who wants it now is to hear of it.
                if (value.path().equals(wanted)) {
                    refused = other;
                }
            }
        }
        if (during.size() != kept.size()) {
            store(kept);
        }
        if (refused != null) {
            throw refused;
        }
    }

    private static String target(Value value, String original) {
        String target = original;
        for (Wish wish : value.wishes()) {
            if (isLarger(wish.value(), target)) {
                target = wish.value();
            }
        }
        return target;
    }

    private static boolean isLarger(String one, String other) {
        try {
            return Long.compareUnsigned(Long.parseUnsignedLong(one), Long.parseUnsignedLong(other)) > 0;
        } catch (NumberFormatException odd) {
            return false;
        }
    }

    /** The host's kernel does not take the value. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(IOException cause) {
            super(cause);
        }
    }

    private static void setHost(Value value) {
        try {
            FileCalls.writeFile(VALUES.resolve(value.path()).toString(), (value.set() + '\n').getBytes(ISO_8859_1));
        } catch (ErrnoException refused) {
            if (!value.wishes().isEmpty()) {
                throw new Refused(refused);
            }
        }
    }

    private static String hostValue(String path) {
        TextScanner text = new TextScanner();
        KernelFile.readOnce(VALUES.resolve(path).toString(), text);
        return text.toString().trim();
    }

    private List<Value> load() throws IOException {
        List<Value> values = new ArrayList<>();
        Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return values;
        }
        for (String line :
                Files.readAllLines(file, ISO_8859_1).stream().limit(MOST_LINES).toList()) {
            String[] words = line.split(" ", -1);
            if (words.length == 4 && words[0].equals("value") && isKnown(words[1])) {
                values.add(new Value(words[1], words[2], words[3], new ArrayList<>()));
            } else if (words.length == 3 && words[0].equals("wish") && !values.isEmpty()) {
                values.getLast().wishes().add(new Wish(words[1], words[2]));
            }
        }
        return values;
    }

    private void store(List<Value> values) throws IOException {
        Path file = directory.resolve(NAME);
        if (values.isEmpty()) {
            Files.deleteIfExists(file);
            Files.deleteIfExists(directory.resolve(NAME + FRESH));
            Files.deleteIfExists(directory);
            return;
        }
        StringBuilder text = new StringBuilder();
        for (Value value : values) {
            text.append("value ")
                    .append(value.path())
                    .append(' ')
                    .append(value.original())
                    .append(' ');
            text.append(value.set()).append('\n');
            for (Wish wish : value.wishes()) {
                text.append("wish ")
                        .append(wish.owner())
                        .append(' ')
                        .append(wish.value())
                        .append('\n');
            }
        }
        Path fresh = directory.resolve(NAME + FRESH);
        Files.writeString(fresh, text, ISO_8859_1);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static @Nullable Value find(List<Value> values, String path) {
        for (Value value : values) {
            if (value.path().equals(path)) {
                return value;
            }
        }
        return null;
    }
}
