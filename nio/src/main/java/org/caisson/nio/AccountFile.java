package org.caisson.nio;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.jspecify.annotations.Nullable;

/** Names and numbers as {@code NAME:…:NUMBER:…} has them in each line of a file, read again when it changed. */
final class AccountFile {
    private static final int MAX_SIZE = 1 << 20;
    private static final OpenOptions READ = new OpenOptions(OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0);

    private final CaissonPath path;

    /** What was read last; a race costs a second reading. */
    private volatile Content content = new Content(null, Map.of(), Map.of());

    AccountFile(CaissonPath path) {
        this.path = path;
    }

    /** The name of a number; its digits if it has none. */
    String name(int number) {
        String name = current().names().get(number);
        return name == null ? Integer.toUnsignedString(number) : name;
    }

    @Nullable
    Integer number(String name) {
        return current().numbers().get(name);
    }

    private Content current() {
        CaissonFileAttributes attributes = CaissonFileAttributes.readIfPossible(FileReference.of(path), true);
        Version version = attributes == null || !attributes.isRegularFile() ? null : Version.of(attributes);
        Content known = content;
        if (version == null || version.equals(known.version())) {
            return version == null ? new Content(null, Map.of(), Map.of()) : known;
        }
        Content read = parse(version, read(version.size()));
        content = read;
        return read;
    }

    private String read(long size) {
        CaissonFileSystem system = path.getFileSystem();
        FileReference file = FileReference.of(path);
        PathOperation operation = file.aim(true);
        byte[] bytes = new byte[(int) Math.min(size, MAX_SIZE)];
        int length = 0;
        try (FileDescription description = system.vfs().open(system.credentials(), operation, READ)) {
            MemorySegment target = MemorySegment.ofArray(bytes);
            long count = 1;
            while (count > 0 && length < bytes.length) {
                count = description.read(target, length, bytes.length - length, length);
                length += (int) count;
            }
        } catch (ErrnoException e) {
            return "";
        } finally {
            file.done(operation);
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private static Content parse(Version version, String text) {
        Map<Integer, String> names = new HashMap<>();
        Map<String, Integer> numbers = new HashMap<>();
        text.lines().forEach(line -> {
            String[] fields = line.split(":", 4);
            if (fields.length < 4 || fields[0].isEmpty()) {
                return;
            }
            try {
                int number = Integer.parseUnsignedInt(fields[2]);
                names.putIfAbsent(number, fields[0]);
                numbers.putIfAbsent(fields[0], number);
            } catch (NumberFormatException e) {
                // As the C library does, a line that makes no sense is passed over.
            }
        });
        return new Content(version, names, numbers);
    }

    private record Content(@Nullable Version version, Map<Integer, String> names, Map<String, Integer> numbers) {}

    private record Version(FileKey key, long size, long seconds, int nanos) {
        static Version of(CaissonFileAttributes attributes) {
            return new Version(
                    attributes.fileKey(), attributes.size(), attributes.modifySeconds(), attributes.modifyNanos());
        }
    }
}
