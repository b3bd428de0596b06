package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Acl;
import org.caisson.vfs.ChangeGate;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemChange;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.FileSystemParameter;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeFileSystem;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * Shows directory trees on top of each other as one, and writes to the topmost, as the kernel's overlayfs: what it shows, refuses and
 * stores is the same, so that either reads what the other wrote.
 *
 * <p>Layers must not be changed but through this while it is in use. What it knows of them it asks once.
 */
public final class OverlayFileSystem extends TreeFileSystem {
    /** What changes an entry says if that is not there under its name any more. */
    static final int LOOK_AGAIN = AGAIN;

    /** OVERLAYFS_SUPER_MAGIC of {@code linux/magic.h}. */
    private static final long MAGIC = 0x794c7630;

    private final LayerStack layers;
    private final LayerCalls calls;
    private final FileTable files;
    private final OverlayEntries entries;
    private final OverlayChanges changes;
    private final OverlayDentry root;
    private final OverlayOpening opening;
    private final ChangeGate gate = new ChangeGate();

    /** Null for an overlay that cannot be written to. */
    private final @Nullable EntryChanges writing;

    /** What mountinfo shows of how it was mounted. */
    private final String shown;

    private static final long ST_RDONLY = 1;

    /**
     * An overlay of directories of the virtual file system.
     *
     * @param mounter in whose name the layers are read and written; needs all rights over the files there
     * @throws ErrnoException EINVAL for options that do not go together, ENOTDIR for a layer that is no directory, EROFS and the like if the
     *     upper layer cannot be written
     */
    public OverlayFileSystem(VirtualFileSystem system, Credentials mounter, OverlayOptions options)
            throws ErrnoException {
        this(wholeLayers(system, mounter, options), "");
        begin(options);
    }

    private static LayerStack wholeLayers(VirtualFileSystem system, Credentials mounter, OverlayOptions options)
            throws ErrnoException {
        LayerStack layers = new LayerStack(system, mounter, options);
        VirtualDentry work = layers.work();
        boolean whole = false;
        try {
            if (work != null) {
                Workspace.requireWhole(layers.calls(), work);
            }
            whole = true;
            return layers;
        } finally {
            if (!whole) {
                layers.release();
            }
        }
    }

    private void begin(OverlayOptions options) throws ErrnoException {
        EntryChanges present = writing;
        if (present == null) {
            beginReadOnly();
        } else if (options.isVolatile()) {
            present.workspace().markVolatile();
        }
    }

    /** One whose layers are a snapshot's. */
    static OverlayFileSystem cloned(VirtualFileSystem system, Credentials mounter, OverlayOptions options)
            throws ErrnoException {
        OverlayFileSystem made = new OverlayFileSystem(new LayerStack(system, mounter, options), "");
        if (made.writing == null) {
            made.beginReadOnly();
        }
        return made;
    }

    /** One that is mounted by the name of its type. */
    static OverlayFileSystem named(VirtualFileSystem system, Credentials mounter, OverlayOptions options, String shown)
            throws ErrnoException {
        OverlayFileSystem made = new OverlayFileSystem(wholeLayers(system, mounter, options), shown);
        made.begin(options);
        return made;
    }

    private OverlayFileSystem(LayerStack layers, String shown) throws ErrnoException {
        this.layers = layers;
        this.shown = shown;
        calls = layers.calls();
        boolean complete = false;
        try {
            VirtualDentry work = layers.work();
            Workspace workspace = work == null ? null : Workspace.prepare(calls, work);
            HardLinks hardLinks = workspace == null ? null : new HardLinks(layers, workspace);
            files = new FileTable(layers, hardLinks);
            root = OverlayDentry.of(null, Name.EMPTY, files.root(), layers.hasUpper());
            entries = new OverlayEntries(this, layers, files);
            CopyUp copyUp =
                    workspace == null || hardLinks == null ? null : new CopyUp(layers, files, workspace, hardLinks);
            changes = new OverlayChanges(layers, files, root.file(), copyUp);
            opening = new OverlayOpening(this, copyUp);
            writing = workspace == null || hardLinks == null || copyUp == null
                    ? null
                    : new EntryChanges(this, opening, workspace, copyUp, hardLinks);
            complete = true;
        } finally {
            if (!complete) {
                layers.release();
            }
        }
    }

    /** An overlay that has an upper layer but cannot be changed, and changes no times when it is read. */
    static OverlayFileSystem readOnly(VirtualFileSystem system, Credentials mounter, OverlayOptions options)
            throws ErrnoException {
        LayerStack layers = new LayerStack(system, mounter, options);
        OverlayFileSystem made = new OverlayFileSystem(layers, "");
        made.beginReadOnly();
        layers.keepAccessTimes();
        return made;
    }

