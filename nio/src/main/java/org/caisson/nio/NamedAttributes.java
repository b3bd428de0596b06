package org.caisson.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Attributes by name, {@code VIEW:NAME,…}; the views are basic, posix, unix, owner, dos and user. */
final class NamedAttributes {
    /** The views, all of which each file has. */
    static final Set<String> VIEWS = Set.of("basic", "posix", "unix", "owner", "dos", "user");

    private static final Map<String, Function<CaissonFileAttributes, Object>> BASIC = new HashMap<>();
    private static final Map<String, Function<CaissonFileAttributes, Object>> POSIX;
    private static final Map<String, Function<CaissonFileAttributes, Object>> UNIX;
    private static final Map<String, Function<DosView.Attributes, Object>> DOS;
    private static final Map<String, Function<CaissonFileAttributes, Object>> OWNER =
            Map.of("owner", CaissonFileAttributes::owner);

    static {
        BASIC.put("size", CaissonFileAttributes::size);
        BASIC.put("creationTime", CaissonFileAttributes::creationTime);
        BASIC.put("lastAccessTime", CaissonFileAttributes::lastAccessTime);
        BASIC.put("lastModifiedTime", CaissonFileAttributes::lastModifiedTime);
        BASIC.put("fileKey", CaissonFileAttributes::fileKey);
        BASIC.put("isDirectory", CaissonFileAttributes::isDirectory);
        BASIC.put("isRegularFile", CaissonFileAttributes::isRegularFile);
        BASIC.put("isSymbolicLink", CaissonFileAttributes::isSymbolicLink);
        BASIC.put("isOther", CaissonFileAttributes::isOther);
        POSIX = new HashMap<>(BASIC);
        POSIX.put("permissions", CaissonFileAttributes::permissions);
        POSIX.put("owner", CaissonFileAttributes::owner);
        POSIX.put("group", CaissonFileAttributes::group);
        DOS = Map.of(
                "readonly", DosView.Attributes::isReadOnly,
                "hidden", DosView.Attributes::isHidden,
                "system", DosView.Attributes::isSystem,
                "archive", DosView.Attributes::isArchive);
        UNIX = new HashMap<>(POSIX);
        UNIX.put("mode", CaissonFileAttributes::mode);
        UNIX.put("ino", CaissonFileAttributes::inode);
        UNIX.put("dev", CaissonFileAttributes::device);
        UNIX.put("rdev", CaissonFileAttributes::representedDevice);
        UNIX.put("nlink", CaissonFileAttributes::links);
        UNIX.put("uid", CaissonFileAttributes::uid);
        UNIX.put("gid", CaissonFileAttributes::gid);
        UNIX.put("ctime", CaissonFileAttributes::lastChangeTime);
    }

    private NamedAttributes() {}

    static Map<String, Object> read(FileReference file, boolean follow, String attributes) throws IOException {
        String view = viewOf(attributes);
        List<String> names = List.of(nameOf(attributes).split(","));
        if (view.equals("user")) {
            return readUser(new UserDefinedView(file, follow), names);
        }
        if (view.equals("dos")) {
            return readDos(new DosView(file, follow), names);
        }
        Map<String, Function<CaissonFileAttributes, Object>> known = switch (view) {
            case "basic" -> BASIC;
            case "posix" -> POSIX;
            case "unix" -> UNIX;
            case "owner" -> OWNER;
            default -> throw unknownView(view);
        };
        for (String name : names) {
            if (!name.equals("*") && !known.containsKey(name)) {
                throw new IllegalArgumentException("'" + name + "' not recognized");
            }
        }
        CaissonFileAttributes source = CaissonFileAttributes.read(file, follow);
        Set<String> wanted = names.contains("*") ? known.keySet() : Set.copyOf(names);
        return wanted.stream()
                .collect(Collectors.toUnmodifiableMap(
                        name -> name,
                        name -> known.getOrDefault(name, _ -> name).apply(source)));
    }

