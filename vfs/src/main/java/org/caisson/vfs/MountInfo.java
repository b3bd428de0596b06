package org.caisson.vfs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.caisson.linux.MountFlags;

/**
 * The mounts of a namespace as text ({@code fs/proc_namespace.c}): those beneath the reader's root, by the time of their making.
 * Under the mount lock.
 */
final class MountInfo {
    private static final String IN_PATHS = " \t\n\\";
    private static final String IN_WORDS = " \t\n\\#";

    private final VirtualDentry root;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();

    private MountInfo(VirtualDentry root) {
        this.root = root;
    }

    /** {@code /proc/PID/mountinfo}, see proc_pid_mountinfo(5). */
    static byte[] mountinfo(MountNamespace namespace, VirtualDentry root) {
        MountInfo info = new MountInfo(root);
        for (Mount mount : namespace.mounts()) {
            byte[] point = PathBuilder.reachablePathOf(root, mount.root());
            if (point != null) {
                info.line(mount, point);
            }
        }
        return info.text.toByteArray();
    }

    /** {@code /proc/PID/mounts}, see proc_pid_mounts(5). */
    static byte[] mounts(MountNamespace namespace, VirtualDentry root) {
        MountInfo info = new MountInfo(root);
        for (Mount mount : namespace.mounts()) {
            byte[] point = PathBuilder.reachablePathOf(root, mount.root());
            if (point != null) {
                info.shortLine(mount, point);
            }
        }
        return info.text.toByteArray();
    }

    private void line(Mount mount, byte[] point) {
        FileSystem fileSystem = mount.fileSystem();
        Mount parent = mount.parent();
        long device = fileSystem.device();
        add(mount.id() + " " + (parent == null ? mount : parent).id() + " ");
        add(major(device) + ":" + minor(device) + " ");
        escape(pathOfRoot(mount), IN_PATHS);
        add(" ");
        escape(point, IN_PATHS);
        add((mount.flags() & MountFlags.MS_RDONLY) != 0 ? " ro" : " rw");
        add(MountWords.ofMount(mount.flags()));
        add(mount.idMapping() == null ? "" : ",idmapped");
        if (mount.shared) {
            add(" shared:" + mount.group);
        }
        Mount master = mount.master;
        if (master != null) {
            add(" master:" + master.group);
            int source = reachableSource(mount, root);
            if (source != 0 && source != master.group) {
                add(" propagate_from:" + source);
            }
        }
        if (mount.unbindable) {
            add(" unbindable");
        }
        add(" - ");
        escape(bytes(fileSystem.type()), IN_WORDS);
        add(" ");
        escape(mount.source().toByteArray(), IN_WORDS);
        SuperBlock superBlock = fileSystem.superBlock();
        add(superBlock.isReadOnly() ? " ro" : " rw");
        add(MountWords.ofSuperBlock(superBlock.flags()));
        add(fileSystem.options());
        add("\n");
    }

    private void shortLine(Mount mount, byte[] point) {
        FileSystem fileSystem = mount.fileSystem();
        escape(mount.source().toByteArray(), IN_WORDS);
        add(" ");
        escape(point, IN_PATHS);
        add(" ");
        escape(bytes(fileSystem.type()), IN_WORDS);
        add(mount.isReadOnly() ? " ro" : " rw");
        add(MountWords.ofSuperBlock(fileSystem.superBlock().flags()));
        add(MountWords.ofMount(mount.flags()));
        add(mount.idMapping() == null ? "" : ",idmapped");
        add(fileSystem.options());
        add(" 0 0\n");
    }

    /** The root of a mount within its file system. */
    static byte[] pathOfRoot(Mount mount) {
        Dentry dentry = mount.root().dentry();
        byte[] path = PathBuilder.pathInFileSystem(mount.fileSystem(), dentry);
        if (!dentry.isGone()) {
            return path;
        }
        ByteArrayOutputStream marked = new ByteArrayOutputStream();
        marked.writeBytes(path);
        marked.writeBytes(bytes("//deleted"));
        return marked.toByteArray();
    }

    /** The nearest group from which events come and that has a member beneath a root; 0 if there is none. */
    static int reachableSource(Mount mount, VirtualDentry root) {
        MountNamespace namespace = mount.namespace();
        for (Mount source = mount.master; source != null; source = source.master) {
            Mount peer = source;
            do {
                boolean here = peer.namespace() == namespace;
                if (here && PathBuilder.isReachable(peer, peer.root().dentry(), root)) {
                    return peer.group;
                }
                peer = peer.peers.nextInRing();
            } while (peer != source);
        }
        return 0;
    }

    static int major(long device) {
        return (int) ((device >>> 8) & 0xFFF);
    }

    static int minor(long device) {
        return (int) ((device & 0xFF) | ((device >>> 12) & 0xFFF00));
    }

    private static byte[] bytes(String word) {
        return word.getBytes(StandardCharsets.UTF_8);
    }

    private void add(String words) {
        text.writeBytes(bytes(words));
    }

    /** Characters of a set as a backslash and three octal digits. */
    private void escape(byte[] bytes, String escaped) {
        for (byte value : bytes) {
            if (escaped.indexOf(value) < 0) {
                text.write(value);
                continue;
            }
            text.write('\\');
            text.write('0' + ((value >>> 6) & 7));
            text.write('0' + ((value >>> 3) & 7));
            text.write('0' + (value & 7));
        }
    }
}
