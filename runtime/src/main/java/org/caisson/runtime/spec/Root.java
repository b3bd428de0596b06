package org.caisson.runtime.spec;

/**
 * {@code root}: the directory that becomes the container's root.
 *
 * @param path relative paths start at the bundle
 * @param readonly nobody in the container can write to it
 * @param host a view of the host's root beneath a memory layer, whatever the path; no JSON can ask for that
 */
public record Root(String path, boolean readonly, boolean host) {
    /** A directory of the container's own. */
    public Root(String path, boolean readonly) {
        this(path, readonly, false);
    }
}