    /** What the basic view has as well. */
    private static Map<String, Object> readDos(DosView view, List<String> names) throws IOException {
        for (String name : names) {
            if (!name.equals("*") && !BASIC.containsKey(name) && !DOS.containsKey(name)) {
                throw new IllegalArgumentException("'" + name + "' not recognized");
            }
        }
        DosView.Attributes source = view.readAttributes();
        Map<String, Object> values = new HashMap<>();
        boolean all = names.contains("*");
        BASIC.forEach((name, value) -> {
            if (all || names.contains(name)) {
                values.put(name, value.apply(source.basic()));
            }
        });
        DOS.forEach((name, value) -> {
            if (all || names.contains(name)) {
                values.put(name, value.apply(source));
            }
        });
        return Collections.unmodifiableMap(values);
    }

    private static Map<String, Object> readUser(UserDefinedView view, List<String> names) throws IOException {
        List<String> wanted = names.contains("*") ? view.list() : names;
        Map<String, Object> values = new LinkedHashMap<>();
        for (String name : wanted) {
            values.put(name, view.read(name));
        }
        return Collections.unmodifiableMap(values);
    }

    static void set(FileReference file, boolean follow, String attribute, @Nullable Object value) throws IOException {
        String view = viewOf(attribute);
        String name = nameOf(attribute);
        PosixView posix = new PosixView(file, follow);
        switch (view) {
            case "user" -> setUser(new UserDefinedView(file, follow), name, value);
            case "dos" -> {
                if (!setDos(new DosView(file, follow), name, value) && !setTime(posix, name, value)) {
                    throw unknown(view, name);
                }
            }
            case "owner" -> {
                if (!name.equals("owner")) {
                    throw unknown(view, name);
                }
                posix.setOwner(cast(UserPrincipal.class, value));
            }
            case "basic", "posix", "unix" -> {
                boolean done = setTime(posix, name, value)
                        || (!view.equals("basic") && setPosix(posix, name, value))
                        || (view.equals("unix") && setUnix(posix, name, value));
                if (!done) {
                    throw unknown(view, name);
                }
            }
            default -> throw unknownView(view);
        }
    }

    private static boolean setTime(PosixView view, String name, @Nullable Object value) throws IOException {
        switch (name) {
            case "lastModifiedTime" -> view.setTimes((FileTime) value, null, null);
            case "lastAccessTime" -> view.setTimes(null, (FileTime) value, null);
            case "creationTime" -> view.setTimes(null, null, (FileTime) value);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean setDos(DosView view, String name, @Nullable Object value) throws IOException {
        switch (name) {
            case "readonly" -> view.setReadOnly(cast(Boolean.class, value));
            case "hidden" -> view.setHidden(cast(Boolean.class, value));
            case "system" -> view.setSystem(cast(Boolean.class, value));
            case "archive" -> view.setArchive(cast(Boolean.class, value));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean setPosix(PosixView view, String name, @Nullable Object value) throws IOException {
        switch (name) {
            case "permissions" -> view.setPermissions(Options.permissions(cast(Set.class, value)));
            case "owner" -> view.setOwner(cast(UserPrincipal.class, value));
            case "group" -> view.setGroup(cast(GroupPrincipal.class, value));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean setUnix(PosixView view, String name, @Nullable Object value) throws IOException {
        switch (name) {
            case "mode" -> view.setMode(cast(Integer.class, value));
            case "uid" -> view.setUid(cast(Integer.class, value));
            case "gid" -> view.setGid(cast(Integer.class, value));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void setUser(UserDefinedView view, String name, @Nullable Object value) throws IOException {
        view.write(name, value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : cast(ByteBuffer.class, value));
    }

    private static <T> T cast(Class<T> type, @Nullable Object value) {
        if (value == null) {
            throw new NullPointerException("value is null");
        }
        return type.cast(value);
    }

    private static String viewOf(String attributes) {
        int colon = attributes.indexOf(':');
        if (colon == 0) {
            throw new IllegalArgumentException(attributes);
        }
        return colon < 0 ? "basic" : attributes.substring(0, colon);
    }

    private static String nameOf(String attributes) {
        return attributes.substring(attributes.indexOf(':') + 1);
    }

    private static RuntimeException unknown(String view, String name) {
        return new IllegalArgumentException("'" + view + ":" + name + "' not recognized");
    }

    private static RuntimeException unknownView(String view) {
        return new UnsupportedOperationException("View '" + view + "' not available");
    }
}
