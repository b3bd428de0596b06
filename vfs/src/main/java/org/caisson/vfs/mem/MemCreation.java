package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import org.caisson.linux.Errno;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.ChangeGate;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualDentry;

/** Makes files and names of a memory file system. Outcomes are 0 or a negated errno. */
final class MemCreation {
    private static final int DONE = 0;

    private final MemFileSystem fileSystem;
    private final Space space;
    private final Orphans orphans;
    private final ChangeGate gate;

    MemCreation(MemFileSystem fileSystem) {
        this.fileSystem = fileSystem;
        space = fileSystem.space();
        orphans = fileSystem.orphans();
        gate = fileSystem.gate();
    }

    /** Makes and opens a regular file. */
    int file(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        int mode = StatMode.S_IFREG | (options.mode() & 07777);
        MemFile file;
        TreeDentry made;
        int passed = gate.enter();
        try {
            synchronized (directory) {
                Owner owner = owner(path, directory);
                int outcome = mayEnter(path, directory, owner, 0);
                if (outcome != DONE) {
                    return outcome;
                }
                file = (MemFile) newInode(path.credentials(), directory.inode(), owner, mode, 0);
                file.acquire();
                made = enter(path, directory, file);
            }
        } finally {
            gate.leave(passed);
        }
        VirtualDentry place = new VirtualDentry(path.mount(), made);
        path.opened(new MemFileDescription(
                fileSystem, file, place, path.credentials(), options.flags() & ~OpenFlags.O_TRUNC));
        return DONE;
    }

    /** Makes and opens a file without a name. */
    int temporary(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        int passed = gate.enter();
        try {
            return makeTemporary(path, directory, options);
        } finally {
            gate.leave(passed);
        }
    }

