package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Acl;
import org.caisson.vfs.AttributeChange;
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
    /** OVERLAYFS_SUPER_MAGIC of {@code linux/magic.h}. */
    private static final long MAGIC = 0x794c7630;

    private final LayerStack layers;
    private final LayerCalls calls;
    private final FileTable files;
    private final OverlayEntries entries;
    private final OverlayChanges changes;
    private final OverlayDentry root;
    private final ChangeGate gate = new ChangeGate();

    /** Null for an overlay that cannot be written to. */
    private final @Nullable Writing writing;

    /** What mountinfo shows of how it was mounted. */
    private final String shown;

    private static final long ST_RDONLY = 1;

    /** What an overlay with an upper layer has more. */
    private record Writing(
            Workspace workspace, CopyUp copyUp, EntryCreation creation, EntryRemoval removal, EntryRename rename) {
        /** Whether files have been copied up to which other names lead from lower directories. */
        boolean keepsLinks() throws ErrnoException {
            return workspace.links(false) != null;
        }
    }

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
        Writing present = writing;
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
            writing = workspace == null || hardLinks == null ? null : writing(workspace, hardLinks);
            changes = new OverlayChanges(layers, files, root.file(), writing == null ? null : writing.copyUp());
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

    private Writing writing(Workspace workspace, HardLinks hardLinks) {
        CopyUp copyUp = new CopyUp(layers, files, workspace, hardLinks);
        EntryRemoval removal = new EntryRemoval(this, workspace, copyUp, hardLinks);
        return new Writing(
                workspace,
                copyUp,
                new EntryCreation(this, workspace, copyUp, hardLinks),
                removal,
                new EntryRename(this, workspace, copyUp, removal));
    }

    private Writing writing() throws ErrnoException {
        Writing present = writing;
        if (present == null) {
            throw Errno.EROFS.exception();
        }
        return present;
    }

    /** A new overlay of the lower layers alone: what this one was before anything was written to it. */
    public OverlayFileSystem withoutUpper() throws ErrnoException {
        OverlayOptions own = layers.options();
        OverlayOptions lowerOnes = new OverlayOptions(
                own.lowers(),
                own.dataLayers(),
                null,
                null,
                own.redirects(),
                own.metacopy(),
                own.userAttributes(),
                false);
        return new OverlayFileSystem(layers.system(), calls.mounter(), lowerOnes);
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
            return writing != null && writing.keepsLinks();
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
                lookupMissing(calls.mounter(), fetching, entry.name());
            }
            inode.setFetched();
        }
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
    protected byte[] linkTarget(Credentials credentials, Inode link) throws ErrnoException {
        return calls.readlink(((OverlayInode) link).real());
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        OverlayDentry dentry = (OverlayDentry) place.dentry();
        OverlayInode inode = dentry.file();
        if (inode.isDirectory()) {
            inode.acquire(dentry);
            return new OverlayDirectoryDescription(this, place, credentials, flags);
        }
        if (!inode.isRegular()) {
            throw Errno.ENXIO.exception();
        }
        boolean truncates = (flags & OpenFlags.O_TRUNC) != 0;
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (!writes && !truncates) {
            return openLayer(place, credentials, flags);
        }
        int passed = gate.enter();
        try {
            long length = truncates ? 0 : CopyUp.ALL;
            if (dentry.isAttached()) {
                writing().copyUp().copy(dentry, length);
            } else {
                // The name is gone: what is opened again is perhaps known by another, or by none.
                changes.bringUp(inode, length);
            }
            return openLayer(place, credentials, flags);
        } finally {
            gate.leave(passed);
        }
    }

    private FileDescription openLayer(VirtualDentry place, Credentials credentials, int flags) throws ErrnoException {
        OverlayDentry dentry = (OverlayDentry) place.dentry();
        OverlayInode inode = dentry.file();
        boolean truncates = (flags & OpenFlags.O_TRUNC) != 0;
        VirtualDentry data = inode.dataPlace();
        int layerFlags = OverlayFileDescription.layerFlags(flags) | (inode.isUpper() ? 0 : OpenFlags.O_NOATIME);
        FileDescription opened = calls.open(data, layerFlags);
        if (truncates && AttributeChange.hasSetIds(inode)) {
            changes.dropSetIds(credentials, inode);
        }
        inode.acquire(dentry);
        return new OverlayFileDescription(this, place, credentials, flags, data, opened);
    }

    /** A pipe is the overlay's, not the layer's: who opens the layer's file meets nobody who opened this one. */
    @Override
    protected FileDescription openFifo(
            VirtualDentry place, Credentials credentials, int flags, @Nullable Interruption interruption)
            throws ErrnoException {
        OverlayInode inode = ((OverlayDentry) place.dentry()).file();
        inode.acquire();
        boolean opened = false;
        try {
            FileDescription description =
                    inode.pipe().open(place, credentials, flags, new OverlayPipe(this, inode), interruption);
            opened = true;
            return description;
        } finally {
            if (!opened) {
                inode.release();
            }
        }
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
        int passed = gate.enter();
        try {
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
        } finally {
            gate.leave(passed);
        }
    }

    private void opened(ResolvingPath path, EntryCreation.Made made, int flags) {
        FileDescription real = made.opened();
        if (real == null) {
            throw new IllegalStateException("a file was made but not opened");
        }
        VirtualDentry place = new VirtualDentry(path.mount(), made.dentry());
        VirtualDentry data = made.dentry().file().dataPlace();
        made.dentry().file().acquire(made.dentry());
        path.opened(new OverlayFileDescription(this, place, path.credentials(), flags, data, real));
    }

    @Override
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        int passed = gate.enter();
        try {
            EntryCreation.Made made = writing()
                    .creation()
                    .temporary(path.credentials(), (OverlayDentry) directory, options.flags(), options.mode() & 07777);
            addNameless(made.dentry());
            opened(path, made, options.flags());
            layers.orphans().add(made.dentry().file());
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) throws ErrnoException {
        int passed = gate.enter();
        try {
            int permissions = mode & (0777 | StatMode.S_ISVTX);
            writing()
                    .creation()
                    .directory(path.credentials(), (OverlayDentry) directory, path.component(), permissions);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int makeNode(ResolvingPath path, TreeDentry directory, int mode, long number) throws ErrnoException {
        int passed = gate.enter();
        try {
            if ((mode & StatMode.S_IFMT) == StatMode.S_IFCHR && number == 0) {
                return -Errno.EPERM.number();
            }
            writing().creation().node(path.credentials(), (OverlayDentry) directory, path.component(), mode, number);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) throws ErrnoException {
        int passed = gate.enter();
        try {
            writing().creation().symlink(path.credentials(), (OverlayDentry) directory, path.component(), target);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) throws ErrnoException {
        int passed = gate.enter();
        try {
            writing().creation().link((OverlayDentry) directory, path.component(), (OverlayDentry) existing);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        int passed = gate.enter();
        try {
            return writing().removal().file((OverlayDentry) directory, (OverlayDentry) victim, path.component())
                    ? DONE
                    : AGAIN;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        int passed = gate.enter();
        try {
            writing().removal().directory((OverlayDentry) directory, (OverlayDentry) victim);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        int passed = gate.enter();
        try {
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
        } finally {
            gate.leave(passed);
        }
    }
}
