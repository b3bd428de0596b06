package org.caisson.runtime.cgroup;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.XattrCalls;
import org.jspecify.annotations.Nullable;

/**
 * An extended attribute of a control group that says whose it is: proof for whoever clears up after a keeper that died. It is
 * in the {@code trusted} namespace (xattr(7)), which kernfs keeps and nobody inside a container can write.
 */
final class OwnerMark {
    private static final String NAME = "trusted.caisson.owner";

    private OwnerMark() {}

    static void set(Path group, String owner) throws CgroupException {
        try {
            XattrCalls.lsetxattr(group.toString(), NAME, owner.getBytes(StandardCharsets.UTF_8), 0);
        } catch (ErrnoException e) {
            switch (e.errno()) {
                case EPERM, EOPNOTSUPP -> {
                    // Without CAP_SYS_ADMIN on the host it goes unmarked.
                }
                default -> throw ControlGroup.cannot("marked", group, e);
            }
        }
    }

    /** Null if the group is not marked, or there is none. */
    static @Nullable String of(Path group) throws ErrnoException {
        try {
            return new String(XattrCalls.lgetxattr(group.toString(), NAME), StandardCharsets.UTF_8);
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case ENODATA, ENOENT, EOPNOTSUPP, EPERM -> null;
                default -> throw e;
            };
        }
    }
}
