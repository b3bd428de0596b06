/**
 * The Java door: a {@code java.nio.file} provider with the scheme {@code caisson}, over any tree of the virtual file system. Ordinary
 * Java code and its libraries run on it unchanged.
 *
 * <p>{@link org.caisson.nio.CaissonFileSystem} is a tree as seen from one root by one user. Its paths are Linux's: bytes, of no
 * particular character set. Results, exceptions and their order are those of the JDK's own provider on Linux.
 *
 * <p>Each operation borrows a {@code PathOperation}, aims it at a {@code FileReference} (a path, or a name in an open directory) and
 * turns the errno of a failure into the exception that the JDK would throw. An {@code OpenFile} is what the two kinds of channel share.
 * Data moves between the caller's buffer and the file without a copy in between.
 *
 * <p>Lock order:
 * <pre>
 * channel's position
 * directory stream
 * watch service
 *   watch key
 * JvmLocks
 * </pre>
 * Only a channel's position is held while something is waited for.
 */
@NullMarked
package org.caisson.nio;

import org.jspecify.annotations.NullMarked;
