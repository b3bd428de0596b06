package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Acl;
import org.caisson.vfs.LastingHandle;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** Makes the files of an overlay of what is found in the layers: one for all names of a file. */
final class FileTable {
    private final LayerStack layers;
    private final LayerCalls calls;
    private final OverlayAttributes attributes;
    private final InodeTable linked = new InodeTable();

    /** Null without an upper layer. */
    private final @Nullable HardLinks hardLinks;

    FileTable(LayerStack layers, @Nullable HardLinks hardLinks) {
        this.layers = layers;
        this.calls = layers.calls();
        this.attributes = layers.attributes();
        this.hardLinks = hardLinks;
    }

    OverlayInode root() throws ErrnoException {
        VirtualDentry upper = layers.hasUpper() ? layers.top().root() : null;
        LayerLookup.Found found = new LayerLookup.Found(upper, layers.lowers(), null, false, null);
        Stat real = new Stat();
        calls.stat(found.real(), real);
        return newInode(found, upper, real, null);
    }

    /** The file of what was found under a name. */
    OverlayInode of(LayerLookup.Found found) throws ErrnoException {
        Stat real = new Stat();
        calls.stat(found.real(), real);
        if (real.isDirectory() || real.links <= 1) {
            return newInode(found, found.upper(), real, null);
        }
        OverlayInode known = linked.get(identity(found.real()));
        if (known != null) {
            return known;
        }
        return found.upper() != null ? linkedUpper(found, real) : linkedLower(found, real);
    }

    private static Object identity(VirtualDentry place) {
        return place.mount().fileSystem().identityOf(place.dentry());
    }

    /** A file of the upper layer with several names. */
    private OverlayInode linkedUpper(LayerLookup.Found found, Stat real) throws ErrnoException {
        VirtualDentry upper = found.real();
        OverlayInode made = newInode(found, upper, real, keyOf(upper));
        if (made.key() != null && hardLinks != null) {
            made.links(hardLinks.countOfUpper(upper, real.links));
        }
        return linked.putIfAbsent(identity(upper), made);
    }

    /** A lower file with several names, perhaps copied up by another one. */
    private OverlayInode linkedLower(LayerLookup.Found found, Stat real) throws ErrnoException {
        Object identity = identity(found.real());
        if (hardLinks == null) {
            return linked.putIfAbsent(identity, newInode(found, null, real, null));
        }
        long number = layers.shown(found.lowers()[0].layer(), real.inode);
        Name key = HardLinks.key(number, real);
        VirtualDentry copy = hardLinks.copy(key);
        if (copy == null) {
            OverlayInode made = newInode(found, null, real, key);
            made.links(hardLinks.countOfLower(key, real.links));
            return linked.putIfAbsent(identity, made);
        }
        OverlayInode known = linked.get(identity(copy));
        if (known == null) {
            Stat stat = new Stat();
            calls.stat(copy, stat);
            OverlayInode made = newInode(found, copy, stat, key);
            made.links(hardLinks.countOfUpper(copy, stat.links));
            known = linked.putIfAbsent(identity(copy), made);
        }
        return linked.putIfAbsent(identity, known);
    }

    /** Leads further names of a file of the upper layer to this. */
    void remember(VirtualDentry upper, OverlayInode inode) {
        linked.putIfAbsent(identity(upper), inode);
    }

    private @Nullable Name keyOf(VirtualDentry upper) throws ErrnoException {
        byte[] value = calls.attribute(upper, attributes.inode);
        return value == null || value.length > Name.MAX || indexOfDot(value) == value.length
                ? null
                : Name.of(value, 0, value.length);
    }

    private OverlayInode newInode(LayerLookup.Found found, @Nullable VirtualDentry upper, Stat real, @Nullable Name key)
            throws ErrnoException {
        long number;
        boolean copied = false;
        LayerFile[] lowers = found.lowers();
        if (upper == null) {
            number = layers.shown(lowers[0].layer(), real.inode);
        } else {
            byte[] kept = calls.attribute(upper, attributes.inode);
            long origin = kept == null && !real.isDirectory() ? originNumber(upper) : 0;
            copied = kept != null || origin != 0;
            // The top has the number that it has in the upper layer (ovl_get_root).
            boolean isMerged = real.isDirectory()
                    && lowers.length != 0
                    && !upper.equals(layers.top().root());
            if (kept != null) {
                number = parseNumber(kept, real.inode);
            } else if (isMerged) {
                number = lowerNumber(lowers[0]);
            } else {
                number = origin != 0 ? origin : layers.shown(layers.top(), real.inode);
            }
        }
        OverlayInode made = new OverlayInode(layers, number, real, upper, lowers, key);
        loadAccessAcl(made);
        if (real.isDirectory()) {
            loadDefaultAcl(made);
        }
        made.data(found.data());
        made.redirect(found.redirect());
        if (copied) {
            made.setCopied();
        }
        if (upper != null && real.isDirectory()) {
            if (found.opaque()) {
                made.setOpaque();
            }
            if (calls.attribute(upper, attributes.impure) != null) {
                made.setImpure();
            }
        }
        return made;
    }

    private long lowerNumber(LayerFile lower) throws ErrnoException {
        return layers.shown(lower.layer(), calls.stat(lower.place()).inode);
    }

    /** The number of what the kernel copied up to be a file of the upper layer; 0 if it did not, or that cannot be found. */
    private long originNumber(VirtualDentry upper) throws ErrnoException {
        byte[] value = calls.attribute(upper, attributes.origin);
        LastingHandle origin = value == null ? null : OriginHandle.parse(value);
        if (origin == null) {
            return 0;
        }
        for (LayerFile lower : layers.lowers()) {
            long number = lower.place().mount().fileSystem().numberOf(origin);
            if (number != 0) {
                return layers.shown(lower.layer(), number);
            }
        }
        return 0;
    }

    private static int indexOfDot(byte[] value) {
        int at = 0;
        while (at < value.length && value[at] != '.') {
            at++;
        }
        return at;
    }

    private long parseNumber(byte[] value, long otherwise) {
        try {
            String text = new String(value, 0, indexOfDot(value), StandardCharsets.US_ASCII);
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            return layers.shown(layers.top(), otherwise);
        }
    }

    /** A file that was just made in the upper layer, in a directory. */
    OverlayInode newFile(OverlayInode parent, VirtualDentry upper) throws ErrnoException {
        Stat stat = new Stat();
        calls.stat(upper, stat);
        long number = layers.shown(layers.top(), stat.inode);
        OverlayInode made = new OverlayInode(layers, number, stat, upper, LayerFile.NONE, null);
        if (parent.defaultAcl() != null) {
            loadAccessAcl(made);
            if (stat.isDirectory()) {
                loadDefaultAcl(made);
            }
        }
        return made;
    }

    /** Takes over the access control list of the layer's file. */
    void loadAccessAcl(OverlayInode inode) throws ErrnoException {
        if (!inode.isSymlink()) {
            inode.show(inode.mode(), acl(inode.real(), Acl.ACCESS));
        }
    }

    void loadDefaultAcl(OverlayInode directory) throws ErrnoException {
        directory.defaultAcl(acl(directory.real(), Acl.DEFAULT));
    }

    private @Nullable Acl acl(VirtualDentry place, Name attribute) throws ErrnoException {
        byte[] value = calls.attribute(place, attribute);
        return value == null ? null : Acl.parse(MemorySegment.ofArray(value));
    }
}
