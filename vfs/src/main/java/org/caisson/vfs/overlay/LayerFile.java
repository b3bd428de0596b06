package org.caisson.vfs.overlay;

import org.caisson.vfs.VirtualDentry;

/**
 * A file of a layer.
 *
 * @param hasAttributeWhiteouts whether it is a directory marked ({@code overlay.opaque} is "x") to hold whiteouts that are regular files
 *     with an attribute
 */
record LayerFile(Layer layer, VirtualDentry place, boolean hasAttributeWhiteouts) {
    static final LayerFile[] NONE = {};

    static LayerFile of(Layer layer, VirtualDentry place) {
        return new LayerFile(layer, place, false);
    }
}
