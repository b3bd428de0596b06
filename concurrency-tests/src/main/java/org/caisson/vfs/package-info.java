/**
 * What threads may see of each other's changes. In the package of what it looks at, for it is about its inside.
 *
 * <p>Each class holds the tests of one protocol: children tables, renames, marks of directories that everybody may search, mounts, users
 * of files, change feeds.
 */
@NullMarked
package org.caisson.vfs;

import org.jspecify.annotations.NullMarked;
