package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Acl;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** The attributes of an overlay's files, extended ones and access control lists among them: read in a layer, changed in the upper one. */
final class OverlayChanges {
    private static final int DONE = 0;

    private final LayerStack layers;
    private final LayerCalls calls;
    private final FileTable files;
    private final OverlayInode root;

    /** Null for an overlay that cannot be written to. */
    private final @Nullable CopyUp copyUp;

    OverlayChanges(LayerStack layers, FileTable files, OverlayInode root, @Nullable CopyUp copyUp) {
        this.root = root;
        this.layers = layers;
        this.calls = layers.calls();
        this.files = files;
        this.copyUp = copyUp;
    }

    /** Shows mode and owner as they are in the layer now. */
    void refresh(OverlayInode inode) throws ErrnoException {
        inode.show(calls.stat(inode.real()));
        if (inode.accessAcl() != null) {
            files.loadAccessAcl(inode);
        }
    }

    /** Clears the set-id bits that writing clears. */
    void dropSetIds(Credentials caller, OverlayInode inode) throws ErrnoException {
        AttributeChange change = new AttributeChange();
        change.prepareWrite(caller, inode);
        if (!change.has(SetStat.MODE)) {
            return;
        }
        SetStat applied = new SetStat();
        applied.mask = SetStat.MODE;
        applied.mode = change.mode;
        synchronized (inode) {
            calls.change(inode.upperPlace(), applied);
            refresh(inode);
        }
    }

    /** Changes what stat(2) shows: 0 or a negated errno. */
    int attributes(Credentials credentials, OverlayInode inode, SetStat wanted) throws ErrnoException {
        AttributeChange change = new AttributeChange();
        int outcome = change.prepare(credentials, inode, wanted);
        if (outcome != DONE) {
            return outcome;
        }
        bringUp(inode, change.has(SetStat.SIZE) ? change.size : CopyUp.ATTRIBUTES);
        SetStat applied = new SetStat();
        applied.mask = (wanted.mask & (SetStat.OWNER | SetStat.ACCESS_NOW | SetStat.MODIFY_NOW)) | change.mask;
        applied.mode = change.mode;
        applied.uid = change.uid;
        applied.gid = change.gid;
        applied.size = change.size;
        applied.accessSeconds = change.accessSeconds;
        applied.accessNanos = change.accessNanos;
        applied.modifySeconds = change.modifySeconds;
        applied.modifyNanos = change.modifyNanos;
        synchronized (inode) {
            calls.change(inode.upperPlace(), applied);
            refresh(inode);
        }
        return DONE;
    }

    byte @Nullable [] xattr(OverlayInode inode, Name name) throws ErrnoException {
        return calls.attribute(inode.real(), layers.attributes().stored(name));
    }

    void forEachXattr(OverlayInode inode, Consumer<Name> visitor) throws ErrnoException {
        OverlayAttributes attributes = layers.attributes();
        for (Name stored : calls.attributes(inode.real())) {
            boolean isAcl = stored.equals(Acl.ACCESS) || stored.equals(Acl.DEFAULT);
            if (!isAcl && !attributes.isPrivate(stored)) {
                visitor.accept(attributes.shown(stored));
            }
        }
    }

    int setXattr(OverlayInode inode, Name name, byte @Nullable [] value, int flags) throws ErrnoException {
        Name stored = layers.attributes().stored(name);
        if (value == null && !inode.isUpper() && calls.attribute(inode.real(), stored) == null) {
            return -Errno.ENODATA.number();
        }
        bringUp(inode, CopyUp.ATTRIBUTES);
        if (value == null) {
            calls.removeAttribute(inode.upperPlace(), stored);
        } else {
            calls.setAttribute(inode.upperPlace(), stored, MemorySegment.ofArray(value), flags);
        }
        return DONE;
    }

    void setAccessAcl(Credentials credentials, OverlayInode inode, @Nullable Acl acl) throws ErrnoException {
        int mode = AttributeChange.modeOf(credentials, inode, acl);
        bringUp(inode, CopyUp.ATTRIBUTES);
        synchronized (inode) {
            setAcl(inode.upperPlace(), Acl.ACCESS, acl);
            SetStat change = new SetStat();
            change.mask = SetStat.MODE;
            change.mode = mode;
            calls.change(inode.upperPlace(), change);
            files.loadAccessAcl(inode);
            inode.show(calls.stat(inode.real()));
        }
    }

    void setDefaultAcl(OverlayInode inode, @Nullable Acl acl) throws ErrnoException {
        bringUp(inode, CopyUp.ATTRIBUTES);
        synchronized (inode) {
            setAcl(inode.upperPlace(), Acl.DEFAULT, acl);
            files.loadDefaultAcl(inode);
        }
    }

    private void setAcl(VirtualDentry place, Name attribute, @Nullable Acl acl) throws ErrnoException {
        if (acl != null) {
            calls.setAttribute(place, attribute, acl.toBytes());
            return;
        }
        try {
            calls.removeAttribute(place, attribute);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENODATA) {
                throw e;
            }
        }
    }

    /** How much else has to be copied up for a file to be so by a name. */
    private static int cost(OverlayDentry name) {
        int cost = 0;
        for (OverlayDentry at = name; at != null && !at.isInUpper(); at = at.directory()) {
            cost++;
        }
        return cost;
    }

    void bringUp(OverlayInode inode, long length) throws ErrnoException {
        if (copyUp == null) {
            throw Errno.EROFS.exception();
        }
        OverlayDentry[] names = inode.names();
        if (inode == root) {
            return;
        }
        if (names.length == 0) {
            if (inode.isDirectory() && !inode.isUpper()) {
                throw Errno.ESTALE.exception();
            }
            copyUp.nameless(inode, length);
            return;
        }
        OverlayDentry by = names[0];
        for (OverlayDentry name : names) {
            if (cost(name) < cost(by)) {
                by = name;
            }
        }
        copyUp.copy(by, length);
    }
}
