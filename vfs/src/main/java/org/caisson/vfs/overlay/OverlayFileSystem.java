package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Mount;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeFileSystem;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * Shows directory trees on top of each other as one, and writes to the topmost, as the kernel's overlayfs: what it shows, refuses and
 * stores is the same, so that either reads what the other wrote.
 *
 * <p>Layers must not be changed but through this while it is in use. What it knows of them it asks once.
 */
public final class OverlayFileSystem extends TreeFileSystem {
    /** OVERLAYFS_SUPER_MAGIC of {@code linux/magic.h}. */
    private static final long MAGIC = 0x794c7630;

    private final OverlayOptions options;
    private final LayerCalls calls;
    private final OverlayAttributes attributes;
    private final InodeNumbers numbers;
    private final InodeTable linked = new InodeTable();
    private final NegativeEntries negatives = new NegativeEntries();
    private final Layer upperLayer;
    private final List<Layer> dataLayers;
    private final int bottom;
    private final OverlayDentry root;

    /** Null for an overlay that cannot be written to. */
    private final @Nullable Writing writing;

    /** What an overlay with an upper layer has more. */
    private record Writing(
            HardLinks hardLinks, CopyUp copyUp, EntryCreation creation, EntryRemoval removal, EntryRename rename) {}

    /**
     * An overlay of directories of the virtual file system.
     *
     * @param mounter in whose name the layers are read and written; needs all rights over the files there
     * @throws ErrnoException EINVAL for options that do not go together, ENOTDIR for a layer that is no directory, EROFS and the like if the
     *     upper layer cannot be written
     */
    public OverlayFileSystem(VirtualFileSystem system, Credentials mounter, OverlayOptions options)
            throws ErrnoException {
        options.validate();
        this.options = options;
        calls = new LayerCalls(system, mounter);
        attributes = new OverlayAttributes(options.userAttributes());
        Layers layers = new Layers(system);
        VirtualDentry upper = options.upper();
        upperLayer = layers.add(upper != null ? upper : options.lowers().getFirst(), Layer.UPPER);
        List<LayerFile> lowers = new ArrayList<>();
        for (VirtualDentry lower : options.lowers()) {
            Layer layer = layers.add(lower, lowers.size() + 1);
            boolean byAttribute = LayerLookup.holdsAttributeWhiteouts(calls, attributes, layer.root());
            lowers.add(new LayerFile(layer, layer.root(), byAttribute));
        }
        bottom = lowers.size();
        List<Layer> data = new ArrayList<>();
        for (VirtualDentry lower : options.dataLayers()) {
            data.add(layers.add(lower, bottom + data.size() + 1));
        }
        dataLayers = List.copyOf(data);
        numbers = new InodeNumbers(layers.fileSystems());
        root = makeRoot(upper != null, lowers);
        writing = upper == null ? null : prepare(layers.place(requireWork(options)));
    }

    private static VirtualDentry requireWork(OverlayOptions options) throws ErrnoException {
        VirtualDentry upper = options.upper();
        VirtualDentry work = options.work();
        if (work == null || upper == null || work.mount() != upper.mount() || work.dentry() == upper.dentry()) {
            throw Errno.EINVAL.exception();
        }
        if (upper.mount().isReadOnly()) {
            throw Errno.EINVAL.exception();
        }
        return work;
    }

    /** Numbers layers and gives each file system a mount of our own, on which nothing else is mounted. */
    private final class Layers {
        private final VirtualFileSystem system;
        private final IdentityHashMap<FileSystem, Mount> mounts = new IdentityHashMap<>();
        private final IdentityHashMap<FileSystem, Integer> indexes = new IdentityHashMap<>();

        Layers(VirtualFileSystem system) {
            this.system = system;
        }

        Layer add(VirtualDentry directory, int index) throws ErrnoException {
            VirtualDentry place = place(directory);
            if (!calls.stat(place).isDirectory()) {
                throw Errno.ENOTDIR.exception();
            }
            return new Layer(
                    index, place, indexes.getOrDefault(directory.mount().fileSystem(), 0));
        }

        VirtualDentry place(VirtualDentry directory) {
            FileSystem fileSystem = directory.mount().fileSystem();
            Mount mount = mounts.computeIfAbsent(
                    fileSystem, its -> system.newMountNamespace(its).rootMount());
            indexes.putIfAbsent(fileSystem, indexes.size());
            return new VirtualDentry(mount, directory.dentry());
        }

        int fileSystems() {
            return indexes.size();
        }
    }