    /**
     * The state of now, to be shown or cloned later: a snapshot of the file system of the upper layer, which must be a {@link MemFileSystem},
     * while no operation of the overlay is under way. Takes the same time however large the trees are.
     *
     * @throws ErrnoException EOPNOTSUPP if there is no upper layer, or if it is in a file system of another kind
     */
    public OverlaySnapshot snapshot() throws ErrnoException {
        if (!layers.hasUpper() || !(layers.top().root().mount().fileSystem() instanceof MemFileSystem upper)) {
            throw Errno.EOPNOTSUPP.exception();
        }
        return gate.whileClosed(() -> OverlaySnapshot.of(layers, upper));
    }

    /** What changes the upper layer passes this first, outside of all locks but that of renames. */
    ChangeGate gate() {
        return gate;
    }

    private EntryChanges writing() throws ErrnoException {
        EntryChanges present = writing;
        if (present == null) {
            throw Errno.EROFS.exception();
        }
        return present;
    }

    /** A new overlay of the lower layers alone: what this one was before anything was written to it. */
    public OverlayFileSystem withoutUpper() throws ErrnoException {
        return new OverlayFileSystem(
                layers.system(), calls.mounter(), layers.options().withoutUpper());
    }

    /** Files and directories that are in no upper layer are those of another overlay of the same layers. */
    @Override
    public boolean isKnownSame(Dentry file, FileSystem other, Dentry others) {
        if (super.isKnownSame(file, other, others)) {
            return true;
        }
        if (!(other instanceof OverlayFileSystem overlay)) {
            return false;
        }
        OverlayInode inode = ((OverlayDentry) file).file();
        return SharedLayers.areSame(inode, ((OverlayDentry) others).file())
                && (!inode.isDirectory() || (!mayBeChangedBeneath() && !overlay.mayBeChangedBeneath()));
    }

    /** Whether a directory that is not in the upper layer may have an entry that is. */
    private boolean mayBeChangedBeneath() {
        try {
            // Files may have been copied up to which other names lead from lower directories.
            return writing != null && writing.workspace().links(false) != null;
        } catch (ErrnoException e) {
            return true;
        }
    }

    @Override
    public boolean isDataKnownSame(Dentry file, FileSystem other, Dentry others) {
        OverlayInode inode = ((OverlayDentry) file).file();
        return other instanceof OverlayFileSystem
                ? SharedLayers.haveSameData(inode, ((OverlayDentry) others).file())
                : SharedLayers.haveSameData(inode, other, others);
    }

    LayerStack layers() {
        return layers;
    }

    FileTable files() {
        return files;
    }

    OverlayEntries entries() {
        return entries;
    }

    OverlayChanges changes() {
        return changes;
    }

    @Override
    protected void release() {
        layers.release();
    }

    @Override
    public String type() {
        return OverlayType.NAME;
    }

    @Override
    protected String options() {
        return shown;
    }

    @Override
    protected boolean hasOrphans() {
        return layers.orphans().exist();
    }

    @Override
    protected boolean ignoresRemountData() {
        return true;
    }

    /** As the kernel's, which has yet to allow any. */
    @Override
    protected FileSystemChange change(FileSystemLog log) {
        return new FileSystemChange() {
            @Override
            public boolean take(FileSystemParameter option) throws ErrnoException {
                log.error(OverlayType.NAME + ": No changes allowed in reconfigure");
                throw Errno.EINVAL.exception();
            }

            @Override
            public void apply() {}
        };
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) throws ErrnoException {
        calls.statistics(layers.top().root(), out);
        out.type = MAGIC;
        out.id = device();
        out.flags = writing == null ? ST_RDONLY : 0;
    }

    @Override
    protected boolean mayHoldMore(TreeDentry directory) {
        return !((OverlayDentry) directory).file().isComplete();
    }

