package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/**
 * A file system that is being configured, made or configured anew (the kernel's {@code struct fs_context}): what the descriptors
 * of fsopen(2) and fspick(2) stand for. Its methods are the commands of fsconfig(2).
 */
public final class FileSystemContext implements AutoCloseable {
    private static final Name NONE = Name.of("none");

    private enum Phase {
        CREATE_PARAMETERS,
        AWAITING_MOUNT,
        AWAITING_CHANGE,
        CHANGE_PARAMETERS,
        FAILED
    }

    private final FileSystemLog log;
    private final String typeName;
    private final Credentials credentials;

    private Phase phase;
    private @Nullable FileSystemBuilder builder;
    private @Nullable FileSystem fileSystem;
    private @Nullable Name source;

    /** Flags of {@link SuperBlock} that were set, and those that were set or cleared. */
    private int superFlags;

    private int superFlagsNamed;

    private FileSystemChange change = FileSystemChange.NONE;

    private FileSystemContext(
            Credentials credentials,
            String typeName,
            FileSystemLog log,
            @Nullable FileSystemBuilder builder,
            @Nullable FileSystem fileSystem) {
        this.credentials = credentials;
        this.typeName = typeName;
        this.log = log;
        this.builder = builder;
        this.fileSystem = fileSystem;
        phase = builder != null ? Phase.CREATE_PARAMETERS : Phase.CHANGE_PARAMETERS;
    }

    static FileSystemContext create(Mounter mounter, FileSystemType type) {
        FileSystemLog log = new FileSystemLog();
        return new FileSystemContext(mounter.credentials(), type.name(), log, type.begin(log, mounter), null);
    }

    static FileSystemContext change(Credentials credentials, FileSystem fileSystem) {
        FileSystemContext context =
                new FileSystemContext(credentials, fileSystem.type(), new FileSystemLog(), null, fileSystem);
        context.change = fileSystem.change(context.log);
        return context;
    }

    /** What there is to say about the options. */
    public FileSystemLog log() {
        return log;
    }

    /** FSCONFIG_SET_FLAG, FSCONFIG_SET_STRING and so on: EINVAL for what is unknown or too long, EBUSY if it is too late. */
    public void set(FileSystemParameter option) throws ErrnoException {
        boolean fits = option.key().length() < FileSystemParameter.LONGEST_TEXT
                && switch (option) {
                    case FileSystemParameter.Text text -> text.value().length() < FileSystemParameter.LONGEST_TEXT;
                    case FileSystemParameter.Blob blob ->
                        blob.value().byteSize() > 0 && blob.value().byteSize() <= FileSystemParameter.LARGEST_BLOB;
                    default -> true;
                };
        if (!fits) {
            throw Errno.EINVAL.exception();
        }
        take(option);
    }

    /** The same without a limit of length: the data of mount(2) has one of its own. */
    synchronized void take(FileSystemParameter option) throws ErrnoException {
        if (phase == Phase.AWAITING_CHANGE) {
            beginChange();
        }
        if (phase != Phase.CREATE_PARAMETERS && phase != Phase.CHANGE_PARAMETERS) {
            throw Errno.EBUSY.exception();
        }
        if (option instanceof FileSystemParameter.Flag flag && takeSuperFlag(flag.key())) {
            return;
        }
        if (builder == null ? !change.take(option) : !builder.take(option)) {
            takeSource(option);
        }
    }

