package org.caisson.nio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.CopyOption;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Calls of {@code Files} chosen by a random generator. What they say is told without what differs from one ground to another. */
final class RandomCalls {
    private static final String[] NAMES = {"a", "b", "c", ".", "..", "link", "x y"};
    private static final StandardCopyOption[] COPY = StandardCopyOption.values();

    private final Ground ground;
    private final Random random;

    RandomCalls(Ground ground, Random random) {
        this.ground = ground;
        this.random = random;
    }

    @FunctionalInterface
    private interface Call {
        Object run() throws IOException;
    }

    /** Makes a call and tells what came of it. */
    String step() {
        Path one = path();
        Path two = path();
        int number = random.nextInt(1000);
        Set<OpenOption> opening = openOptions();
        CopyOption[] copying = copyOptions();
        LinkOption[] links = random.nextInt(3) == 0 ? new LinkOption[] {LinkOption.NOFOLLOW_LINKS} : new LinkOption[0];
        return switch (random.nextInt(26)) {
            case 0, 1 -> tell("createDirectory " + one, () -> Files.createDirectory(one));
            case 2 -> tell("createDirectories " + one, () -> Files.createDirectories(one));
            case 3, 4 -> tell("write " + one, () -> Files.write(one, new byte[number]));
            case 5, 6 -> tell("open " + one + sorted(opening), () -> open(one, opening, number));
            case 7 ->
                tell(
                        "readString " + one,
                        () -> Files.readString(one, ISO_8859_1).hashCode());
            case 8, 9 ->
                tell("delete " + one, () -> {
                    Files.delete(one);
                    return "";
                });
            case 10 -> tell("deleteIfExists " + one, () -> Files.deleteIfExists(one));
            case 11, 12 ->
                tell("copy " + one + " " + two + Arrays.toString(copying), () -> Files.copy(one, two, copying));
            case 13, 14, 15 ->
                tell("move " + one + " " + two + Arrays.toString(copying), () -> Files.move(one, two, copying));
            case 16 -> tell("symlink " + one + " " + two, () -> Files.createSymbolicLink(one, target(two)));
            case 17 -> tell("link " + one + " " + two, () -> Files.createLink(one, two));
            case 18 -> tell("readlink " + one, () -> Files.readSymbolicLink(one));
            case 19 -> tell("real " + one + Arrays.toString(links), () -> one.toRealPath(links));
            case 20 -> tell("attributes " + one + Arrays.toString(links), () -> attributes(one, links));
            case 21 -> tell("chmod " + one + " " + number, () -> chmod(one, number));
            case 22 ->
                tell("utimes " + one, () -> Files.setLastModifiedTime(one, FileTime.fromMillis(number * 1_000_001L)));
            case 23 -> tell("same " + one + " " + two, () -> Files.isSameFile(one, two));
            case 24 -> tell("list " + one, () -> list(one));
            default ->
                tell(
                        "test " + one,
                        () -> Files.exists(one, links)
                                + " " + Files.notExists(one, links)
                                + " " + Files.isDirectory(one, links)
                                + " " + Files.isRegularFile(one, links)
                                + " " + Files.isExecutable(one)
                                + " " + Files.isReadable(one)
                                + " " + Files.isHidden(one));
        };
    }

    private Path path() {
        Path path = random.nextInt(12) == 0 ? ground.elsewhere() : ground.directory();
        int depth = 1 + random.nextInt(3);
        for (int i = 0; i < depth; i++) {
            String name = NAMES[random.nextInt(NAMES.length)];
            // Never above the ground.
            path = path.resolve(name.equals("..") && i == 0 ? "." : name);
        }
        return path.normalize().startsWith(ground.directory())
                        || path.normalize().startsWith(ground.elsewhere())
                ? path
                : ground.directory().resolve("a");
    }

    /** Links lead from name to name, so that no way leads out of the ground. */
    private Path target(Path path) {
        Path name = path.getFileName();
        String plain = name == null || name.toString().startsWith(".") ? "a" : name.toString();
        return ground.directory().getFileSystem().getPath(plain + "/../" + plain);
    }

    private Set<OpenOption> openOptions() {
        Set<OpenOption> options = new HashSet<>();
        for (StandardOpenOption option : StandardOpenOption.values()) {
            if (random.nextInt(5) == 0) {
                options.add(option);
            }
        }
        if (random.nextInt(8) == 0) {
            options.add(LinkOption.NOFOLLOW_LINKS);
        }
        return options;
    }