    private int makeTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        Credentials caller = path.credentials();
        Inode parent = directory.inode();
        Owner owner = owner(path, directory);
        int outcome = space.takeInode(owner, caller);
        if (outcome != DONE) {
            return outcome;
        }
        int mode = AttributeChange.newMode(caller, parent, StatMode.S_IFREG | (options.mode() & 07777)) & 07777;
        boolean linkable = (options.flags() & OpenFlags.O_EXCL) == 0;
        MemFile file = linkable
                ? new MemFile.Linkable(fileSystem, mode, owner.user(), owner.group())
                : new MemFile(fileSystem, mode, owner.user(), owner.group(), 0);
        file.inherit(parent);
        file.acquire();
        orphans.add(file);
        TreeDentry nameless = new MemDentry(directory, Name.of("#" + file.number()), file);
        fileSystem.noteNameless(nameless);
        VirtualDentry place = new VirtualDentry(path.mount(), nameless);
        path.opened(new MemFileDescription(fileSystem, file, place, caller, options.flags()));
        return DONE;
    }

    /** Makes a file of the type that the mode says. */
    int node(ResolvingPath path, TreeDentry directory, int mode, long device) {
        int passed = gate.enter();
        try {
            synchronized (directory) {
                Owner owner = owner(path, directory);
                int outcome = mayEnter(path, directory, owner, 0);
                if (outcome == DONE) {
                    enter(path, directory, newInode(path.credentials(), directory.inode(), owner, mode, device));
                }
                return outcome;
            }
        } finally {
            gate.leave(passed);
        }
    }

    int symlink(ResolvingPath path, TreeDentry directory, MemorySegment target) {
        byte[] bytes = target.toArray(ValueLayout.JAVA_BYTE);
        int passed = gate.enter();
        try {
            synchronized (directory) {
                Owner owner = owner(path, directory);
                int outcome = mayEnter(path, directory, owner, MemLink.pages(bytes.length));
                if (outcome == DONE) {
                    MemLink link = new MemLink(fileSystem, owner.user(), owner.group(), bytes);
                    link.inherit(directory.inode());
                    enter(path, directory, link);
                }
                return outcome;
            }
        } finally {
            gate.leave(passed);
        }
    }

    /** Whether the last component may become a name, and takes what an inode and its pages need if so. */
    private int mayEnter(ResolvingPath path, TreeDentry directory, Owner owner, int pages) {
        if (directory.isSealed()) {
            return -Errno.ENOENT.number();
        }
        if (fileSystem.present(directory, path.component()) != null) {
            return -Errno.EEXIST.number();
        }
        int outcome = space.takeInode(owner, path.credentials());
        if (outcome == DONE && pages != 0) {
            outcome = space.takePages(pages, owner, path.credentials());
            if (outcome != DONE) {
                space.giveInode(owner);
            }
        }
        return outcome;
    }

    /** Whose a new file is. */
    private static Owner owner(ResolvingPath path, TreeDentry directory) {
        Credentials caller = path.credentials();
        return new Owner(caller.uid(), AttributeChange.newGroup(caller, directory.inode()));
    }

    private MemInode newInode(Credentials caller, Inode parent, Owner owner, int wantedMode, long device) {
        int mode = AttributeChange.newMode(caller, parent, wantedMode);
        int uid = owner.user();
        int gid = owner.group();
        MemInode made = switch (mode & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> new MemDirectory(fileSystem, mode & 07777, uid, gid);
            case StatMode.S_IFREG -> new MemFile(fileSystem, mode & 07777, uid, gid, 1);
            case StatMode.S_IFIFO -> new MemPipe(fileSystem, mode, uid, gid);
            case StatMode.S_IFCHR, StatMode.S_IFBLK -> new MemSpecial(fileSystem, mode, uid, gid, device);
            default -> new MemSpecial(fileSystem, mode, uid, gid, 0);
        };
        made.inherit(parent);
        return made;
    }

    private TreeDentry enter(ResolvingPath path, TreeDentry directory, MemInode inode) {
        FileSystemObserver observer = fileSystem.begin();
        try {
            MemFileSystem.beforeChange(directory, path.component());
            TreeDentry made = fileSystem.attachDentry(directory, new MemDentry(directory, path.component(), inode));
            entered(directory, inode, Instant.now());
            if (observer != null) {
                observer.created(made);
            }
            return made;
        } finally {
            fileSystem.end(observer);
        }
    }

    private static void entered(TreeDentry directory, MemInode inode, Instant now) {
        MemDirectory parent = MemFileSystem.directory(directory);
        parent.countEntries(1);
        if (inode.isDirectory()) {
            parent.link(now);
        }
        parent.modified(now);
    }

    /** Gives a file a further name, or its first. */
    int link(ResolvingPath path, TreeDentry directory, TreeDentry existing) {
        int passed = gate.enter();
        try {
            return addLink(path, directory, existing);
        } finally {
            gate.leave(passed);
        }
    }

    private int addLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) {
        MemInode file = MemFileSystem.inode(existing);
        synchronized (directory) {
            if (directory.isSealed()) {
                return -Errno.ENOENT.number();
            }
            if (fileSystem.present(directory, path.component()) != null) {
                return -Errno.EEXIST.number();
            }
            MemFileSystem.beforeChange(directory, path.component());
            FileSystemObserver observer = fileSystem.begin();
            try {
                TreeDentry made = new MemDentry(directory, path.component(), file);
                int outcome = link(directory, file, made);
                if (outcome == DONE && observer != null) {
                    observer.linked(made);
                }
                return outcome;
            } finally {
                fileSystem.end(observer);
            }
        }
    }

    private int link(TreeDentry directory, MemInode file, TreeDentry made) {
        synchronized (file) {
            if (!file.mayBeLinked()) {
                return -Errno.ENOENT.number();
            }
            if (file.links() != 0 && !space.takeName()) {
                return -Errno.ENOSPC.number();
            }
            Instant now = Instant.now();
            file.link(now);
            fileSystem.attachDentry(directory, made);
            MemFileSystem.directory(directory).countEntries(1);
            MemFileSystem.directory(directory).modified(now);
            return DONE;
        }
    }

    /** Makes the whiteout that is left by a name. */
    TreeDentry whiteout(Credentials caller, Owner owner, TreeDentry directory, Name name) {
        MemInode whiteout = newInode(caller, directory.inode(), owner, StatMode.S_IFCHR, 0);
        MemFileSystem.beforeChange(directory, name);
        TreeDentry made = fileSystem.attachDentry(directory, new MemDentry(directory, name, whiteout));
        entered(directory, whiteout, Instant.now());
        return made;
    }
}
