package org.caisson.fuse;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.fuse.protocol.FuseNotifyDeleteOut;
import org.caisson.fuse.protocol.FuseNotifyInvalEntryOut;
import org.caisson.fuse.protocol.FuseNotifyInvalInodeOut;
import org.caisson.fuse.protocol.FuseOutHeader;
import org.caisson.fuse.protocol.NotifyCode;
import org.caisson.linux.Errno;
import org.caisson.vfs.Name;
import org.caisson.vfs.VirtualDentry;

/**
 * Tells the kernel that what it remembers no longer holds. What it does not remember is passed over. Safe for any thread, but
 * never to be called from inside an operation of the served tree: the kernel may wait for that very operation.
 */
public final class FuseNotifier {
    private static final int PAYLOAD = FuseOutHeader.SIZE;

    private final ServedTree tree;
    private final Connection connection;
    private final PromptMessages messages;

    /** Guarded by this object's monitor. */
    private final MemorySegment message =
            Arena.ofAuto().allocate(PAYLOAD + FuseNotifyDeleteOut.SIZE + Name.MAX + 1, Long.BYTES);

    FuseNotifier(ServedTree tree, Connection connection, PromptMessages messages) {
        this.messages = messages;
        this.tree = tree;
        this.connection = connection;
    }

    /** The attributes and all data of a file changed. */
    public void invalidateInode(VirtualDentry place) {
        invalidateInode(place, 0, 0);
    }

    /**
     * The attributes and some data of a file changed.
     *
     * @param offset where the data begins; if negative, only the attributes changed
     * @param length how much it is; 0 means all that follows
     */
    public void invalidateInode(VirtualDentry place, long offset, long length) {
        Node node = tree.nodes.peek(place);
        if (node == null) {
            return;
        }
        synchronized (this) {
            FuseNotifyInvalInodeOut.ino(message, PAYLOAD, node.id());
            FuseNotifyInvalInodeOut.off(message, PAYLOAD, offset);
            FuseNotifyInvalInodeOut.len(message, PAYLOAD, length);
            send(NotifyCode.INVAL_INODE, FuseNotifyInvalInodeOut.SIZE);
        }
    }

    /** A name in a directory may lead elsewhere, or have come or gone. */
    public void invalidateEntry(VirtualDentry directory, Name name) {
        Node node = tree.nodes.peek(directory);
        if (node == null) {
            return;
        }
        synchronized (this) {
            FuseNotifyInvalEntryOut.parent(message, PAYLOAD, node.id());
            FuseNotifyInvalEntryOut.namelen(message, PAYLOAD, name.length());
            FuseNotifyInvalEntryOut.flags(message, PAYLOAD, 0);
            sendWithName(NotifyCode.INVAL_ENTRY, FuseNotifyInvalEntryOut.SIZE, name);
        }
    }

    /** A file was removed: who watches the directory or holds the file sees that. */
    public void delete(VirtualDentry directory, VirtualDentry child, Name name) {
        Node parent = tree.nodes.peek(directory);
        Node node = tree.nodes.peek(child);
        if (parent == null || node == null) {
            return;
        }
        synchronized (this) {
            FuseNotifyDeleteOut.parent(message, PAYLOAD, parent.id());
            FuseNotifyDeleteOut.child(message, PAYLOAD, node.id());
            FuseNotifyDeleteOut.namelen(message, PAYLOAD, name.length());
            sendWithName(NotifyCode.DELETE, FuseNotifyDeleteOut.SIZE, name);
        }
    }

    /**
     * An open file may be readable or writable now: who waits for it in poll(2) asks again. For files that do not tell it themselves, by
     * {@link org.caisson.vfs.FileDescription#listen}. May be called from anywhere.
     */
    public void wakePollers(VirtualDentry place) {
        int limit = tree.handles.limit();
        for (int slot = 0; slot < limit; slot++) {
            Handle handle = tree.handles.atSlot(slot);
            if (handle != null && handle.node.isAt(place)) {
                handle.wake(messages);
            }
        }
    }

    private void sendWithName(int code, int size, Name name) {
        name.copyTo(message, PAYLOAD + size);
        message.set(ValueLayout.JAVA_BYTE, PAYLOAD + size + name.length(), (byte) 0);
        send(code, size + name.length() + 1);
    }

    private void send(int code, int size) {
        FuseOutHeader.len(message, 0, PAYLOAD + size);
        FuseOutHeader.error(message, 0, code);
        FuseOutHeader.unique(message, 0, 0);
        int result = connection.send(message, PAYLOAD + size);
        // ENOENT: the kernel forgot it meanwhile. ENOTDIR, ENOTEMPTY: delete found it in use. ENOTCONN, ENODEV:
        // unmounted.
        if (result == -Errno.EINVAL.number() || result == -Errno.EFAULT.number()) {
            log().log(Level.ERROR, "the kernel refused FUSE notification " + code);
        }
    }

    /** Looked up when there is something to say: the first logger of a JVM costs milliseconds. */
    private static System.Logger log() {
        return System.getLogger(FuseNotifier.class.getName());
    }
}
