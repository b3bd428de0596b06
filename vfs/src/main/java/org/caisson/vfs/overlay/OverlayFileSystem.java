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
import org.caisson.vfs.FileSystemObserver;
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
import org.caisson.vfs.pipe.PipeInode;
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
    private final NegativeEntries negatives = new NegativeEntries();
    private final OverlayDentry root;
    private final ChangeGate gate = new ChangeGate();

    /** Null for an overlay that cannot be written to. */
    private final @Nullable Writing writing;

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
        this(new LayerStack(system, mounter, options));
        if (writing == null) {
            beginReadOnly();
        }
    }

    private OverlayFileSystem(LayerStack layers) throws ErrnoException {
        this.layers = layers;
        calls = layers.calls();
        boolean complete = false;
        try {
            VirtualDentry work = layers.work();
            Workspace workspace = work == null ? null : Workspace.prepare(calls, work);
            HardLinks hardLinks = workspace == null ? null : new HardLinks(layers, workspace);
            files = new FileTable(layers, hardLinks);
            root = OverlayDentry.of(null, Name.EMPTY, files.root(), layers.hasUpper());
            writing = workspace == null || hardLinks == null ? null : writing(workspace, hardLinks);
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
        OverlayFileSystem made = new OverlayFileSystem(layers);
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

    @Override
    protected void release() {
        layers.release();
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
        calls.statistics(layers.top().root(), out);
        out.type = MAGIC;
        out.id = device();
        out.flags = 0;
    }

    // What the layers show.

    /** Shows mode and owner as they are in the layer now. */
    void refresh(OverlayInode inode) throws ErrnoException {
        inode.show(calls.stat(inode.real()));
        if (inode.accessAcl() != null) {
            files.loadAccessAcl(inode);
        }
    }

    /** Clears the set-id bits that writing clears. */
    void dropSetIds(Credentials caller, OverlayInode inode) throws ErrnoException {
        AttributeChange change = new AttributeChange();
        change.prepareWrite(caller, inode);
        if (!change.has(SetStat.MODE)) {
            return;
        }
        SetStat applied = new SetStat();
        applied.mask = SetStat.MODE;
        applied.mode = change.mode;
        synchronized (inode) {
            calls.change(inode.upperPlace(), applied);
            refresh(inode);
        }
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
        return layers.shown(from.layer(), number);
    }

    @Override
    protected boolean mayHoldMore(TreeDentry directory) {
        return !((OverlayDentry) directory).file().isComplete();
    }

    @Override
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name)
            throws ErrnoException {
        OverlayDentry parent = (OverlayDentry) directory;
        synchronized (parent) {
            OverlayDentry present = (OverlayDentry) parent.child(name);
            if (present != null) {
                return present.isNegative() ? null : present;
            }
            LayerLookup.Found found = new LayerLookup(layers, name).in(parent.file());
            if (found == null) {
                remember(parent, OverlayDentry.negative(parent, name));
                return null;
            }
            OverlayInode inode = files.of(found);
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

    // What changes entries; the caller holds the monitor of the directory.

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
    OverlayDentry enter(OverlayDentry directory, Name name, OverlayInode inode, boolean isLink) {
        dropNegative(directory, name);
        OverlayDentry made = OverlayDentry.of(directory, name, inode, true);
        inode.addName(made);
        FileSystemObserver observer = beginNames();
        try {
            attach(directory, made);
            if (observer != null) {
                if (isLink) {
                    observer.linked(made);
                } else {
                    observer.created(made);
                }
            }
        } finally {
            endNames(observer);
        }
        return made;
    }

    /** Takes a name out of a directory. */
    void leave(OverlayDentry directory, OverlayDentry victim) {
        FileSystemObserver observer = beginNames();
        try {
            detach(directory, victim);
            victim.file().removeName(victim);
            if (observer != null) {
                observer.removed(victim);
            }
        } finally {
            endNames(observer);
        }
    }

    void moved(OverlayDentry source, OverlayDentry from, OverlayDentry to, Name name, @Nullable OverlayDentry target) {
        Name oldName = source.name();
        dropNegative(to, name);
        FileSystemObserver observer = beginNames();
        try {
            if (target != null) {
                replace(source, target);
            } else {
                move(source, to, name);
            }
            if (target != null) {
                target.file().removeName(target);
            }
            if (observer != null) {
                observer.moved(source, from, oldName, target);
            }
        } finally {
            endNames(observer);
        }
    }

    void swapped(OverlayDentry one, OverlayDentry other) {
        FileSystemObserver observer = beginNames();
        try {
            exchange(one, other);
            if (observer != null) {
                observer.exchanged(one, other);
            }
        } finally {
            endNames(observer);
        }
    }

    /** Data of a file were written. */
    void dataChanged(OverlayInode inode, long offset, long length) throws ErrnoException {
        if (length > 0 && observer() != null) {
            tellDataChanged(inode, offset, length, calls.stat(inode.real()).size);
        }
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
            writing().copyUp().copy(dentry, truncates ? 0 : CopyUp.ALL);
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
            dropSetIds(credentials, inode);
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
                    inode.pipe().open(place, credentials, flags, new OpenPipe(inode), interruption);
            opened = true;
            return description;
        } finally {
            if (!opened) {
                inode.release();
            }
        }
    }

    /** A pipe of this file system as those who have it open see it. */
    private final class OpenPipe implements PipeInode {
        private final OverlayInode inode;

        OpenPipe(OverlayInode inode) {
            this.inode = inode;
        }

        @Override
        public void stat(Stat out) {
            OverlayFileSystem.this.stat(inode, out);
        }

        @Override
        public void setStat(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
            changeOpened(opened, caller, change);
        }

        @Override
        public void closed() {
            inode.release();
        }
    }

    @Override
    protected int changeAttributes(Credentials credentials, Inode file, SetStat wanted) throws ErrnoException {
        int passed = gate.enter();
        try {
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
        return calls.attribute(
                ((OverlayInode) inode).real(), layers.attributes().stored(name));
    }

    @Override
    protected void forEachXattr(Inode inode, Consumer<Name> visitor) throws ErrnoException {
        OverlayAttributes attributes = layers.attributes();
        for (Name stored : calls.attributes(((OverlayInode) inode).real())) {
            boolean isAcl = stored.equals(Acl.ACCESS) || stored.equals(Acl.DEFAULT);
            if (!isAcl && !attributes.isPrivate(stored)) {
                visitor.accept(attributes.shown(stored));
            }
        }
    }

    @Override
    protected int setXattr(Inode file, Name name, byte @Nullable [] value, int flags) throws ErrnoException {
        int passed = gate.enter();
        try {
            OverlayInode inode = (OverlayInode) file;
            Name stored = layers.attributes().stored(name);
            if (value == null && !inode.isUpper() && calls.attribute(inode.real(), stored) == null) {
                return -Errno.ENODATA.number();
            }
            bringUp(inode, CopyUp.ATTRIBUTES);
            if (value == null) {
                calls.removeAttribute(inode.upperPlace(), stored);
            } else {
                calls.setAttribute(inode.upperPlace(), stored, MemorySegment.ofArray(value), flags);
            }
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int setAccessAcl(Credentials credentials, Inode file, @Nullable Acl acl) throws ErrnoException {
        int passed = gate.enter();
        try {
            OverlayInode inode = (OverlayInode) file;
            int mode = AttributeChange.modeOf(credentials, inode, acl);
            bringUp(inode, CopyUp.ATTRIBUTES);
            synchronized (inode) {
                setAcl(inode.upperPlace(), Acl.ACCESS, acl);
                SetStat change = new SetStat();
                change.mask = SetStat.MODE;
                change.mode = mode;
                calls.change(inode.upperPlace(), change);
                files.loadAccessAcl(inode);
                inode.show(calls.stat(inode.real()));
            }
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int setDefaultAcl(Inode directory, @Nullable Acl acl) throws ErrnoException {
        int passed = gate.enter();
        try {
            OverlayInode inode = (OverlayInode) directory;
            bringUp(inode, CopyUp.ATTRIBUTES);
            synchronized (inode) {
                setAcl(inode.upperPlace(), Acl.DEFAULT, acl);
                files.loadDefaultAcl(inode);
            }
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    private void setAcl(VirtualDentry place, Name attribute, @Nullable Acl acl) throws ErrnoException {
        if (acl != null) {
            calls.setAttribute(place, attribute, acl.toBytes());
            return;
        }
        try {
            calls.removeAttribute(place, attribute);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENODATA) {
                throw e;
            }
        }
    }

    /** How much else has to be copied up for a file to be so by a name. */
    private static int cost(OverlayDentry name) {
        int cost = 0;
        for (OverlayDentry at = name; at != null && !at.isInUpper(); at = at.directory()) {
            cost++;
        }
        return cost;
    }

    private void bringUp(OverlayInode inode, long length) throws ErrnoException {
        Writing present = writing();
        OverlayDentry[] names = inode.names();
        if (inode == root.file()) {
            return;
        }
        if (names.length == 0) {
            if (inode.isDirectory() && !inode.isUpper()) {
                throw Errno.ESTALE.exception();
            }
            present.copyUp().nameless(inode, length);
            return;
        }
        OverlayDentry by = names[0];
        for (OverlayDentry name : names) {
            if (cost(name) < cost(by)) {
                by = name;
            }
        }
        present.copyUp().copy(by, length);
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
