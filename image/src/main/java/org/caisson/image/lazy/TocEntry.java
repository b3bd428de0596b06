package org.caisson.image.lazy;

import java.util.TreeMap;
import org.caisson.vfs.Name;

/** One entry of a table of contents as it stands there: a struct that {@link TocReader} fills. */
final class TocEntry {
    String type = "";
    String name = "";
    String target = "";
    long size;
    long mode;
    long uid;
    long gid;
    long seconds;
    int nanos;
    long major;
    long minor;
    final TreeMap<Name, byte[]> attributes = new TreeMap<>();

    /** Where in the blob its data begin and end; the end is 0 if it is not told. */
    long offset;

    long endOffset;

    /** Where among the plain bytes that begin there it begins. */
    long innerOffset;

    /** Where in the file the piece begins, and its length, 0 if it goes to the next one or the end. */
    long chunkOffset;

    long chunkSize;
    String digest = "";
    String chunkDigest = "";
    boolean zeros;

    TocEntry() {}
}
