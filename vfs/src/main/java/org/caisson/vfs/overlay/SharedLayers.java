package org.caisson.vfs.overlay;

import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.VirtualDentry;

/** Tells without a look at them that files of overlays are the same, because they lie in layers that the overlays share. */
final class SharedLayers {
    private SharedLayers() {}

    /** Whether two files, or directories themselves, consist of the same parts of lower layers and of nothing else. */
    static boolean areSame(OverlayInode one, OverlayInode other) {
        if (one.isUpper() || other.isUpper()) {
            return false;
        }
        LayerFile[] parts = one.lowers();
        LayerFile[] others = other.lowers();
        if (parts.length != others.length || (one.data() == null) != (other.data() == null)) {
            return false;
        }
        for (int i = 0; i < parts.length; i++) {
            VirtualDentry part = others[i].place();
            if (!is(parts[i].place(), part.mount().fileSystem(), part.dentry())) {
                return false;
            }
        }
        return one.data() == null || haveSameData(one, other);
    }

    /** Whether two regular files have their data in the same file of a layer. */
    static boolean haveSameData(OverlayInode one, OverlayInode other) {
        VirtualDentry data = other.dataPlace();
        return haveSameData(one, data.mount().fileSystem(), data.dentry());
    }

    /** Whether a regular file has its data in a file, which is perhaps one of a layer. */
    static boolean haveSameData(OverlayInode one, FileSystem fileSystem, Dentry file) {
        VirtualDentry data = one.dataPlace();
        return data.mount().fileSystem().isDataKnownSame(data.dentry(), fileSystem, file);
    }

    private static boolean is(VirtualDentry place, FileSystem fileSystem, Dentry file) {
        FileSystem own = place.mount().fileSystem();
        return own == fileSystem && own.identityOf(place.dentry()) == fileSystem.identityOf(file);
    }
}
