package org.caisson.vfs.overlay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * One search for a name through the layers of a directory, from the top down, by the rules of the kernel's {@code ovl_lookup}: a whiteout
 * or a file that is no directory ends it, an opaque directory does too, and a redirect says under which path it goes on beneath.
 */
final class LayerLookup {
    private static final int LONGEST_REDIRECT = 4096;
    private static final int ENTRIES_BY_ATTRIBUTE = 'x';
    private static final int OPAQUE = 'y';

    private final LayerStack layers;
    private final LayerCalls calls;
    private final OverlayAttributes attributes;

    /** What is looked for in the next layer: one name in the directory, or a path from the top of a layer. */
    private Name[] path;

    private boolean absolute;

    private boolean stopped;
    private boolean opaque;
    private boolean directory;
    private boolean metacopy;
    private boolean bottom;
    private byte @Nullable [] redirect;

    /**
     * What was found.
     *
     * @param upper in the upper layer
     * @param lowers in the others, topmost first
     * @param data where the data of a file is that has only its attributes above
     * @param opaque whether it is a directory of the upper layer that hides what is beneath
     * @param redirect what the upper layer's part says of where it was
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Found(
            @Nullable VirtualDentry upper,
            LayerFile[] lowers,
            @Nullable LayerFile data,
            boolean opaque,
            byte @Nullable [] redirect) {
        /** The part that stands for the file. */
        VirtualDentry real() {
            return upper != null ? upper : lowers[0].place();
        }