    @Override
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name)
            throws ErrnoException {
        return entries.lookup((OverlayDentry) directory, name);
    }

    @Override
    protected void forEachChild(Dentry directory, Consumer<Dentry> visitor) {
        super.forEachChild(directory, child -> {
            if (!((OverlayDentry) child).isNegative()) {
                visitor.accept(child);
            }
        });
    }

    @Override
    protected boolean hasFetchedEntries(Dentry directory) {
        return ((OverlayDentry) directory).file().isFetched();
    }

    @Override
    protected void fetchEntries(Dentry directory) throws ErrnoException {
        OverlayDentry fetching = (OverlayDentry) directory;
        OverlayInode inode = fetching.file();
        synchronized (fetching) {
            if (inode.isFetched() || fetching.isSealed()) {
                return;
            }
            for (MergedListing.Entry entry : MergedListing.of(layers, inode)) {
                entries.find(fetching, entry.name());
            }
            inode.setFetched();
        }
        entries.makeRoom();
    }

    /** Only negative dentries are asked about. */
    @Override
    protected @Nullable TreeDentry revalidate(Credentials credentials, TreeDentry directory, TreeDentry known) {
        return ((OverlayDentry) known).isNegative() ? null : known;
    }

    /** Data of a file were written. */
    void dataChanged(OverlayInode inode, long offset, long length) throws ErrnoException {
        if (length > 0 && observer() != null) {
            tellDataChanged(inode, offset, length, calls.stat(inode.real()).size);
        }
    }

    // For who changes entries: the doors to what is protected.

    OverlayDentry attach(OverlayDentry directory, OverlayDentry child) {
        return (OverlayDentry) super.attach(directory, child);
    }

    void detach(OverlayDentry directory, OverlayDentry child) {
        super.detach(directory, child);
    }

    boolean forget(OverlayDentry dentry) {
        return super.forget(dentry);
    }

    @Nullable
    OverlayDentry recall(OverlayDentry directory, Name name) {
        return (OverlayDentry) super.recall(directory, name);
    }

    void addTemporary(OverlayDentry dentry) {
        addNameless(dentry);
    }

    void move(OverlayDentry child, OverlayDentry directory, Name name) {
        super.move(child, directory, name);
    }

    void replace(OverlayDentry child, OverlayDentry replaced) {
        super.replace(child, replaced);
    }

    void exchange(OverlayDentry one, OverlayDentry other) {
        super.exchange(one, other);
    }

    @Nullable
    FileSystemObserver begin() {
        return beginNames();
    }

    void end(@Nullable FileSystemObserver observer) {
        endNames(observer);
    }

    /** For what is open but no {@link OverlayFileDescription}. */
    void changeOpenPipe(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
        changeOpened(opened, caller, change);
    }

    void statPipe(OverlayInode inode, Stat out) {
        stat(inode, out);
    }

    // The hooks.

    @Override
    protected boolean mayForget(TreeDentry directory, TreeDentry child) {
        return entries.mayForget((OverlayDentry) directory, (OverlayDentry) child);
    }

    @Override
    protected byte[] linkTarget(Credentials credentials, Inode link) throws ErrnoException {
        return calls.readlink(((OverlayInode) link).real());
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        return opening.open(place, credentials, flags);
    }

    @Override
    protected FileDescription openFifo(
            VirtualDentry place, Credentials credentials, int flags, @Nullable Interruption interruption)
            throws ErrnoException {
        return opening.openFifo(place, credentials, flags, interruption);
    }

    @Override
    protected int changeAttributes(Credentials credentials, Inode inode, SetStat wanted) throws ErrnoException {
        int passed = gate.enter();
        try {
            return changes.attributes(credentials, (OverlayInode) inode, wanted);
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected boolean keepsXattrs() {
        return true;
    }

    @Override
    protected byte @Nullable [] xattr(Inode inode, Name name) throws ErrnoException {
        return changes.xattr((OverlayInode) inode, name);
    }

    @Override
    protected void forEachXattr(Inode inode, Consumer<Name> visitor) throws ErrnoException {
        changes.forEachXattr((OverlayInode) inode, visitor);
    }

    @Override
    protected int setXattr(Inode inode, Name name, byte @Nullable [] value, int flags) throws ErrnoException {
        int passed = gate.enter();
        try {
            return changes.setXattr((OverlayInode) inode, name, value, flags);
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int setAccessAcl(Credentials credentials, Inode inode, @Nullable Acl acl) throws ErrnoException {
        int passed = gate.enter();
        try {
            changes.setAccessAcl(credentials, (OverlayInode) inode, acl);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int setDefaultAcl(Inode directory, @Nullable Acl acl) throws ErrnoException {
        int passed = gate.enter();
        try {
            changes.setDefaultAcl((OverlayInode) directory, acl);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int createFile(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        writing().createFile(path, directory, options);
        return DONE;
    }

    @Override
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        writing().createTemporary(path, directory, options);
        return DONE;
    }

    @Override
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) throws ErrnoException {
        writing().makeDirectory(path, directory, mode);
        return DONE;
    }

    @Override
    protected int makeNode(ResolvingPath path, TreeDentry directory, int mode, long number) throws ErrnoException {
        writing().makeNode(path, directory, mode, number);
        return DONE;
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) throws ErrnoException {
        writing().makeSymlink(path, directory, target);
        return DONE;
    }

    @Override
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) throws ErrnoException {
        writing().makeLink(path, directory, existing);
        return DONE;
    }

    @Override
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return writing().removeFile(path, directory, victim);
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return writing().removeDirectory(directory, victim);
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        return writing().rename(path, from, source, target, flags);
    }
}
