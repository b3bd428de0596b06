package org.caisson.image.erofs;

import java.io.IOException;
import java.util.TreeMap;
import org.caisson.vfs.Name;

/**
 * Makes the image of a layer of which only a table of contents is known: the tree with all that is said of its files, and room for their
 * data. Members are added in the order of the layer's archive, and mean what they mean there.
 */
public final class LayerOutline {
    private final ErofsWriter image;
    private final TarImport members;
    private final TarMember member = new TarMember();

    /** An outline in an image of the profile {@link ErofsProfile#OUTLINE}. */
    public LayerOutline(ErofsWriter image) {
        this.image = image;
        members = TarImport.ofMembers(image);
    }

    /** What of a member is not in its {@link ErofsEntry}, whose type is not looked at. */
    public record Member(byte type, String name, String target, long size, int major, int minor) {
        /** The type flag of a regular file. */
        public static final byte FILE = 0;

        public static final byte LINK = '1';
        public static final byte SYMLINK = '2';
        public static final byte CHARACTER_DEVICE = '3';
        public static final byte BLOCK_DEVICE = '4';
        public static final byte DIRECTORY = '5';
        public static final byte PIPE = '6';
    }

    /**
     * Adds a member.
     *
     * @return where in the image the data of a file go, in one piece; -1 for what has none
     */
    public long add(Member told, ErofsEntry entry) throws IOException {
        member.type = told.type;
        member.name = told.name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        member.target = told.target.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        member.mode = entry.mode & 07777;
        member.uid = Integer.toUnsignedLong(entry.uid);
        member.gid = Integer.toUnsignedLong(entry.gid);
        member.seconds = entry.seconds;
        member.nanos = entry.nanos;
        member.major = told.major;
        member.minor = told.minor;
        member.size = told.size;
        member.stored = told.size;
        member.attributes = new TreeMap<Name, byte[]>(entry.attributes);
        member.sparse = false;
        if (!members.add(member)) {
            return -1;
        }
        long start = image.leaveOut(told.size);
        return told.size == 0 ? -1 : start;
    }
}
