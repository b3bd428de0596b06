package org.caisson.vfs;

import org.jspecify.annotations.Nullable;

/**
 * Who changes mounts: the namespace and the root directory of a task.
 *
 * @param namespace null if the root was taken off and no namespace was named: then nothing may be changed
 * @param root what the caller's paths begin at
 */
record MountCaller(@Nullable MountNamespace namespace, VirtualDentry root) {
    private static final Object NOBODY = new Object();

    static MountCaller of(PathOperation operation) {
        VirtualDentry root = operation.root;
        if (root == null) {
            throw new NullPointerException("root is null");
        }
        return new MountCaller(operation.namespace(), root);
    }

    /** The owner of the caller's namespace. */
    Object owner() {
        return namespace == null ? NOBODY : namespace.owner();
    }

    /** Whether a mount is in the caller's namespace. */
    boolean sees(Mount mount) {
        return namespace != null && mount.namespace() == namespace;
    }

    /** Whether a mount is in the caller's namespace or in a tree that is attached nowhere and was made there. */
    boolean mayUse(Mount mount) {
        if (sees(mount)) {
            return true;
        }
        MountNamespace other = mount.namespace();
        return namespace != null
                && other != null
                && other.isAnonymous()
                && (other.origin() == 0 || other.origin() == namespace.id());
    }
}