    private OverlayDentry makeRoot(boolean hasUpper, List<LayerFile> lowers) throws ErrnoException {
        LayerFile[] parts = lowers.toArray(LayerFile[]::new);
        VirtualDentry upper = hasUpper ? upperLayer.root() : null;
        Stat lower = calls.stat(parts[0].place());
        long number = numbers.shown(parts[0].layer(), lower.inode);
        Stat real = calls.stat(upper != null ? upper : parts[0].place());
        OverlayInode inode = new OverlayInode(this, number, real, upper, parts, null);
        if (upper != null && calls.attribute(upper, attributes.impure) != null) {
            inode.setImpure();
        }
        return OverlayDentry.of(null, Name.EMPTY, inode, hasUpper);
    }

    private Writing prepare(VirtualDentry work) throws ErrnoException {
        Workspace workspace = Workspace.prepare(calls, work);
        HardLinks hardLinks = new HardLinks(calls, attributes, workspace);
        CopyUp copyUp = new CopyUp(this, workspace, hardLinks);
        EntryCreation creation = new EntryCreation(this, workspace, copyUp, hardLinks);
        EntryRemoval removal = new EntryRemoval(this, workspace, copyUp, hardLinks);
        return new Writing(hardLinks, copyUp, creation, removal, new EntryRename(this, workspace, copyUp, removal));
    }

    private Writing writing() throws ErrnoException {
        Writing present = writing;
        if (present == null) {
            throw Errno.EROFS.exception();
        }
        return present;
    }

    OverlayOptions configuration() {
        return options;
    }

    LayerCalls calls() {
        return calls;
    }

    OverlayAttributes attributes() {
        return attributes;
    }

    Layer upperLayer() {
        return upperLayer;
    }

    List<Layer> dataLayers() {
        return dataLayers;
    }

    boolean hasDataLayers() {
        return !dataLayers.isEmpty();
    }

    /** Whether nothing lies beneath a layer but layers of data. */
    boolean isBottom(Layer layer) {
        return layer.index() == bottom;
    }

    boolean followsRedirects() {
        return options.redirects() != OverlayOptions.Redirects.NO_FOLLOW;
    }

    OverlayInode rootFile() {
        return root.file();
    }

    @Override
    public String type() {
        return "overlay";
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) throws ErrnoException {
        calls.statistics(upperLayer.root(), out);
        out.type = MAGIC;
        out.id = device();
        out.flags = 0;
    }

    // What the layers show.

    void stat(OverlayInode inode, Stat out) {
        try {
            calls.stat(inode.real(), out);
            LayerFile data = inode.data();
            if (data != null) {
                out.blocks = calls.stat(data.place()).blocks;
            }
        } catch (ErrnoException e) {
            // What is known without the layer must do.
            out.mode = inode.mode();
            out.uid = inode.uid();
            out.gid = inode.gid();
            out.links = 0;
        }
        out.inode = inode.number();
        if (inode.isDirectory()) {
            if (inode.isMerged()) {
                out.links = 1;
            }
        } else if (inode.links() >= 0) {
            out.links = inode.links();
        }
    }

    /** For descriptions, which cannot see what is protected. */
    void statOpened(OverlayDentry dentry, Stat out) {
        stat(dentry, out);
    }

    void change(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
        changeOpened(opened, caller, change);
    }

    /** Shows mode and owner as they are in the layer now. */
    void refresh(OverlayInode inode) throws ErrnoException {
        inode.show(calls.stat(inode.real()));
    }

    /** Whether an entry of a layer's directory hides what is beneath. */
    boolean isWhiteout(LayerFile directory, Name name, Stat stat) throws ErrnoException {
        if (LayerCalls.isWhiteoutDevice(stat)) {
            return true;
        }
        if (!directory.hasAttributeWhiteouts() || !stat.isRegular() || stat.size != 0) {
            return false;
        }
        VirtualDentry place = calls.find(directory.place(), name);
        return place != null && calls.attribute(place, attributes.whiteout) != null;
    }

    /** The number of an entry that a layer lists with that layer's number; the same as stat(2) shows. */
    long numberOf(OverlayDentry directory, LayerFile from, Name name, int type, long number) throws ErrnoException {
        OverlayDentry known = (OverlayDentry) directory.child(name);
        if (known != null && !known.isNegative()) {
            return known.inode().number();
        }
        OverlayInode parent = directory.file();
        boolean mayDiffer =
                from.layer().isUpper() && (parent.isImpure() || (type == StatMode.S_IFDIR >>> 12 && parent.hasLower()));
        if (mayDiffer) {
            TreeDentry found = lookupMissing(calls.mounter(), directory, name);
            if (found != null) {
                return found.inode().number();
            }
        }
        return numbers.shown(from.layer(), number);
    }

