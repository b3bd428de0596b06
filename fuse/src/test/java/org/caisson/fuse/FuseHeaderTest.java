package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.fuse.protocol.FuseFlag;
import org.caisson.fuse.protocol.InitFlag;
import org.caisson.fuse.protocol.NotifyCode;
import org.caisson.fuse.protocol.Opcode;
import org.caisson.linux.Gcc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Structs and constants of the protocol are those of this machine's {@code <linux/fuse.h>}, as far as it knows them. */
class FuseHeaderTest {
    /** Newer than 7.38, which is the header of Debian 12: an older one need not know them. */
    private static final List<String> NEW = List.of(
            "fuse_statx_in",
            "fuse_statx_out",
            "FUSE_STATX",
            "FUSE_COPY_FILE_RANGE_64",
            "FUSE_PASSTHROUGH",
            "FUSE_HAS_RESEND",
            "FUSE_NOTIFY_RESEND",
            "FUSE_ALLOW_IDMAP",
            "FOPEN_PASSTHROUGH",
            "backing_id",
            "max_stack_depth");

    @TempDir
    Path directory;

    @Test
    void structsAreThoseOfTheHeader() throws Exception {
        Map<String, Long> ours = new TreeMap<>();
        for (Class<?> type : structs()) {
            String struct = underscored(type.getSimpleName());
            if (isKnown(struct)) {
                layout(type, struct, ours);
            }
        }
        assertThat(ours).hasSizeGreaterThan(180);
        assertThat(answers(ours.keySet())).isEqualTo(ours);
    }

    @Test
    void constantsAreThoseOfTheHeader() throws Exception {
        Map<String, Long> ours = new TreeMap<>();
        constants(Opcode.class, "FUSE_", ours);
        constants(InitFlag.class, "FUSE_", ours);
        constants(NotifyCode.class, "FUSE_NOTIFY_", ours);
        for (Field field : FuseFlag.class.getFields()) {
            String name = field.getName();
            boolean ownPrefix = name.startsWith("FATTR_") || name.startsWith("FOPEN_");
            ours.put(ownPrefix ? name : "FUSE_" + name, field.getLong(null));
        }
        List<String> unknown = new ArrayList<>();
        for (String name : ours.keySet()) {
            if (!isKnown(name)) {
                unknown.add(name);
            }
        }
        ours.keySet().removeAll(unknown);
        assertThat(ours).hasSizeGreaterThan(80);
        assertThat(answers(ours.keySet())).isEqualTo(ours);
    }

    /** Whether the header knows a name; only the {@link #NEW} ones may be unknown, which is told. */
    private boolean isKnown(String name) throws Exception {
        if (!NEW.contains(name)
                || Files.readString(Path.of("/usr/include/linux/fuse.h")).contains(name)) {
            return true;
        }
        System.out.println("not compared, for the installed linux/fuse.h is too old: " + name);
        return false;
    }

    private static List<Class<?>> structs() throws Exception {
        Path classes = Path.of(
                Opcode.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<Class<?>> structs = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(classes.resolve("org/caisson/fuse/protocol"), "Fuse*.class")) {
            for (Path file : files) {
                String name = file.getFileName().toString().replace(".class", "");
                if (!name.equals("FuseFlag")) {
                    structs.add(Class.forName("org.caisson.fuse.protocol." + name));
                }
            }
        }
        assertThat(structs).hasSizeGreaterThan(40);
        return structs;
    }

    /** {@code FuseRename2In} is {@code fuse_rename2_in}. */
    private static String underscored(String name) {
        return name.replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /** A constant {@code MODE_AT} is the offset of the member {@code mode}. A size may leave a flexible array out. */
    private void layout(Class<?> type, String struct, Map<String, Long> out) throws Exception {
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) || field.getType() != int.class) {
                continue;
            }
            field.setAccessible(true);
            String name = field.getName();
            long value = field.getLong(null);
            if (name.equals("SIZE")) {
                out.put("sizeof(struct " + struct + ")", value);
            } else if (struct.equals("fuse_statx_out")) {
                out.put("offsetof(struct fuse_statx_out," + statxMember(name) + ")", value);
            } else {
                String member = name.replaceAll("_AT$", "").toLowerCase(Locale.ROOT);
                if (isKnown(member)) {
                    out.put("offsetof(struct " + struct + "," + member + ")", value);
                }
            }
        }
    }

    private static String statxMember(String name) {
        return switch (name) {
            case "ATTR_VALID", "ATTR_VALID_NSEC" -> name.toLowerCase(Locale.ROOT);
            case "STAT" -> "stat";
            case "SIZE_OF_FILE" -> "stat.size";
            default -> "stat." + name.toLowerCase(Locale.ROOT);
        };
    }

    private static void constants(Class<?> type, String prefix, Map<String, Long> out) throws Exception {
        for (Field field : type.getFields()) {
            out.put(prefix + field.getName(), field.getLong(null));
        }
    }

    private Map<String, Long> answers(Iterable<String> expressions) throws Exception {
        StringBuilder source = new StringBuilder("""
                #include <stdio.h>
                #include <stddef.h>
                #include <linux/fuse.h>
                #define WIDE(x) (sizeof(x) > 4 ? (long long) (x) : (long long) (unsigned) (x))
                int main() {
                """);
        for (String expression : expressions) {
            source.append("printf(\"%lld ")
                    .append(expression)
                    .append("\\n\", WIDE(")
                    .append(expression)
                    .append("));\n");
        }
        Path program = Gcc.compile(directory, source.append("}\n").toString());
        Map<String, Long> answers = new TreeMap<>();
        for (String line :
                Gcc.run(List.of(program.toString()), new byte[0]).lines().toList()) {
            int space = line.indexOf(' ');
            answers.put(line.substring(space + 1), Long.parseLong(line.substring(0, space)));
        }
        return answers;
    }
}
