package org.caisson.vfs.difference;

import java.util.SortedMap;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;

/** A file of the second tree, to be asked for more before the {@link TreeDifference} that told of it is closed. */
public final class TreeFile {
    private final TreeReader reader;
    private final VirtualDentry place;
    private final Stat stat;

    /** The struct is left alone from now on. */
    TreeFile(TreeReader reader, VirtualDentry place, Stat stat) {
        this.reader = reader;
        this.place = place;
        this.stat = stat;
    }

    /** A file that is no part of a difference: the top of a tree. */
    public static TreeFile top(Subtree tree) throws ErrnoException {
        Stat stat = new Stat();
        TreeReader reader = TreeReader.across(tree);
        reader.stat(tree.top(), stat);
        return new TreeFile(reader, tree.top(), stat);
    }

    /** Its attributes, not to be changed. */
    public Stat stat() {
        return stat;
    }

    /** The target of a symbolic link. */
    public byte[] target() throws ErrnoException {
        return reader.readlink(place);
    }

    /** Its extended attributes, in the order of their names, as far as the reader may see them. */
    public SortedMap<Name, byte[]> attributes() throws ErrnoException {
        return reader.attributes(place);
    }

    /** Opens a regular file for reading. */
    public FileDescription open() throws ErrnoException {
        return reader.open(place);
    }
}
