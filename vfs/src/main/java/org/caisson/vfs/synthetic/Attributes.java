package org.caisson.vfs.synthetic;

import org.caisson.vfs.CachePolicy;

/**
 * What stat(2) shows of a synthetic node.
 *
 * @param permissions the mode without the type
 * @param uid the owner
 * @param gid the group
 * @param size the size shown; procfs shows 0 for what it generates
 * @param cachePolicy how long a door may remember the node
 */
record Attributes(int permissions, int uid, int gid, long size, CachePolicy cachePolicy) {
    static Attributes of(int permissions) {
        return new Attributes(permissions, 0, 0, 0, CachePolicy.NONE);
    }
}