    @Override
    protected boolean mayHoldMore(TreeDentry directory) {
        return !((OverlayDentry) directory).file().isComplete();
    }

    @Override
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name)
            throws ErrnoException {
        OverlayDentry parent = (OverlayDentry) directory;
        synchronized (parent.file()) {
            OverlayDentry present = (OverlayDentry) parent.child(name);
            if (present != null) {
                return present.isNegative() ? null : present;
            }
            LayerLookup.Found found = new LayerLookup(this, name).in(parent.file());
            if (found == null) {
                remember(parent, OverlayDentry.negative(parent, name));
                return null;
            }
            OverlayInode inode = fileOf(found);
            OverlayDentry made = OverlayDentry.of(parent, name, inode, found.upper() != null);
            inode.addName(made);
            return attach(parent, made);
        }
    }

    private void remember(OverlayDentry parent, OverlayDentry negative) {
        attach(parent, negative);
        OverlayDentry oldest = negatives.add(negative);
        OverlayDentry above = oldest == null ? null : oldest.directory();
        if (oldest != null && above != null) {
            detach(above, oldest);
        }
    }

    /** Only negative dentries are asked about. */
    @Override
    protected @Nullable TreeDentry revalidate(Credentials credentials, TreeDentry directory, TreeDentry known) {
        return ((OverlayDentry) known).isNegative() ? null : known;
    }

    private OverlayInode fileOf(LayerLookup.Found found) throws ErrnoException {
        Stat real = new Stat();
        calls.stat(found.real(), real);
        if (real.isDirectory() || real.links <= 1) {
            return newInode(found, found.upper(), real, null);
        }
        OverlayInode known = linked.get(identity(found.real()));
        if (known != null) {
            return known;
        }
        return found.upper() != null ? linkedUpper(found, real) : linkedLower(found, real);
    }

    private static Object identity(VirtualDentry place) {
        return place.mount().fileSystem().identityOf(place.dentry());
    }

    /** A file of the upper layer with several names. */
    private OverlayInode linkedUpper(LayerLookup.Found found, Stat real) throws ErrnoException {
        VirtualDentry upper = found.real();
        OverlayInode made = newInode(found, upper, real, keyOf(upper));
        if (made.key() != null && writing != null) {
            made.links(writing.hardLinks().countOfUpper(upper, real.links));
        }
        return linked.putIfAbsent(identity(upper), made);
    }

    /** A lower file with several names, perhaps copied up by another one. */
    private OverlayInode linkedLower(LayerLookup.Found found, Stat real) throws ErrnoException {
        Object identity = identity(found.real());
        if (writing == null) {
            return linked.putIfAbsent(identity, newInode(found, null, real, null));
        }
        long number = numbers.shown(found.lowers()[0].layer(), real.inode);
        Name key = HardLinks.key(number, real);
        VirtualDentry copy = writing.hardLinks().copy(key);
        if (copy == null) {
            OverlayInode made = newInode(found, null, real, key);
            made.links(writing.hardLinks().countOfLower(key, real.links));
            return linked.putIfAbsent(identity, made);
        }
        OverlayInode known = linked.get(identity(copy));
        if (known == null) {
            Stat stat = new Stat();
            calls.stat(copy, stat);
            OverlayInode made = newInode(found, copy, stat, key);
            made.links(writing.hardLinks().countOfUpper(copy, stat.links));
            known = linked.putIfAbsent(identity(copy), made);
        }
        return linked.putIfAbsent(identity, known);
    }

    /** Leads further names of a file of the upper layer to this. */
    void rememberLinked(VirtualDentry upper, OverlayInode inode) {
        linked.putIfAbsent(identity(upper), inode);
    }

    private @Nullable Name keyOf(VirtualDentry upper) throws ErrnoException {
        byte[] value = calls.attribute(upper, attributes.inode);
        return value == null || value.length > Name.MAX || indexOfDot(value) == value.length
                ? null
                : Name.of(value, 0, value.length);
    }

    private OverlayInode newInode(LayerLookup.Found found, @Nullable VirtualDentry upper, Stat real, @Nullable Name key)
            throws ErrnoException {
        long number;
        boolean copied = false;
        LayerFile[] lowers = found.lowers();
        if (upper == null) {
            number = numbers.shown(lowers[0].layer(), real.inode);
        } else {
            byte[] kept = calls.attribute(upper, attributes.inode);
            copied = kept != null;
            boolean isMerged = real.isDirectory() && lowers.length != 0;
            number = kept != null
                    ? parseNumber(kept, real.inode)
                    : isMerged ? lowerNumber(lowers[0]) : numbers.shown(upperLayer, real.inode);
        }
        OverlayInode made = new OverlayInode(this, number, real, upper, lowers, key);
        made.data(found.data());
        made.redirect(found.redirect());
        if (copied) {
            made.setCopied();
        }
        if (upper != null && real.isDirectory()) {
            if (found.opaque()) {
                made.setOpaque();
            }
            if (calls.attribute(upper, attributes.impure) != null) {
                made.setImpure();
            }
        }
        return made;
    }

    private long lowerNumber(LayerFile lower) throws ErrnoException {
        return numbers.shown(lower.layer(), calls.stat(lower.place()).inode);
    }

    private static int indexOfDot(byte[] value) {
        int at = 0;
        while (at < value.length && value[at] != '.') {
            at++;
        }
        return at;
    }

    private long parseNumber(byte[] value, long otherwise) {
        try {
            String text = new String(value, 0, indexOfDot(value), StandardCharsets.US_ASCII);
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            return numbers.shown(upperLayer, otherwise);
        }
    }

    /** A file that was just made in the upper layer. */
    OverlayInode newFile(VirtualDentry upper) throws ErrnoException {
        Stat stat = new Stat();
        calls.stat(upper, stat);
        long number = numbers.shown(upperLayer, stat.inode);
        return new OverlayInode(this, number, stat, upper, LayerFile.NONE, null);
    }

    // What changes entries; the caller holds the monitor of the directory's file.

    /** EEXIST if a directory has an entry of a name, ENOENT if it was removed. */
    void requireFree(OverlayDentry directory, Name name) throws ErrnoException {
        if (directory.isSealed()) {
            throw Errno.ENOENT.exception();
        }
        OverlayDentry present = (OverlayDentry) directory.child(name);
        if (present != null && !present.isNegative()) {
            throw Errno.EEXIST.exception();
        }
    }

    /** ENOENT if an entry is not in its directory any more. */
    void requirePresent(OverlayDentry directory, OverlayDentry entry) throws ErrnoException {
        if (directory.child(entry.name()) != entry) {
            throw Errno.ENOENT.exception();
        }
    }

    private void dropNegative(OverlayDentry directory, Name name) {
        OverlayDentry present = (OverlayDentry) directory.child(name);
        if (present != null && present.isNegative()) {
            detach(directory, present);
        }
    }

    /** Enters a new name into a directory. */
    OverlayDentry enter(OverlayDentry directory, Name name, OverlayInode inode) {
        dropNegative(directory, name);
        OverlayDentry made = OverlayDentry.of(directory, name, inode, true);
        inode.addName(made);
        attach(directory, made);
        return made;
    }

    /** Takes a name out of a directory. */
    void leave(OverlayDentry directory, OverlayDentry victim) {
        detach(directory, victim);
        victim.file().removeName(victim);
    }

    void moved(OverlayDentry source, OverlayDentry to, Name name, @Nullable OverlayDentry target) {
        if (target != null) {
            replace(source, target);
        } else {
            dropNegative(to, name);
            move(source, to, name);
        }
    }

    void swapped(OverlayDentry one, OverlayDentry other) {
        exchange(one, other);
    }

    /** Lets nothing come into a directory any more that holds nothing. */
    void bury(OverlayDentry directory) {
        directory.forEachChild(child -> detach(directory, child));
        directory.seal();
    }

    // The hooks.

    @Override
    protected byte[] linkTarget(Credentials credentials, Inode link) throws ErrnoException {
        return calls.readlink(((OverlayInode) link).real());
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        OverlayDentry dentry = (OverlayDentry) place.dentry();
        OverlayInode inode = dentry.file();
        if (inode.isDirectory()) {
            return new OverlayDirectoryDescription(this, place, credentials, flags);
        }
        if (!inode.isRegular()) {
            throw Errno.ENXIO.exception();
        }
        boolean truncates = (flags & OpenFlags.O_TRUNC) != 0;
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (writes || truncates) {
            writing().copyUp().copy(dentry, truncates ? 0 : CopyUp.ALL);
        }
        VirtualDentry data = inode.dataPlace();
        int layerFlags = OverlayFileDescription.layerFlags(flags) | (inode.isUpper() ? 0 : OpenFlags.O_NOATIME);
        FileDescription opened = calls.open(data, layerFlags);
        if (truncates) {
            refresh(inode);
        }
        return new OverlayFileDescription(this, place, credentials, flags, data, opened);
    }

    @Override
    protected int changeAttributes(Credentials credentials, Inode file, SetStat wanted) throws ErrnoException {
        OverlayInode inode = (OverlayInode) file;
        AttributeChange change = new AttributeChange();
        int outcome = change.prepare(credentials, inode, wanted);
        if (outcome != DONE) {
            return outcome;
        }
        bringUp(inode, change.has(SetStat.SIZE) ? change.size : CopyUp.ATTRIBUTES);
        SetStat applied = new SetStat();
        applied.mask = (wanted.mask & (SetStat.OWNER | SetStat.ACCESS_NOW | SetStat.MODIFY_NOW)) | change.mask;
        applied.mode = change.mode;
        applied.uid = change.uid;
        applied.gid = change.gid;
        applied.size = change.size;
        applied.accessSeconds = change.accessSeconds;
        applied.accessNanos = change.accessNanos;
        applied.modifySeconds = change.modifySeconds;
        applied.modifyNanos = change.modifyNanos;
        synchronized (inode) {
            calls.change(inode.upperPlace(), applied);
            refresh(inode);
        }
        return DONE;
    }

    private void bringUp(OverlayInode inode, long length) throws ErrnoException {
        Writing present = writing();
        OverlayDentry[] names = inode.names();
        if (inode == root.file()) {
            return;
        }
        if (names.length == 0) {
            if (!inode.isUpper()) {
                throw Errno.ESTALE.exception();
            }
            return;
        }
        OverlayDentry by = names[0];
        for (OverlayDentry name : names) {
            if (name.isInUpper()) {
                by = name;
            }
        }
        present.copyUp().copy(by, length);
    }

    @Override
    protected int createFile(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        EntryCreation.Made made = writing()
                .creation()
                .file(
                        path.credentials(),
                        (OverlayDentry) directory,
                        path.component(),
                        options.flags(),
                        options.mode() & 07777);
        opened(path, made, options.flags() & ~OpenFlags.O_TRUNC);
        return DONE;
    }

    private void opened(ResolvingPath path, EntryCreation.Made made, int flags) {
        FileDescription real = made.opened();
        if (real == null) {
            throw new IllegalStateException("a file was made but not opened");
        }
        VirtualDentry place = new VirtualDentry(path.mount(), made.dentry());
        VirtualDentry data = made.dentry().file().dataPlace();
        path.opened(new OverlayFileDescription(this, place, path.credentials(), flags, data, real));
    }

    @Override
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        EntryCreation.Made made = writing()
                .creation()
                .temporary(path.credentials(), (OverlayDentry) directory, options.flags(), options.mode() & 07777);
        opened(path, made, options.flags());
        return DONE;
    }

    @Override
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) throws ErrnoException {
        int permissions = mode & (0777 | StatMode.S_ISVTX);
        writing().creation().directory(path.credentials(), (OverlayDentry) directory, path.component(), permissions);
        return DONE;
    }

    @Override
    protected int makeNode(ResolvingPath path, TreeDentry directory, int mode, long number) throws ErrnoException {
        if ((mode & StatMode.S_IFMT) == StatMode.S_IFCHR && number == 0) {
            return -Errno.EPERM.number();
        }
        writing().creation().node(path.credentials(), (OverlayDentry) directory, path.component(), mode, number);
        return DONE;
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) throws ErrnoException {
        writing().creation().symlink(path.credentials(), (OverlayDentry) directory, path.component(), target);
        return DONE;
    }

    @Override
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) throws ErrnoException {
        writing().creation().link((OverlayDentry) directory, path.component(), (OverlayDentry) existing);
        return DONE;
    }

    @Override
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        writing().removal().file((OverlayDentry) directory, (OverlayDentry) victim);
        return DONE;
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        writing().removal().directory((OverlayDentry) directory, (OverlayDentry) victim);
        return DONE;
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        writing()
                .rename()
                .rename(
                        (OverlayDentry) source,
                        (OverlayDentry) from.found(),
                        (OverlayDentry) path.found(),
                        path.component(),
                        (OverlayDentry) target,
                        flags);
        return DONE;
    }
}
