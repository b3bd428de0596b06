package org.caisson.runtime;

import java.util.List;
import org.caisson.linux.MountFlags;
import org.caisson.runtime.stage.MountAttributes;
import org.caisson.runtime.stage.Propagation;

/**
 * The options of a mount as the runtime-spec writes them, taken apart: flags of mount(2), attributes of mount_setattr(2),
 * propagation, and what is left for the file system itself.
 */
final class MountOptions {
    /** {@code MS_*} for a new mount. */
    long flags;
    /** {@code MOUNT_ATTR_*} for a bind mount. */
    long set;

    long clear;
    /** Attributes for the whole tree, of the {@code r…} options. */
    long recursiveSet;

    long recursiveClear;
    boolean bind;
    boolean recursive;
    boolean idmap;
    boolean readOnly;
    Propagation propagation = Propagation.UNCHANGED;
    boolean propagationRecursive;
    final StringBuilder data = new StringBuilder();

    private static final List<String> KNOWN = List.of(
            "async",
            "atime",
            "bind",
            "defaults",
            "dev",
            "diratime",
            "dirsync",
            "exec",
            "idmap",
            "iversion",
            "lazytime",
            "loud",
            "noatime",
            "nodev",
            "nodiratime",
            "noexec",
            "norelatime",
            "nostrictatime",
            "nosuid",
            "nosymfollow",
            "private",
            "rbind",
            "rdev",
            "relatime",
            "rexec",
            "ridmap",
            "rnodev",
            "rnoexec",
            "rnosuid",
            "ro",
            "rprivate",
            "rro",
            "rrw",
            "rshared",
            "rslave",
            "rsuid",
            "runbindable",
            "rw",
            "shared",
            "silent",
            "slave",
            "strictatime",
            "suid",
            "sync",
            "tmpcopyup",
            "unbindable");

    private MountOptions() {}

    /** All options that are not left to the file system. */
    static List<String> known() {
        return KNOWN;
    }

    static MountOptions parse(List<String> options) {
        MountOptions parsed = new MountOptions();
        for (String option : options) {
            parsed.take(option);
        }
        return parsed;
    }

    private void take(String option) {
        switch (option) {
            case "defaults", "async", "diratime", "norelatime", "nostrictatime", "loud", "tmpcopyup" -> {
                // What the kernel does anyway, or what has no meaning here.
            }
            case "bind" -> bind = true;
            case "rbind" -> {
                bind = true;
                recursive = true;
            }
            case "idmap", "ridmap" -> idmap = true;
            case "ro" -> {
                readOnly = true;
                attribute(MountFlags.MS_RDONLY, MountAttributes.READ_ONLY);
            }
            case "rw" -> {
                readOnly = false;
                without(MountFlags.MS_RDONLY, MountAttributes.READ_ONLY);
            }
            case "nosuid" -> attribute(MountFlags.MS_NOSUID, MountAttributes.NO_SUID);
            case "suid" -> without(MountFlags.MS_NOSUID, MountAttributes.NO_SUID);
            case "nodev" -> attribute(MountFlags.MS_NODEV, MountAttributes.NO_DEVICES);
            case "dev" -> without(MountFlags.MS_NODEV, MountAttributes.NO_DEVICES);
            case "noexec" -> attribute(MountFlags.MS_NOEXEC, MountAttributes.NO_EXEC);
            case "exec" -> without(MountFlags.MS_NOEXEC, MountAttributes.NO_EXEC);
            case "noatime" -> accessTime(MountFlags.MS_NOATIME, MountAttributes.NO_ACCESS_TIME);
            case "atime", "relatime" -> accessTime(MountFlags.MS_RELATIME, MountAttributes.RELATIVE_ACCESS_TIME);
            case "strictatime" -> accessTime(MountFlags.MS_STRICTATIME, MountAttributes.STRICT_ACCESS_TIME);
            case "nodiratime" -> attribute(MountFlags.MS_NODIRATIME, MountAttributes.NO_DIRECTORY_ACCESS_TIME);
            case "nosymfollow" -> attribute(MountFlags.MS_NOSYMFOLLOW, MountAttributes.NO_SYMLINKS);
            case "sync" -> flags |= MountFlags.MS_SYNCHRONOUS;
            case "dirsync" -> flags |= MountFlags.MS_DIRSYNC;
            case "lazytime" -> flags |= MountFlags.MS_LAZYTIME;
            case "silent" -> flags |= MountFlags.MS_SILENT;
            case "iversion" -> flags |= MountFlags.MS_I_VERSION;
            case "rro" -> {
                readOnly = true;
                recursiveSet |= MountAttributes.READ_ONLY;
            }
            case "rrw" -> recursiveClear |= MountAttributes.READ_ONLY;
            case "rnosuid" -> recursiveSet |= MountAttributes.NO_SUID;
            case "rsuid" -> recursiveClear |= MountAttributes.NO_SUID;
            case "rnodev" -> recursiveSet |= MountAttributes.NO_DEVICES;
            case "rdev" -> recursiveClear |= MountAttributes.NO_DEVICES;
            case "rnoexec" -> recursiveSet |= MountAttributes.NO_EXEC;
            case "rexec" -> recursiveClear |= MountAttributes.NO_EXEC;
            case "private", "rprivate" -> spread(Propagation.PRIVATE, option);
            case "slave", "rslave" -> spread(Propagation.SLAVE, option);
            case "shared", "rshared" -> spread(Propagation.SHARED, option);
            case "unbindable", "runbindable" -> spread(Propagation.UNBINDABLE, option);
            default -> {
                if (data.length() > 0) {
                    data.append(',');
                }
                data.append(option);
            }
        }
    }

    private void attribute(long flag, long attribute) {
        flags |= flag;
        set |= attribute;
        clear &= ~attribute;
    }

    private void without(long flag, long attribute) {
        flags &= ~flag;
        set &= ~attribute;
        clear |= attribute;
    }

    private void accessTime(long flag, long attribute) {
        flags |= flag;
        set = (set & ~MountAttributes.ACCESS_TIME_MASK) | attribute;
        clear |= MountAttributes.ACCESS_TIME_MASK;
    }

    private void spread(Propagation value, String option) {
        propagation = value;
        propagationRecursive = option.charAt(0) == 'r';
    }
}
