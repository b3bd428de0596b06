package org.caisson.vfs;

/**
 * How long a door (such as FUSE) may remember what it was told about a file.
 *
 * @param entryNanos for how long the name leads to this file
 * @param attributeNanos for how long its attributes hold
 * @param directIo whether each read and write must come here, past a page cache
 * @param keepCache whether pages cached before stay valid at the next open
 * @param missNanos of a directory: for how long a name that is not in it stays missing; 0 unless set by {@link #withMisses}
 */
public record CachePolicy(long entryNanos, long attributeNanos, boolean directIo, boolean keepCache, long missNanos) {
    /** Remember nothing. */
    public static final CachePolicy NONE = new CachePolicy(0, 0, true, false);
    /** Names and attributes hold for as long as there is no notice of a change; data is asked for each time. */
    public static final CachePolicy NAMES = new CachePolicy(Long.MAX_VALUE, Long.MAX_VALUE, true, false);
    /** Everything holds for as long as there is no notice of a change. */
    public static final CachePolicy ALL = new CachePolicy(Long.MAX_VALUE, Long.MAX_VALUE, false, true);

    /** One by which missing names are asked for each time. */
    public CachePolicy(long entryNanos, long attributeNanos, boolean directIo, boolean keepCache) {
        this(entryNanos, attributeNanos, directIo, keepCache, 0);
    }

    /** The same for a directory whose missing names stay missing for so long, or until there is notice of a change. */
    public CachePolicy withMisses(long nanos) {
        return new CachePolicy(entryNanos, attributeNanos, directIo, keepCache, nanos);
    }
}
