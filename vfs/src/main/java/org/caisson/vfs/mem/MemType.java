package org.caisson.vfs.mem;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemBuilder;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemParameter;
import org.caisson.vfs.FileSystemType;
import org.caisson.vfs.Name;

/**
 * The type {@code tmpfs}, whose options are those of {@code mm/shmem.c}: {@code size}, {@code nr_blocks}, {@code nr_inodes}, {@code
 * mode}, {@code uid} and {@code gid} as the kernel reads them. {@code huge}, {@code inode32}, {@code inode64} and {@code noswap} are
 * taken and change nothing; {@code mpol} is refused, as by a kernel that was built without. Quotas are counted as by one that was built with
 * CONFIG_TMPFS_QUOTA; there is no quotactl(2), so that each user has the limits that the options say.
 *
 * <p>Without an option the limits are the kernel's: half of the host's memory, and as many inodes as that has pages.
 */
public final class MemType implements FileSystemType {
    private final PageStore store;

    /** For file systems whose data is in pages of a store, which they do not own. */
    public MemType(PageStore store) {
        this.store = store;
    }

    @Override
    public String name() {
        return MemFileSystem.TYPE;
    }

    @Override
    public Set<Trait> traits() {
        return Set.of(Trait.USER_MOUNTABLE);
    }

    /** A comma before a digit belongs to the list of a memory policy ({@code shmem_next_opt}). */
    @Override
    public List<FileSystemParameter> parseData(Name data) {
        List<FileSystemParameter> options = new ArrayList<>();
        byte[] bytes = data.toByteArray();
        int start = 0;
        for (int i = 0; i <= bytes.length; i++) {
            boolean ends = i == bytes.length
                    || (bytes[i] == ',' && (i + 1 == bytes.length || bytes[i + 1] < '0' || bytes[i + 1] > '9'));
            if (ends) {
                options.addAll(parseOne(Name.of(bytes, start, i - start)));
                start = i + 1;
            }
        }
        return options;
    }

    /** The commas of one that holds some belong to its value. */
    private static List<FileSystemParameter> parseOne(Name option) {
        String text = new String(option.toByteArray(), StandardCharsets.ISO_8859_1);
        int equals = text.indexOf('=');
        if (text.indexOf(',') < 0 || equals <= 0) {
            return FileSystemParameter.parse(option);
        }
        byte[] value = text.substring(equals + 1).getBytes(StandardCharsets.ISO_8859_1);
        return List.of(new FileSystemParameter.Text(text.substring(0, equals), Name.of(value, 0, value.length)));
    }

    @Override
    public FileSystemBuilder begin(FileSystemLog log) {
        MemMountOptions options = new MemMountOptions(log);
        return new FileSystemBuilder() {
            @Override
            public boolean take(FileSystemParameter option) throws ErrnoException {
                return options.take(option);
            }

            @Override
            public FileSystem create(Name source) {
                return new MemFileSystem(options.choose(), store, MemMountOptions.usual(), options.shown());
            }
        };
    }
}