    private boolean takeSuperFlag(String key) {
        switch (key) {
            case "ro" -> nameFlag(MountFlags.MS_RDONLY, true);
            case "rw" -> nameFlag(MountFlags.MS_RDONLY, false);
            case "sync" -> nameFlag(MountFlags.MS_SYNCHRONOUS, true);
            case "async" -> nameFlag(MountFlags.MS_SYNCHRONOUS, false);
            case "dirsync" -> nameFlag(MountFlags.MS_DIRSYNC, true);
            case "lazytime" -> nameFlag(MountFlags.MS_LAZYTIME, true);
            case "nolazytime" -> nameFlag(MountFlags.MS_LAZYTIME, false);
            case "mand" -> nameFlag(MountFlags.MS_MANDLOCK, true);
            case "nomand" -> nameFlag(MountFlags.MS_MANDLOCK, false);
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Names flags of mount(2) that are to be set, and those among {@code named} that are not. */
    synchronized void nameFlags(long flags, int named) {
        superFlags = (superFlags & ~named) | ((int) flags & named);
        superFlagsNamed |= named;
    }

    private void nameFlag(int flag, boolean on) {
        superFlags = on ? superFlags | flag : superFlags & ~flag;
        superFlagsNamed |= flag;
    }

    private void takeSource(FileSystemParameter option) throws ErrnoException {
        if (!"source".equals(option.key())) {
            log.unknown(typeName, option.key());
            throw Errno.EINVAL.exception();
        }
        if (!(option instanceof FileSystemParameter.Text text)) {
            log.error("Non-string source");
            throw Errno.EINVAL.exception();
        }
        if (source != null) {
            log.error("Multiple sources");
            throw Errno.EINVAL.exception();
        }
        source = text.value();
    }

    /** FSCONFIG_CMD_CREATE: makes the file system; EBUSY if that was tried before. */
    public synchronized void create() throws ErrnoException {
        if (phase == Phase.AWAITING_CHANGE) {
            beginChange();
        }
        FileSystemBuilder making = builder;
        if (phase != Phase.CREATE_PARAMETERS || making == null) {
            throw Errno.EBUSY.exception();
        }
        if (!credentials.has(Capability.SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
        phase = Phase.FAILED;
        FileSystem made = making.create(source());
        made.superBlock().setFlags(superFlags | (made.superBlock().flags() & MountFlags.MS_RDONLY));
        fileSystem = made;
        builder = null;
        phase = Phase.AWAITING_MOUNT;
    }

    /** FSCONFIG_CMD_RECONFIGURE: applies the options set since; EBUSY if the file system is yet to be mounted. */
    public synchronized void reconfigure() throws ErrnoException {
        if (phase == Phase.AWAITING_CHANGE) {
            beginChange();
        }
        FileSystem changing = fileSystem;
        if (phase != Phase.CHANGE_PARAMETERS || changing == null) {
            throw Errno.EBUSY.exception();
        }
        if (!credentials.has(Capability.SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
        phase = Phase.FAILED;
        apply(changing.superBlock());
        phase = Phase.AWAITING_CHANGE;
    }

    private void apply(SuperBlock superBlock) throws ErrnoException {
        int before = superBlock.flags();
        int after = (before & ~superFlagsNamed) | superFlags;
        if (superBlock.isAlwaysReadOnly() && (after & MountFlags.MS_RDONLY) == 0) {
            throw Errno.EROFS.exception();
        }
        boolean becomesReadOnly = (after & ~before & MountFlags.MS_RDONLY) != 0;
        if (becomesReadOnly && isWritten(superBlock)) {
            throw Errno.EBUSY.exception();
        }
        superBlock.setFlags(before | (after & MountFlags.MS_RDONLY));
        try {
            // Who opens for writing from now on is refused; who did just now is seen.
            if (becomesReadOnly && isWritten(superBlock)) {
                throw Errno.EBUSY.exception();
            }
            change.apply();
            before = after;
        } finally {
            superBlock.setFlags(before);
        }
    }

    private boolean isWritten(SuperBlock superBlock) {
        return (fileSystem != null && fileSystem.hasOrphans())
                || superBlock.mounts().stream()
                        .anyMatch(mount ->
                                mount.hasWriters() || mount.root().dentry().isGone());
    }

    private void beginChange() {
        phase = Phase.CHANGE_PARAMETERS;
        superFlags = 0;
        superFlagsNamed = 0;
        change = fileSystem == null ? FileSystemChange.NONE : fileSystem.change(log);
    }

    /** The file system that is to be mounted; EINVAL if there is none, EBUSY if it was mounted. */
    synchronized FileSystem toMount() throws ErrnoException {
        FileSystem made = fileSystem;
        if (made == null) {
            throw Errno.EINVAL.exception();
        }
        if (phase != Phase.AWAITING_MOUNT) {
            throw Errno.EBUSY.exception();
        }
        return made;
    }

    synchronized Name source() {
        return source == null ? NONE : source;
    }

    synchronized void mounted() {
        phase = Phase.AWAITING_CHANGE;
        source = null;
    }

    /** Gives up what was made and not mounted. */
    @Override
    public synchronized void close() {
        FileSystem made = fileSystem;
        if (phase == Phase.AWAITING_MOUNT && made != null && !made.superBlock().isActive()) {
            made.release();
        }
        phase = Phase.FAILED;
        fileSystem = null;
        builder = null;
    }
}