        Layer realLayer(Layer upperLayer) {
            return upper != null ? upperLayer : lowers[0].layer();
        }
    }

    LayerLookup(LayerStack layers, Name name) {
        this.layers = layers;
        this.calls = layers.calls();
        this.attributes = layers.attributes();
        path = new Name[] {name};
    }

    /** Looks through all layers of a directory; null if there is no such file. */
    @Nullable
    Found in(OverlayInode parent) throws ErrnoException {
        VirtualDentry upperDirectory = parent.upper();
        LayerFile upper = null;
        boolean upperMetacopy = false;
        boolean upperOpaque = false;
        byte[] upperRedirect = null;
        LayerFile[] beneath = parent.lowers();
        if (upperDirectory != null) {
            bottom = !layers.followsRedirects() && beneath.length == 0;
            upper = inLayer(LayerFile.of(layers.top(), upperDirectory));
            upperMetacopy = metacopy;
            upperOpaque = opaque;
            upperRedirect = redirect;
            if (absolute) {
                beneath = layers.lowers();
            }
        }
        List<LayerFile> lowers = lower(beneath, upperMetacopy);
        LayerFile data = null;
        if (metacopy || (upperMetacopy && lowers.isEmpty())) {
            data = inDataLayers();
            if (data == null) {
                throw Errno.EIO.exception();
            }
        } else if (!directory && (upperMetacopy || lowers.size() > 1)) {
            data = lowers.getLast();
        }
        if (upper == null && lowers.isEmpty()) {
            return null;
        }
        return new Found(
                upper == null ? null : upper.place(),
                lowers.isEmpty() ? LayerFile.NONE : lowers.toArray(LayerFile[]::new),
                data,
                upper != null && directory && upperOpaque,
                upperRedirect);
    }

    private List<LayerFile> lower(LayerFile[] from, boolean upperMetacopy) throws ErrnoException {
        if (stopped || from.length == 0) {
            return List.of();
        }
        LayerFile[] beneath = from;
        List<LayerFile> found = new ArrayList<>(2);
        boolean topmostKept = false;
        for (int i = 0; !stopped && i < beneath.length; i++) {
            LayerFile base = beneath[i];
            bottom = layers.followsRedirects()
                    ? layers.isBottom(base.layer())
                            && (directory || layers.dataLayers().isEmpty())
                    : i == beneath.length - 1;
            boolean wasAbsolute = absolute;
            LayerFile here = inLayer(base);
            if (here == null) {
                continue;
            }
            if ((upperMetacopy || metacopy) && !layers.options().metacopy()) {
                throw Errno.EPERM.exception();
            }
            // Of files, only the topmost and the one with the data matter.
            if (!metacopy || !topmostKept) {
                found.add(here);
                topmostKept = true;
            }
            if (redirect != null && !layers.followsRedirects()) {
                throw Errno.EPERM.exception();
            }
            if (absolute && !wasAbsolute) {
                beneath = layers.lowers();
                i = base.layer().index() - 1;
            }
        }
        return found;
    }

    /** The file of one layer, by the present path; null if the layer has none or hides it. */
    private @Nullable LayerFile inLayer(LayerFile start) throws ErrnoException {
        Name[] walked = path;
        LayerFile at = absolute ? LayerFile.of(start.layer(), start.layer().root()) : start;
        for (int i = 0; i < walked.length; i++) {
            LayerFile below = step(at, walked, i);
            if (below == null) {
                return null;
            }
            at = below;
        }
        return at;
    }

    private @Nullable LayerFile step(LayerFile from, Name[] walked, int i) throws ErrnoException {
        boolean lastElement = i == walked.length - 1;
        VirtualDentry place = calls.find(from.place(), walked[i]);
        if (place == null) {
            return null;
        }
        Stat stat = calls.stat(place);
        if (isWhiteout(from, place, stat)) {
            stopped = true;
            opaque = true;
            return null;
        }
        if (lastElement && metacopy && !stat.isRegular()) {
            stopped = true;
            return null;
        }
        if (!stat.isDirectory()) {
            return stepOnFile(from, walked, i, place, stat);
        }
        if (lastElement) {
            directory = true;
        }
        if (bottom) {
            return LayerFile.of(from.layer(), place);
        }
        int mark = opacity(place);
        if (mark == OPAQUE) {
            stopped = true;
            opaque |= lastElement;
            return LayerFile.of(from.layer(), place);
        }
        followRedirect(place, walked, i);
        boolean byAttribute = mark == ENTRIES_BY_ATTRIBUTE && !from.layer().isUpper();
        return new LayerFile(from.layer(), place, byAttribute);
    }

    private @Nullable LayerFile stepOnFile(LayerFile from, Name[] walked, int i, VirtualDentry place, Stat stat)
            throws ErrnoException {
        boolean lastElement = i == walked.length - 1;
        if (directory || !lastElement) {
            stopped = true;
            return null;
        }
        metacopy = stat.isRegular() && calls.attribute(place, attributes.metacopy) != null;
        stopped = !metacopy;
        if (metacopy && !bottom) {
            followRedirect(place, walked, i);
        }
        return LayerFile.of(from.layer(), place);
    }

    private boolean isWhiteout(LayerFile directoryOf, VirtualDentry place, Stat stat) throws ErrnoException {
        if (LayerCalls.isWhiteoutDevice(stat)) {
            return true;
        }
        return directoryOf.hasAttributeWhiteouts()
                && stat.isRegular()
                && stat.size == 0
                && calls.attribute(place, attributes.whiteout) != null;
    }

    /** The one character of a directory's mark, 0 if there is none. */
    private int opacity(VirtualDentry place) throws ErrnoException {
        byte[] value = calls.attribute(place, attributes.opaque);
        return value != null && value.length == 1 ? value[0] : 0;
    }

    /** Whether the top of a lower layer may hold whiteouts by attribute. */
    static boolean holdsAttributeWhiteouts(LayerCalls calls, OverlayAttributes attributes, VirtualDentry root)
            throws ErrnoException {
        byte[] value = calls.attribute(root, attributes.opaque);
        return value != null && value.length == 1 && value[0] == ENTRIES_BY_ATTRIBUTE;
    }

    /** Takes over where an element says that it was before: the path in the layers beneath is another then. */
    private void followRedirect(VirtualDentry place, Name[] walked, int i) throws ErrnoException {
        byte[] value = calls.attribute(place, attributes.redirect);
        if (value == null) {
            return;
        }
        Name[] target = parse(value);
        int rest = walked.length - 1 - i;
        if (value[0] == '/') {
            // An opaque directory above, where the element is now, says nothing of where it was.
            stopped = false;
            absolute = true;
            path = join(target, 0, target.length, null, walked, rest);
        } else {
            path = join(path, 0, path.length - rest - 1, target[0], walked, rest);
        }
        redirect = value;
    }

    private static Name[] join(Name[] head, int from, int to, @Nullable Name middle, Name[] tail, int rest) {
        List<Name> joined = new ArrayList<>(Arrays.asList(head).subList(from, to));
        if (middle != null) {
            joined.add(middle);
        }
        joined.addAll(Arrays.asList(tail).subList(tail.length - rest, tail.length));
        return joined.toArray(Name[]::new);
    }

    /** The names of a redirect: one, or a path from the top; EINVAL for all else. */
    private static Name[] parse(byte[] value) throws ErrnoException {
        if (value.length == 0 || value.length > LONGEST_REDIRECT) {
            throw Errno.EINVAL.exception();
        }
        boolean fromTop = value[0] == '/';
        List<Name> names = new ArrayList<>();
        int start = fromTop ? 1 : 0;
        for (int i = start; i <= value.length; i++) {
            if (i < value.length && value[i] != '/') {
                continue;
            }
            Name name = Name.of(value, start, i - start);
            boolean moves = name.equals(Name.DOT) || name.equals(Name.DOT_DOT);
            if (name.length() == 0 || name.length() > Name.MAX || moves || (!fromTop && i < value.length)) {
                throw Errno.EINVAL.exception();
            }
            names.add(name);
            start = i + 1;
        }
        return names.toArray(Name[]::new);
    }

    /** The data of a file in the layers that hold nothing but data, which only an absolute redirect reaches. */
    private @Nullable LayerFile inDataLayers() throws ErrnoException {
        if (!absolute) {
            return null;
        }
        for (Layer layer : layers.dataLayers()) {
            VirtualDentry at = layer.root();
            for (int i = 0; at != null && i < path.length; i++) {
                at = calls.find(at, path[i]);
            }
            if (at != null && calls.stat(at).isRegular()) {
                return LayerFile.of(layer, at);
            }
        }
        return null;
    }
}
