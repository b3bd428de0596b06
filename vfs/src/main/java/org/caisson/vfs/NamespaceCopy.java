package org.caisson.vfs;

import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a mount namespace, as clone(2) and unshare(2) with CLONE_NEWNS make it, and what the task's directories have become in
 * it. Both mounts are acquired for the task, which gives those of its old directories up.
 *
 * @param namespace acquired once
 * @param root the task's root, in the new namespace if it was in the old one
 * @param workingDirectory the same of its working directory
 */
public record NamespaceCopy(MountNamespace namespace, VirtualDentry root, VirtualDentry workingDirectory) {
    static NamespaceCopy make(
            MountTree tree,
            MountNamespace original,
            @Nullable Object owner,
            VirtualDentry root,
            VirtualDentry workingDirectory)
            throws ErrnoException {
        synchronized (tree) {
            MountNamespace namespace = MountNamespace.make(tree, tree.nextNamespaceId(), owner);
            boolean foreign = namespace.owner() != original.owner();
            Mount top = original.rootMount();
            int how = MountTree.WITH_UNBINDABLE | (foreign ? MountTree.AS_SLAVE : 0);
            Mount copy = tree.copyTree(top, top.root().dentry(), how);
            if (foreign) {
                MountLocks.lock(copy);
            }
            MountTree.settle(copy, namespace);
            VirtualDentry newRoot = root;
            VirtualDentry newDirectory = workingDirectory;
            Mount from = top;
            Mount to = copy;
            while (from != null && to != null) {
                if (root.mount() == from) {
                    newRoot = root.dentry().through(to);
                }
                if (workingDirectory.mount() == from) {
                    newDirectory = workingDirectory.dentry().through(to);
                }
                from = MountTree.next(from, top);
                to = MountTree.next(to, copy);
            }
            newRoot.mount().acquire();
            newDirectory.mount().acquire();
            return new NamespaceCopy(namespace, newRoot, newDirectory);
        }
    }
}
