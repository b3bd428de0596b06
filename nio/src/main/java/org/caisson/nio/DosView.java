package org.caisson.nio;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.DosFileAttributeView;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileTime;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of DOS, kept as Samba and the JDK keep them: in the extended attribute {@code user.DOSATTRIB}, a hexadecimal number with a
 * NUL at its end. Nothing obeys them. The file is opened to be looked at, so it must be readable, and no symbolic link.
 */
final class DosView implements DosFileAttributeView {
    static final int READ_ONLY = 0x01;
    static final int HIDDEN = 0x02;
    static final int SYSTEM = 0x04;
    static final int ARCHIVE = 0x20;

    private static final Name ATTRIBUTE = Name.of("user.DOSATTRIB");

    /** A longer value is none of ours. */
    private static final int ROOM = 24;

    private final FileReference file;
    private final boolean follow;

    DosView(FileReference file, boolean follow) {
        this.file = file;
        this.follow = follow;
    }

    @Override
    public String name() {
        return "dos";
    }

    @Override
    public Attributes readAttributes() throws IOException {
        return with(opened -> {
            CaissonFileAttributes attributes = CaissonFileAttributes.of(file.system(), opened);
            return new Attributes(attributes, get(opened));
        });
    }

    @Override
    public void setTimes(
            @Nullable FileTime lastModifiedTime, @Nullable FileTime lastAccessTime, @Nullable FileTime createTime)
            throws IOException {
        new BasicView(file, follow).setTimes(lastModifiedTime, lastAccessTime, createTime);
    }

    @Override
    public void setReadOnly(boolean value) throws IOException {
        set(READ_ONLY, value);
    }

    @Override
    public void setHidden(boolean value) throws IOException {
        set(HIDDEN, value);
    }

    @Override
    public void setSystem(boolean value) throws IOException {
        set(SYSTEM, value);
    }

    @Override
    public void setArchive(boolean value) throws IOException {
        set(ARCHIVE, value);
    }

    private void set(int flag, boolean on) throws IOException {
        with(opened -> {
            int before = get(opened);
            int after = on ? before | flag : before & ~flag;
            if (after != before) {
                byte[] value = ("0x" + Integer.toHexString(after) + '\0').getBytes(StandardCharsets.US_ASCII);
                opened.setXattr(credentials(), ATTRIBUTE, MemorySegment.ofArray(value), 0);
            }
            return after;
        });
    }

    private int get(FileDescription opened) throws IOException, ErrnoException {
        byte[] value = new byte[ROOM];
        int length;
        try {
            length = (int) opened.getXattr(credentials(), ATTRIBUTE, MemorySegment.ofArray(value));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENODATA) {
                return 0;
            }
            throw e;
        }
        int end = length > 0 && value[length - 1] == 0 ? length - 1 : length;
        String text = new String(value, 0, end, StandardCharsets.US_ASCII);
        if (text.length() > 2 && text.startsWith("0x")) {
            try {
                return Integer.parseInt(text.substring(2), 16);
            } catch (NumberFormatException e) {
                // Said below.
            }
        }
        throw new FileSystemException(file.text(), null, "Value of " + ATTRIBUTE + " attribute is invalid");
    }

    private Credentials credentials() {
        return file.system().credentials();
    }

    /** What is done with the open file. */
    @FunctionalInterface
    private interface Work<T> {
        T with(FileDescription opened) throws IOException, ErrnoException;
    }

    private <T> T with(Work<T> work) throws IOException {
        PathOperation operation = file.aim(follow);
        int flags = OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK | (follow ? 0 : OpenFlags.O_NOFOLLOW);
        try (FileDescription opened = file.system().vfs().open(credentials(), operation, new OpenOptions(flags, 0))) {
            return work.with(opened);
        } catch (ErrnoException e) {
            throw file.failure(e);
        } finally {
            file.done(operation);
        }
    }

    /** The attributes of a file as they were when they were read. */
    record Attributes(CaissonFileAttributes basic, int flags) implements DosFileAttributes {
        private boolean has(int flag) {
            return (flags & flag) != 0;
        }

        @Override
        public boolean isReadOnly() {
            return has(READ_ONLY);
        }

        @Override
        public boolean isHidden() {
            return has(HIDDEN);
        }

        @Override
        public boolean isArchive() {
            return has(ARCHIVE);
        }

        @Override
        public boolean isSystem() {
            return has(SYSTEM);
        }

        @Override
        public FileTime lastModifiedTime() {
            return basic.lastModifiedTime();
        }

        @Override
        public FileTime lastAccessTime() {
            return basic.lastAccessTime();
        }

        @Override
        public FileTime creationTime() {
            return basic.creationTime();
        }

        @Override
        public boolean isRegularFile() {
            return basic.isRegularFile();
        }

        @Override
        public boolean isDirectory() {
            return basic.isDirectory();
        }

        @Override
        public boolean isSymbolicLink() {
            return basic.isSymbolicLink();
        }

        @Override
        public boolean isOther() {
            return basic.isOther();
        }

        @Override
        public long size() {
            return basic.size();
        }

        @Override
        public Object fileKey() {
            return basic.fileKey();
        }
    }
}
