package org.caisson.vfs.overlay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;

/** What the layers of a directory hold together: each name as the topmost layer has it, unless that is a whiteout. */
final class MergedListing {
    private static final int CHARACTER_DEVICE = 2;
    private static final int REGULAR = 8;

    private final LayerStack layers;
    private final Map<Name, Entry> entries = new LinkedHashMap<>();

    /** One entry. A whiteout hides the name in the layers beneath. */
    record Entry(Name name, LayerFile from, long number, int type, boolean isWhiteout) {}

    private MergedListing(LayerStack layers) {
        this.layers = layers;
    }

    /** All entries but {@code .} and {@code ..}. */
    static List<Entry> of(LayerStack layers, OverlayInode directory) throws ErrnoException {
        MergedListing merged = new MergedListing(layers);
        for (LayerFile part : parts(layers, directory)) {
            merged.add(part);
        }
        List<Entry> shown = new ArrayList<>(merged.entries.size());
        for (Entry entry : merged.entries.values()) {
            if (!entry.isWhiteout()) {
                shown.add(entry);
            }
        }
        return shown;
    }

    /** Whether there are no entries but {@code .} and {@code ..}. */
    static boolean isEmpty(LayerStack layers, OverlayInode directory) throws ErrnoException {
        return of(layers, directory).isEmpty();
    }

    private static List<LayerFile> parts(LayerStack layers, OverlayInode directory) {
        List<LayerFile> parts = new ArrayList<>();
        VirtualDentry upper = directory.upper();
        if (upper != null) {
            parts.add(LayerFile.of(layers.top(), upper));
        }
        parts.addAll(List.of(directory.lowers()));
        return parts;
    }

    private void add(LayerFile part) throws ErrnoException {
        List<Entry> fresh = new ArrayList<>();
        try (FileDescription opened = layers.calls().openDirectory(part.place())) {
            opened.readDirectory(0, (name, number, type, cookie) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT) && !entries.containsKey(name)) {
                    fresh.add(new Entry(name, part, number, type, false));
                }
                return true;
            });
        }
        for (Entry entry : fresh) {
            boolean hides = isWhiteout(layers, part, entry.name(), entry.type());
            entries.put(
                    entry.name(), hides ? new Entry(entry.name(), part, entry.number(), entry.type(), true) : entry);
        }
    }

    /** Whether a name that a layer lists with this {@code d_type} is a whiteout there. */
    static boolean isWhiteout(LayerStack layers, LayerFile part, Name name, int type) throws ErrnoException {
        if (type != CHARACTER_DEVICE && !(type == REGULAR && part.hasAttributeWhiteouts())) {
            return false;
        }
        Stat stat = layers.calls().tryStat(part.place(), name);
        return stat != null && layers.isWhiteout(part, name, stat);
    }
}
