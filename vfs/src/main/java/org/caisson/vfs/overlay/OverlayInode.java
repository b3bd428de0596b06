package org.caisson.vfs.overlay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Acl;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.pipe.Pipe;
import org.jspecify.annotations.Nullable;

/**
 * A file as the overlay shows it: in the upper layer, or in lower ones until it is copied up.
 *
 * <p>Fields that are volatile are written by whoever holds the lock of the file ({@link FileLocks}), or of a directory the one for
 * directories, and are read without. Attributes are changed under the monitor.
 */
final class OverlayInode extends Inode {
    private static final OverlayDentry[] NO_NAMES = {};

    private static final VarHandle NAMES;
    private static final VarHandle USERS;
    private static final VarHandle KEEPER;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            NAMES = lookup.findVarHandle(OverlayInode.class, "names", OverlayDentry[].class);
            USERS = lookup.findVarHandle(OverlayInode.class, "users", int.class);
            KEEPER = lookup.findVarHandle(OverlayInode.class, "keeper", FileDescription.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LayerStack layers;

    /** What a copy of it is filed under in the table of hard links; null if it has no other names in lower layers. */
    private final @Nullable Name key;

    /** Where it is in the upper layer, by one of its names there; null while it is in lower layers only. */
    private volatile @Nullable VirtualDentry upper;

    /** A directory's parts in lower layers, or what a file is or was copied from if that matters, topmost first. */
    private volatile LayerFile[] lowers;

    /** Of a file in the upper layer whose data is still below: where. */
    private volatile @Nullable LayerFile data;

    /** Of a directory that was moved: where its lower parts are, as {@code overlay.redirect} has it. */
    private volatile byte @Nullable [] redirect;

    private volatile @Nullable Acl accessAcl;
    private volatile @Nullable Acl defaultAcl;
    private volatile boolean opaque;
    private volatile boolean impure;
    private volatile boolean complete;
    private volatile boolean fetched;
    private volatile boolean copied;
    private volatile boolean unmarked;

    /** Links as the overlay counts them, or -1 to go by those of the upper or lower file. */
    private volatile int links = -1;

    private volatile int users;

    /** Of a named pipe, which is none of the layers': what is open. Under the monitor. */
    private @Nullable Pipe pipe;

    /** Keeps a file of the upper layer that may have no name any more. */
    private volatile @Nullable FileDescription keeper;

    /** The names by which it was found or made and that it still has. Replaced as a whole, without a lock. */
    private volatile OverlayDentry[] names = NO_NAMES;

    OverlayInode(
            LayerStack layers,
            long number,
            Stat real,
            @Nullable VirtualDentry upper,
            LayerFile[] lowers,
            @Nullable Name key) {
        super(number, real.mode, real.owner(), real.group());
        this.layers = layers;
        this.key = key;
        this.upper = upper;
        this.lowers = lowers;
    }

    @Nullable
    VirtualDentry upper() {
        return upper;
    }

    boolean isUpper() {
        return upper != null;
    }

    /** Where it is in the upper layer, to which it was copied before. */
    VirtualDentry upperPlace() throws ErrnoException {
        VirtualDentry place = upper;
        if (place == null) {
            throw Errno.ESTALE.exception();
        }
        return place;
    }

    void upper(VirtualDentry place) {
        upper = place;
    }

    LayerFile[] lowers() {
        return lowers;
    }

    void lowers(LayerFile[] parts) {
        lowers = parts;
    }

    boolean hasLower() {
        return lowers.length != 0;
    }

    /** What stands for the file: its upper part, or the topmost lower one. */
    VirtualDentry real() {
        VirtualDentry place = upper;
        return place != null ? place : lowers[0].place();
    }

    /** Where its data is read. */
    VirtualDentry dataPlace() {
        LayerFile below = data;
        return below != null ? below.place() : real();
    }

    @Nullable
    LayerFile data() {
        return data;
    }

    void data(@Nullable LayerFile below) {
        data = below;
    }

    /** Whether a directory's entries come from more than one layer, or a file's data from another than the rest. */
    boolean isMerged() {
        if (isDirectory()) {
            return lowers.length > (upper != null ? 0 : 1);
        }
        return upper != null && data != null;
    }

    byte @Nullable [] redirect() {
        return redirect;
    }

    void redirect(byte @Nullable [] path) {
        redirect = path;
    }

    /** Whether the upper directory is marked to hide what is beneath. */
    boolean isOpaque() {
        return opaque;
    }

    void setOpaque() {
        opaque = true;
    }

    /** Whether the upper directory is marked to hold what was copied up. */
    boolean isImpure() {
        return impure;
    }

    void setImpure() {
        impure = true;
    }

    /** Whether all entries of the directory are in the table: it was made here, and none was forgotten. */
    boolean isComplete() {
        return complete;
    }

    /** Whether all entries of a directory are in its table, beside names that are missing. */
    boolean isFetched() {
        return fetched || complete;
    }

    void setFetched() {
        fetched = true;
    }

    /** From now on entries may be missing in the table. */
    void setIncomplete() {
        complete = false;
        fetched = false;
    }

    void setComplete() {
        complete = true;
    }

    /** Whether it was copied up, so that its number is not that of the upper layer's file. */
    boolean isCopied() {
        return copied;
    }

    void setCopied() {
        copied = true;
    }

    /** Whether no layer could be told that this is a copy, and what number it keeps: that is known here alone. */
    boolean isUnmarked() {
        return unmarked;
    }

    void setUnmarked() {
        unmarked = true;
    }

    /** By what a copy of it is filed among the hard links. */
    @Nullable
    Name key() {
        return key;
    }

    int links() {
        return links;
    }

    void links(int count) {
        links = count;
    }

    synchronized Pipe pipe() {
        Pipe present = pipe;
        if (present == null) {
            present = new Pipe();
            pipe = present;
        }
        return present;
    }

    /** Counts who has it open, so that it outlives its last name in the upper layer. */
    @Override
    protected boolean acquire() {
        USERS.getAndAdd(this, 1);
        return true;
    }

    @Override
    protected boolean dropUser() {
        return (int) USERS.getAndAdd(this, -1) == 1;
    }

    @Override
    protected void unused() {
        if (names.length == 0) {
            layers.orphans().remove(this);
        }
        FileDescription last = (FileDescription) KEEPER.getAndSet(this, null);
        if (last == null) {
            return;
        }
        if (users == 0 || !KEEPER.compareAndSet(this, null, last)) {
            last.release();
        } else if (users == 0) {
            unused();
        }
    }

    @Override
    protected int users() {
        return users;
    }

    @Override
    protected boolean isNameless() {
        return names.length == 0;
    }

    /** Keeps the upper layer's file, which is about to lose a name, for as long as somebody has it open. */
    void keep() throws ErrnoException {
        VirtualDentry place = upper;
        if (users == 0 || place == null || keeper != null) {
            return;
        }
        keep(layers.calls().open(place, OpenFlags.O_PATH));
    }

    /** The same by a description, which is taken over. */
    void keep(FileDescription opened) {
        FileDescription before = (FileDescription) KEEPER.getAndSet(this, opened);
        if (before != null) {
            before.release();
        }
        if (users == 0) {
            unused();
        }
    }

    /** Shows mode and owner of the file itself. */
    void show(Stat real) {
        attributes(real.mode, real.owner(), real.group());
    }

    /** Shows a mode that is that of an access control list, if there is one. */
    void show(int mode, @Nullable Acl list) {
        if (list != null) {
            accessAcl = list;
        }
        permissions(mode, list != null);
        accessAcl = list;
    }

    @Override
    protected @Nullable Acl accessAcl() {
        return accessAcl;
    }

    @Override
    protected @Nullable Acl defaultAcl() {
        return defaultAcl;
    }

    void defaultAcl(@Nullable Acl list) {
        defaultAcl = list;
    }

    void addName(OverlayDentry dentry) {
        while (true) {
            OverlayDentry[] known = names;
            OverlayDentry[] more = Arrays.copyOf(known, known.length + 1);
            more[known.length] = dentry;
            if (NAMES.compareAndSet(this, known, more)) {
                return;
            }
        }
    }

    void removeName(OverlayDentry dentry) {
        while (true) {
            OverlayDentry[] known = names;
            int at = Arrays.asList(known).indexOf(dentry);
            if (at < 0) {
                return;
            }
            OverlayDentry[] fewer = known.length == 1 ? NO_NAMES : new OverlayDentry[known.length - 1];
            System.arraycopy(known, 0, fewer, 0, at);
            System.arraycopy(known, at + 1, fewer, at, fewer.length - at);
            if (NAMES.compareAndSet(this, known, fewer)) {
                if (fewer.length == 0) {
                    layers.orphans().add(this);
                }
                return;
            }
        }
    }

    /** The names by which it was found or made and that it still has; not to be changed. */
    OverlayDentry[] names() {
        return names;
    }

    @Override
    protected void stat(Stat out) {
        try {
            LayerCalls calls = layers.calls();
            calls.stat(real(), out);
            LayerFile below = data;
            if (below != null) {
                out.blocks = calls.stat(below.place()).blocks;
            }
        } catch (ErrnoException e) {
            // What is known without the layer must do.
            out.mode = mode();
            out.uid = uid();
            out.gid = gid();
            out.links = 0;
        }
        out.inode = number();
        int counted = links;
        if (isDirectory()) {
            if (isMerged()) {
                out.links = 1;
            }
        } else if (counted >= 0) {
            out.links = counted;
        }
    }
}