    private CopyOption[] copyOptions() {
        Set<CopyOption> options = new HashSet<>();
        if (random.nextInt(3) == 0) {
            options.add(COPY[random.nextInt(COPY.length)]);
        }
        if (random.nextInt(3) == 0) {
            options.add(StandardCopyOption.REPLACE_EXISTING);
        }
        if (random.nextInt(4) == 0) {
            options.add(LinkOption.NOFOLLOW_LINKS);
        }
        CopyOption[] array = options.toArray(new CopyOption[0]);
        Arrays.sort(array, (x, y) -> x.toString().compareTo(y.toString()));
        return array;
    }

    private static Collection<String> sorted(Set<OpenOption> options) {
        Set<String> names = new TreeSet<>();
        options.forEach(option -> names.add(option.toString()));
        return names;
    }

    private static Object open(Path path, Set<OpenOption> options, int number) throws IOException {
        try (FileChannel channel = FileChannel.open(path, options)) {
            StringBuilder story = new StringBuilder().append(channel.position());
            if (options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND)) {
                ByteBuffer source = ByteBuffer.wrap(new byte[number % 300]);
                story.append(" wrote ").append(channel.write(source));
                story.append(" at ").append(channel.write(source.rewind(), number));
                story.append(" cut ").append(channel.truncate(number).size());
            } else {
                ByteBuffer target = ByteBuffer.allocate(number);
                story.append(" read ").append(channel.read(target)).append(" ");
                story.append(Arrays.hashCode(target.array()));
                story.append(" at ").append(channel.read(target.clear(), number));
            }
            return story.append(" then ")
                    .append(channel.position())
                    .append(Files.isDirectory(path) ? "" : " of " + channel.size());
        }
    }

    private static Object chmod(Path path, int number) throws IOException {
        String[] texts = {"rwxrwxrwx", "rw-r-----", "---------", "--x--x--x"};
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(texts[number % texts.length]));
    }

    private static Object list(Path path) throws IOException {
        try (Stream<Path> list = Files.list(path)) {
            return list.sorted().toList();
        }
    }

    /** What must agree of a file. */
    private static Object attributes(Path path, LinkOption... options) throws IOException {
        Map<String, Object> all = Files.readAttributes(path, "unix:*", options);
        Map<String, Object> facts = new LinkedHashMap<>();
        for (String name : List.of("mode", "nlink", "uid", "gid", "isDirectory", "isSymbolicLink", "owner", "group")) {
            facts.put(name, all.get(name));
        }
        // The size of a directory and of what links hold depends on names.
        BasicFileAttributes basic = Files.readAttributes(path, BasicFileAttributes.class, options);
        facts.put("size", basic.isRegularFile() ? basic.size() : 0);
        long time = basic.lastModifiedTime().toMillis();
        facts.put("time", time < 1_000_000_000_000L ? time : "now");
        return facts;
    }

    private String tell(String what, Call call) {
        String outcome;
        try {
            outcome = String.valueOf(call.run());
        } catch (FileSystemException e) {
            outcome = e.getClass().getSimpleName() + " " + e.getFile() + " " + e.getOtherFile() + " " + e.getReason();
        } catch (IOException | RuntimeException e) {
            outcome = e.getClass().getSimpleName() + " " + e.getMessage();
        }
        return plain(what + ": " + outcome);
    }

    private String plain(String text) {
        return text.replace(ground.elsewhere().toString(), "ELSEWHERE")
                .replace(ground.directory().toString(), "HERE");
    }

    /** The whole tree with all that must agree; files are numbered, for one may have several names. */
    Map<String, String> tree() throws IOException {
        Map<String, String> tree = new TreeMap<>();
        Map<Object, Integer> numbers = new HashMap<>();
        for (Path top : List.of(ground.directory(), ground.elsewhere())) {
            try (Stream<Path> walk = Files.walk(top)) {
                for (Path path : (Iterable<Path>) walk.sorted()::iterator) {
                    Object key = Files.getAttribute(path, "fileKey", LinkOption.NOFOLLOW_LINKS);
                    int number = numbers.computeIfAbsent(key, _ -> numbers.size());
                    tree.put(plain(path.toString()), number + " " + plain(content(path)));
                }
            }
        }
        return tree;
    }

    private static String content(Path path) throws IOException {
        String facts = attributes(path, LinkOption.NOFOLLOW_LINKS).toString();
        if (Files.isSymbolicLink(path)) {
            return facts + " -> " + Files.readSymbolicLink(path);
        }
        return Files.isRegularFile(path) ? facts + " " + Arrays.hashCode(Files.readAllBytes(path)) : facts;
    }
}
