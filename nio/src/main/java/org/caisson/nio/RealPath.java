package org.caisson.nio;

import java.io.IOException;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.PathOperation;

/** What {@code toRealPath} finds. */
final class RealPath {
    private RealPath() {}

    /** realpath(3). */
    static CaissonPath following(CaissonPath path) throws IOException {
        FileReference file = FileReference.of(path);
        CaissonFileSystem system = path.getFileSystem();
        PathOperation operation = file.aim(true);
        try {
            return CaissonPath.of(system, system.pathOf(system.vfs().lookup(system.credentials(), operation)));
        } catch (ErrnoException e) {
            throw file.failure(e);
        } finally {
            file.done(operation);
        }
    }

    /**
     * Takes out {@code .}, and {@code ..} with the element before it unless that is a symbolic link. After a {@code ..} that had to
     * stay, what is before the next one is not known, so that stays too.
     */
    static CaissonPath notFollowing(CaissonPath path) throws IOException {
        CaissonPath absolute = path.toAbsolutePath();
        CaissonPath real = path.getFileSystem().rootDirectory();
        boolean afterDotDot = false;
        for (int i = 0; i < absolute.getNameCount(); i++) {
            CaissonPath element = absolute.getName(i);
            byte[] name = element.bytes();
            if (name.length == 1 && name[0] == '.') {
                continue;
            }
            boolean dotDot = name.length == 2 && name[0] == '.' && name[1] == '.';
            if (dotDot && !lstat(real).isSymbolicLink() && !afterDotDot) {
                CaissonPath parent = real.getParent();
                real = parent == null ? real : parent;
                continue;
            }
            afterDotDot = dotDot;
            real = real.resolve(name);
        }
        lstat(real);
        return real;
    }

    private static CaissonFileAttributes lstat(CaissonPath path) throws IOException {
        FileReference file = FileReference.of(path);
        try {
            return CaissonFileAttributes.stat(file, false);
        } catch (ErrnoException e) {
            throw file.failure(e);
        }
    }
}
