package org.caisson.nio;

import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.notify.InotifyAccounts;

/**
 * A tree of the virtual file system for {@code java.nio.file}: what one user sees below one root. Relative paths begin at the root.
 *
 * <p>It is known by its name, as in {@code caisson://NAME/etc/passwd}, until it is closed. Closing it closes all that was opened through
 * it, and leaves the tree as it is.
 */
public final class CaissonFileSystem extends FileSystem {
    private final CaissonFileSystemProvider provider = CaissonFileSystemProvider.instance();
    private final String name;
    private final VirtualFileSystem vfs;
    private final VirtualDentry root;
    private final Credentials credentials;

    private final OperationPool operations = new OperationPool();
    private final OpenResources resources = new OpenResources();
    private final InotifyAccounts inotifyAccounts;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final CaissonPath rootDirectory = CaissonPath.of(this, new byte[] {'/'});
    private final Accounts accounts = new Accounts(this);

    /** Frees what only this file system uses. */
    private final Runnable afterClose;

    private CaissonFileSystem(
            String name, VirtualFileSystem vfs, VirtualDentry root, Credentials credentials, Runnable afterClose) {
        this.name = FileSystemRegistry.checkName(name);
        this.vfs = Objects.requireNonNull(vfs, "vfs is null");
        this.inotifyAccounts = new InotifyAccounts(vfs);
        this.root = Objects.requireNonNull(root, "root is null");
        this.credentials = Objects.requireNonNull(credentials, "credentials is null");
        this.afterClose = afterClose;
    }

    /** A tree, under a name of its own. */
    public static CaissonFileSystem of(VirtualFileSystem vfs, VirtualDentry root, Credentials credentials) {
        return of(FileSystemRegistry.freshName(), vfs, root, credentials);
    }

    /**
     * A tree, under a given name.
     *
     * @param name of letters, digits and {@code -._~}, or empty, as in {@code caisson:///etc/passwd}
     * @param root what {@code /} means; it keeps its mount busy until the file system is closed
     * @param credentials who asks, whatever thread it is
     * @throws java.nio.file.FileSystemAlreadyExistsException if an open one has that name
     */
    public static CaissonFileSystem of(
            String name, VirtualFileSystem vfs, VirtualDentry root, Credentials credentials) {
        return owning(name, vfs, root, credentials, () -> {});
    }

    static CaissonFileSystem owning(
            String name, VirtualFileSystem vfs, VirtualDentry root, Credentials credentials, Runnable afterClose) {
        CaissonFileSystem system = new CaissonFileSystem(name, vfs, root, credentials, afterClose);
        FileSystemRegistry.add(system);
        root.mount().acquire();
        return system;
    }

    /** Its name, as in {@code caisson://NAME/}. */
    public String name() {
        return name;
    }

    /** What the tree is part of. */
    public VirtualFileSystem vfs() {
        return vfs;
    }

    /** What {@code /} means. */
    public VirtualDentry root() {
        return root;
    }

    /** Who asks. */
    public Credentials credentials() {
        return credentials;
    }

    CaissonPath rootDirectory() {
        return rootDirectory;
    }

    Accounts accounts() {
        return accounts;
    }

    InotifyAccounts inotifyAccounts() {
        return inotifyAccounts;
    }

    OpenResources resources() {
        return resources;
    }

    byte[] pathOf(VirtualDentry place) {
        return vfs.pathOf(root, place);
    }

    /** An operation at the root, to be given back. */
    PathOperation takeOperation() {
        if (!open.get()) {
            throw new ClosedFileSystemException();
        }
        return operations.take().root(root);
    }

    void giveOperation(PathOperation operation) {
        operations.give(operation);
    }

    @Override
    public CaissonFileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() throws IOException {
        if (open.compareAndSet(true, false)) {
            FileSystemRegistry.remove(this);
            try {
                resources.closeAll();
            } finally {
                root.mount().release();
                afterClose.run();
            }
        }
    }

    @Override
    public boolean isOpen() {
        return open.get();
    }

    @Override
    public boolean isReadOnly() {
        return root.mount().isReadOnly();
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(rootDirectory);
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return CaissonFileStore.all(this);
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return NamedAttributes.VIEWS;
    }

    @Override
    public Path getPath(String first, String... more) {
        StringBuilder text = new StringBuilder(first);
        for (String part : more) {
            if (!part.isEmpty()) {
                text.append(text.isEmpty() ? "" : "/").append(part);
            }
        }
        return CaissonPath.of(this, PathText.encode(text.toString()));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        int colon = syntaxAndPattern.indexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException(syntaxAndPattern + " is not of the form SYNTAX:PATTERN");
        }
        String input = syntaxAndPattern.substring(colon + 1);
        String syntax = syntaxAndPattern.substring(0, colon);
        Pattern pattern;
        if (syntax.equalsIgnoreCase("glob")) {
            pattern = Glob.compile(input);
        } else if (syntax.equalsIgnoreCase("regex")) {
            pattern = Pattern.compile(input);
        } else {
            throw new UnsupportedOperationException("Syntax '" + syntax + "' not recognized");
        }
        return path -> pattern.matcher(path.toString()).matches();
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return accounts;
    }

    @Override
    public WatchService newWatchService() throws IOException {
        if (!isOpen()) {
            throw new ClosedFileSystemException();
        }
        return CaissonWatchService.open(this);
    }

    /** {@code caisson://NAME/}. */
    @Override
    public String toString() {
        return CaissonFileSystemProvider.SCHEME + "://" + name + "/";
    }
}
