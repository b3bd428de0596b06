package org.caisson.image.store;

/**
 * What was removed.
 *
 * @param files how many blobs and layers
 * @param bytes their size
 */
public record Collected(int files, long bytes) {}
