package org.caisson.image.erofs;

import java.nio.file.Path;

/**
 * A layer that is merged with others: an image whose data stays where it is.
 *
 * @param file the image
 * @param tag what it is, for whoever has to find it for the merged image: at most 64 characters of ASCII
 */
public record MergedLayer(Path file, String tag) {}
