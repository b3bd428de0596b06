package org.caisson.vfs;

import java.util.function.Consumer;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/**
 * Is told what happens to the files of one file system, by the threads that do it; see {@link FileSystem#observe}.
 *
 * <p>Changes of names are told while the monitors of the directories are held, between {@link #begin} and {@link #end}, so that they
 * are told in the order in which they took effect. An observer must not walk, nor wait for anybody who may.
 */
public abstract class FileSystemObserver {
    private final FileSystem fileSystem;

    /** Of one file system. */
    protected FileSystemObserver(FileSystem fileSystem) {
        this.fileSystem = fileSystem;
    }

    /** Whose files are observed. */
    public final FileSystem fileSystem() {
        return fileSystem;
    }

    /** Before names change; the monitors of the directories are held. */
    public abstract void begin();

    /** After {@link #begin}, when the names have changed and all that happened was told. */
    public abstract void end();

    /** A new file has its first name. */
    public abstract void created(Dentry child);

    /** A rename left a whiteout where its source was. */
    public abstract void whitedOut(Dentry whiteout);

    /** A file has another name. */
    public abstract void linked(Dentry child);

    /** A name was removed; the dentry still tells its parent and name. */
    public abstract void removed(Dentry child);

    /** A dentry is at its new place; what was there, if anything, is in no directory any more. */
    public abstract void moved(Dentry child, Dentry oldDirectory, Name oldName, @Nullable Dentry replaced);

    /** Two dentries have each the other's place, the first where it was asked to go. */
    public abstract void exchanged(Dentry one, Dentry other);

    /** A file was opened, not with O_PATH. */
    public abstract void opened(Dentry dentry);

    /** A description, not of O_PATH, was released; {@link #unused} comes later. */
    public abstract void closed(Dentry dentry, boolean writable);

    /** A file or directory was read through a description. */
    public abstract void accessed(Dentry dentry);

    /** Data were written or allocated through a description. */
    public abstract void written(Dentry dentry);

    /** Attributes were changed; {@code mask} is of {@link SetStat}, with MODE also where set-id bits went with another change. */
    public abstract void attributesSet(Dentry dentry, int mask);

    /** A write took set-id bits away without a change of attributes that anybody could watch. */
    public abstract void modeDropped(Dentry dentry);

    /** An extended attribute, which access control lists are as well, was set or removed. */
    public abstract void xattrSet(Dentry dentry, Name name);

    /** A description was released, or another user that came by this name is done with the file. */
    public abstract void unused(Dentry dentry);

    /**
     * The bytes of a range may have changed, told while the file's data are still locked.
     *
     * @param dentry a name of the file
     * @param size the size of the file now, in bytes
     */
    public abstract void dataChanged(Dentry dentry, long offset, long length, long size);

    /** The last mount of the file system is gone. */
    public abstract void unmounted();

    // What the file system tells of its tree.

    /** See {@link FileSystem#identityOf}. */
    protected final Object identityOf(Dentry dentry) {
        return fileSystem.identityOf(dentry);
    }

    /** See {@link FileSystem#isDirectory}. */
    protected final boolean isDirectory(Dentry dentry) {
        return fileSystem.isDirectory(dentry);
    }

    /** See {@link FileSystem#parentOf}. */
    protected final @Nullable Dentry parentOf(Dentry dentry) {
        return fileSystem.parentOf(dentry);
    }

    /** See {@link FileSystem#nameOf}. */
    protected final Name nameOf(Dentry dentry) {
        return fileSystem.nameOf(dentry);
    }

    /** See {@link FileSystem#isSpecial}. */
    protected final boolean isSpecial(Dentry dentry) {
        return fileSystem.isSpecial(dentry);
    }

    /** See {@link FileSystem#isUnlinked}. */
    protected final boolean isUnlinked(Dentry dentry) {
        return fileSystem.isUnlinked(dentry);
    }

    /** See {@link FileSystem#isGone}. */
    protected final boolean isGone(Dentry dentry) {
        return fileSystem.isGone(dentry);
    }

    /** See {@link FileSystem#forEachName}. */
    protected final void forEachName(Dentry dentry, Consumer<Dentry> visitor) {
        fileSystem.forEachName(dentry, visitor);
    }

    /** See {@link FileSystem#forEachChild}. */
    protected final void forEachChild(Dentry directory, Consumer<Dentry> visitor) {
        fileSystem.forEachChild(directory, visitor);
    }

    /** See {@link FileSystem#hasFetchedEntries}. */
    protected final boolean hasFetchedEntries(Dentry directory) {
        return fileSystem.hasFetchedEntries(directory);
    }

    /** See {@link FileSystem#fetchEntries}. */
    protected final void fetchEntries(Dentry directory) throws ErrnoException {
        fileSystem.fetchEntries(directory);
    }

    /** See {@link FileSystem#settle}. */
    protected final void settle() {
        fileSystem.settle();
    }
}
