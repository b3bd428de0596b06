package org.caisson.vfs.notify;

import java.util.HashMap;
import java.util.Map;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/**
 * What users have of inotify, and the limits of it: the sysctls {@code fs.inotify.*}. One is enough for a virtual file system. Safe for
 * any thread.
 */
public final class InotifyAccounts {
    private static final int DEFAULT_INSTANCES = 128;
    private static final int DEFAULT_WATCHES = 1 << 20;
    private static final int DEFAULT_EVENTS = 16384;

    private volatile int maxInstances = DEFAULT_INSTANCES;
    private volatile int maxWatches = DEFAULT_WATCHES;
    private volatile int maxQueuedEvents = DEFAULT_EVENTS;

    /** By user id. Under the monitor. */
    private final Map<Integer, Account> accounts = new HashMap<>();

    private static final class Account {
        int instances;
        int watches;
    }

    private final AnonymousFileSystem fileSystem = new AnonymousFileSystem();
    private final VirtualDentry place;

    /** With the kernel's limits, for instances that are opened in a virtual file system. */
    public InotifyAccounts(VirtualFileSystem vfs) {
        place = new VirtualDentry(vfs.newMountNamespace(fileSystem).rootMount(), fileSystem.inotify());
    }

    VirtualDentry place() {
        return place;
    }

    void statInstance(Stat out) {
        fileSystem.statOpened(fileSystem.inotify(), out);
    }

    /** {@code max_user_instances}: more of one user fail with EMFILE. */
    public void maxInstances(int limit) {
        maxInstances = limit;
    }

    /** {@code max_user_watches}: more of one user fail with ENOSPC. */
    public void maxWatches(int limit) {
        maxWatches = limit;
    }

    /** {@code max_queued_events}: what an instance that is made from now on keeps before events are lost. */
    public void maxQueuedEvents(int limit) {
        maxQueuedEvents = limit;
    }

    int maxQueuedEvents() {
        return maxQueuedEvents;
    }

    synchronized void addInstance(int uid) throws ErrnoException {
        Account account = accounts.computeIfAbsent(uid, key -> new Account());
        if (account.instances >= maxInstances) {
            throw Errno.EMFILE.exception();
        }
        account.instances++;
    }

    synchronized void removeInstance(int uid) {
        Account account = accounts.get(uid);
        if (account != null) {
            account.instances--;
            forget(uid, account);
        }
    }

    synchronized void addWatch(int uid) throws ErrnoException {
        Account account = accounts.computeIfAbsent(uid, key -> new Account());
        if (account.watches >= maxWatches) {
            throw Errno.ENOSPC.exception();
        }
        account.watches++;
    }

    synchronized void removeWatch(int uid) {
        Account account = accounts.get(uid);
        if (account != null) {
            account.watches--;
            forget(uid, account);
        }
    }

    private void forget(int uid, Account account) {
        if (account.instances == 0 && account.watches == 0) {
            accounts.remove(uid);
        }
    }
}
