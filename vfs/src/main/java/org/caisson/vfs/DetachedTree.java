package org.caisson.vfs;

import org.jspecify.annotations.Nullable;

/**
 * A tree of mounts that is attached nowhere, or was when this was made: what the descriptors of fsmount(2) and of open_tree(2) with
 * OPEN_TREE_CLONE stand for. Closing it ends the tree unless it was attached meanwhile.
 */
public final class DetachedTree implements AutoCloseable {
    private final MountTree tree;
    private final VirtualDentry root;
    private boolean closed;

    /** Acquires the mount. Under the mount lock. */
    DetachedTree(MountTree tree, Mount top) {
        this.tree = tree;
        root = top.root();
        top.acquire();
    }

    /** Where the tree begins: to walk from, and for {@link PathOperation#itself} to attach it. */
    public VirtualDentry root() {
        return root;
    }

    @Override
    public void close() {
        Mount top = root.mount();
        synchronized (tree) {
            if (closed) {
                return;
            }
            closed = true;
            @Nullable MountNamespace namespace = top.namespace();
            if (namespace != null && top.isDetachedRoot()) {
                tree.unmount(top, MountTree.Manner.CONNECTED, false);
            }
        }
        tree.disposeLoose();
        top.release();
    }
}
