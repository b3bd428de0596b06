package org.caisson.vfs.mem;

import java.util.Locale;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystemChange;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemParameter;

/**
 * How a memory file system was made, and what may be changed of that.
 *
 * @param space the limits
 * @param options all else
 * @param usual a limit of pages and of inodes that goes without saying
 * @param more further options for mountinfo
 */
record MemSettings(Space space, MemOptions options, long usual, String more) {
    /** The same with other limits. */
    MemSettings with(Space others) {
        return new MemSettings(others, options, usual, more);
    }

    /** Changes the limits, as a remount does. EINVAL if there was no limit before, or if more is in use. */
    void limit(long size, long maxInodes) throws ErrnoException {
        if (!space.limitPages(MemOptions.DEFAULT.withSize(size).pages()) || !space.limitInodes(maxInodes)) {
            throw Errno.EINVAL.exception();
        }
    }

    /** As {@code shmem_show_options} of the kernel, which leaves out what goes without saying. */
    String shown() {
        StringBuilder text = new StringBuilder();
        if (space.maxPages() != usual) {
            text.append(",size=")
                    .append(space.maxPages() * (PageStore.PAGE_SIZE / 1024))
                    .append('k');
        }
        if (space.maxInodes() != usual) {
            text.append(",nr_inodes=").append(space.maxInodes());
        }
        if (options.mode() != MemOptions.DEFAULT.mode()) {
            text.append(String.format(Locale.ROOT, ",mode=%03o", options.mode()));
        }
        if (options.uid() != 0) {
            text.append(",uid=").append(Integer.toUnsignedString(options.uid()));
        }
        if (options.gid() != 0) {
            text.append(",gid=").append(Integer.toUnsignedString(options.gid()));
        }
        return text.append(more).append(options.quotas().shown()).toString();
    }

    /** A change of the limits by a remount. */
    FileSystemChange change(FileSystemLog log) {
        MemMountOptions wanted = new MemMountOptions(log);
        return new FileSystemChange() {
            @Override
            public boolean take(FileSystemParameter option) throws ErrnoException {
                return wanted.take(option);
            }

            @Override
            public void apply() throws ErrnoException {
                String refusal = space.limit(wanted.pages(), wanted.inodes(), wanted.refusal(options.quotas()));
                if (refusal != null) {
                    log.error(MemFileSystem.TYPE + ": " + refusal);
                    throw Errno.EINVAL.exception();
                }
            }
        };
    }
}
