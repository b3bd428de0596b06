/**
 * Layers that are used before all of them has come: the tree from a table of contents, the data when somebody reads them.
 *
 * <p>{@link org.caisson.image.lazy.LazyPull} fetches the table alone and makes of it an outline, an EROFS image whose metadata are there and
 * whose data are a hole. {@link org.caisson.image.lazy.PartialLayer} shows its tree and fills it: each chunk is fetched once, whoever waits
 * for it, and no byte of it is seen before its digest was compared. {@link org.caisson.image.lazy.LazyRun} does that for a running image, and
 * in the background fetches what the last run read first, and then the blobs in whole; a blob that is whole becomes an ordinary layer by the
 * ordinary way, so that nothing in the store depends on how it came.
 *
 * <p>In the store, {@code lazy/HEX} (by the digests of blob and table) has
 * <pre>
 * about      the blob, and where its parts come from
 * outline    the EROFS image that is filled
 * chunks     where each piece of data goes, where in the blob it is, and its digest
 * arrived    numbers of chunks whose data are in the outline, and on the disk
 * prefix     the beginning of the blob, as far as it came
 * errors     what went wrong, in lines
 * filler     its lock is held by who fetches the blob in whole
 * </pre>
 * and {@code prefetch/HEX} the numbers of chunks in the order in which the last run asked for them.
 *
 * <p>Layers of plain gzip are not among these, though a stream of deflate can be entered in its middle with the 32 KiB before. Where that
 * could be is only found by decoding all that comes before, and no digest in the manifest covers less than the whole: so the first pull
 * reads everything, and keeps what it read. An index made by it would serve a host that threw away the data of a layer and kept its
 * index, which no command does: an image that is removed goes with all that is known of it, and one that stays is whole.
 *
 * <p>Lock order: {@code LazyRun} → {@code Arrivals} → its list; the store's lock of a blob → that of {@code LazyPull}, under which one outline
 * at a time is made; the others are taken alone.
 */
@NullMarked
package org.caisson.image.lazy;

import org.jspecify.annotations.NullMarked;
