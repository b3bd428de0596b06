package org.caisson.vfs.difference;

import org.caisson.vfs.Credentials;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/**
 * A directory with all beneath it, as somebody sees it.
 *
 * @param system where it is
 * @param credentials who reads or writes it; who may not read all of it fails with EACCES
 * @param top the directory
 */
public record Subtree(VirtualFileSystem system, Credentials credentials, VirtualDentry top) {}
