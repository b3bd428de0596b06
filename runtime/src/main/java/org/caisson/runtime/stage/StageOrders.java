package org.caisson.runtime.stage;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.agent.Call;
import org.caisson.emulation.agent.CallWriter;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Capabilities;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.jspecify.annotations.Nullable;

/**
 * Steps that the stage takes one after the other inside the new namespaces. Until {@link #root} paths are the host's (as
 * seen in the new mount namespace); from then on every target is resolved beneath that root and cannot leave it, while
 * sources stay the host's until {@link #pivot}. The descriptors used stay the caller's and may be closed once the stage
 * has been built. Every method returns this.
 */
public final class StageOrders {
    private static final int LARGEST = 1 << 24;
    private static final byte[] ITSELF = {'0'};
    /** {@code MAX_FDS} of {@code stage.h}, less the orders' own. */
    private static final int MOST_DESCRIPTORS = 199;

    private static final int MAGIC = 0x53494143;
    private static final int VERSION = 2;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int IFF_UP_AND_RUNNING = 0x41;
    private static final int PERMISSIONS = 07777;
    /** What no file of the kernel's needs, nor the null device that hides one. */
    private static final long HARMLESS = MountAttributes.NO_SUID | MountAttributes.NO_EXEC;

    private static final String OWN_MOUNT_NAMESPACE = "/proc/self/ns/mnt";
    private static final long IN_ROOT = OpenFlags.RESOLVE_IN_ROOT | OpenFlags.RESOLVE_NO_MAGICLINKS;
    private static final long BENEATH = OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_NO_MAGICLINKS;

    record Sysctl(String path, String value) {}

    record Limit(int resource, long soft, long hard) {}

    private final CallWriter entering = new CallWriter();
    private final CallWriter calls = new CallWriter();
    private final List<OwnedFd> descriptors = new ArrayList<>();
    private final List<Limit> limits = new ArrayList<>();
    private final List<Sysctl> sysctls = new ArrayList<>();
    private @Nullable Integer oomScore;
    private boolean changesRoot;
    private boolean hasKernelTree;
    private boolean hasRoot;
    private @Nullable ProcessOrders process;

    /** No steps yet. */
    public StageOrders() {}

    /** The directory beneath which all further targets are; usually a mount point made just before. */
    public StageOrders root(String path) {
        calls.step(Step.ROOT.code(), path);
        calls.into(Slot.ROOT).open(CallWriter.NOWHERE, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        hasRoot = true;
        return this;
    }

    /**
     * Mounts a file system of a type; {@code flags} are {@code MS_*}, {@code data} its options. Each single option may
     * be at most 255 bytes long (fsconfig(2)).
     */
    public StageOrders mount(
            String source, String target, String type, long flags, String data, MountPoint mountPoint) {
        begin(Step.MOUNT, target);
        calls.newMount(
                Slot.TREE, type, source, LegacyMountFlags.options(flags, data), LegacyMountFlags.attributes(flags));
        put(target, mountPoint, NewNode.DIRECTORY);
        return this;
    }

    /** Binds a host path; attributes ({@link MountAttributes}) hold for the whole tree if recursive. */
    public StageOrders bind(
            String source,
            String target,
            boolean recursive,
            long setAttributes,
            long clearAttributes,
            Propagation propagation,
            MountPoint mountPoint) {
        begin(Step.BIND, source);
        calls.into(Slot.TREE).cloneTree(CallWriter.NOWHERE, source, recursive ? AtFlags.AT_RECURSIVE : 0);
        calls.step(Step.BIND.code(), target);
        calls.setAttributes(Slot.TREE, "", recursive, setAttributes, clearAttributes, propagation.flag());
        put(target, mountPoint, NewNode.like(CallWriter.NOWHERE, source, 0));
        return this;
    }

    /** Binds what lies at {@code subPath} (empty: itself) beneath a descriptor: an attached mount or an O_PATH file. */
    public StageOrders bindFrom(
            OwnedFd source,
            String subPath,
            String target,
            boolean recursive,
            long setAttributes,
            long clearAttributes,
            Propagation propagation,
            MountPoint mountPoint) {
        int from = slot(source);
        begin(Step.BIND, subPath.isEmpty() ? target : subPath);
        if (!subPath.isEmpty()) {
            calls.into(Slot.SOURCE).open(from, subPath, OpenFlags.O_PATH, IN_ROOT);
        }
        calls.into(Slot.TREE);
        calls.cloneTree(subPath.isEmpty() ? from : Slot.SOURCE, "", recursive ? AtFlags.AT_RECURSIVE : 0);
        calls.step(Step.BIND.code(), target);
        calls.setAttributes(Slot.TREE, "", recursive, setAttributes, clearAttributes, propagation.flag());
        put(target, mountPoint, subPath.isEmpty() ? like(source) : NewNode.like(from, subPath, IN_ROOT));
        return this;
    }

    /** Puts a detached mount (fsmount(2), open_tree(2)) in its place with move_mount(2). */
    public StageOrders attach(OwnedFd mount, String target, MountPoint mountPoint) {
        begin(Step.ATTACH, target);
        int from = slot(mount);
        calls.into(Slot.TREE).runOn(from, Call.FCNTL, FileCalls.F_DUPFD_CLOEXEC, 0);
        put(target, mountPoint, like(mount));
        return this;
    }

    /**
     * Copies the kernel's file systems, which stand with all their emulated parts beneath {@code path} under their usual
     * names, in such a way that no part can be taken off, also not by the container's root: the kernel locks it to what it
     * covers (mount_namespaces(7)). A plain copy becomes the agent's root directory at the {@link #pivot}.
     */
    public StageOrders lock(String path, List<KernelFileSystem> kinds) {
        begin(Step.LOCK, path);
        calls.into(Slot.SOURCE).open(CallWriter.NOWHERE, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        calls.runOn(Slot.SOURCE, Call.FCHDIR);
        CallWriter copying = calls.sibling();
        int first = Slot.LOCKED_SYS;
        for (KernelFileSystem kind : kinds) {
            first = Math.min(first, kind.slot());
            copying.into(kind.slot()).cloneTree(CallWriter.NOWHERE, kind.directory(), AtFlags.AT_RECURSIVE);
        }
        calls.inCopy(first, kinds.size(), copying);
        calls.into(Slot.KERNEL_TREE).cloneTree(Slot.SOURCE, "", AtFlags.AT_RECURSIVE);
        calls.into(Slot.SOURCE).open(CallWriter.NOWHERE, "/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        calls.runOn(Slot.SOURCE, Call.FCHDIR);
        hasKernelTree = true;
        return this;
    }

    /**
     * Takes attributes off that a {@link #lock} would lock, from the tree at {@code path}; those of a host's file system
     * are locked already.
     */
    public StageOrders clearAttributes(String path) {
        begin(Step.SET_ATTRIBUTES, path);
        int place = find(path);
        long attributes = MountAttributes.READ_ONLY | MountAttributes.NO_DEVICES | HARMLESS;
        calls.forgive(Errno.EPERM).setAttributes(place, "", true, 0, attributes, 0);
        return this;
    }

    /** Puts a locked copy in its place, once; the attributes ({@link MountAttributes}) hold for all of it. */
    public StageOrders attachLocked(KernelFileSystem kind, String target, long attributes) {
        begin(Step.ATTACH, target);
        calls.setAttributes(kind.slot(), "", true, attributes | HARMLESS, 0, Propagation.PRIVATE.flag());
        calls.setAttributes(kind.slot(), "", false, MountAttributes.NO_DEVICES, 0, 0);
        calls.attach(kind.slot(), make(target, 0, NewNode.DIRECTORY));
        calls.run(Call.CLOSE_SLOT, kind.slot());
        return this;
    }

    /** Makes a directory and its parents; one that exists is left as it is. Ids are the container's, -1 leaves them. */
    public StageOrders directory(String path, int mode, int uid, int gid) {
        begin(Step.MKDIR, path);
        make(path, 0, NewNode.of(StatMode.S_IFDIR | (mode & PERMISSIONS), 0, uid, gid));
        return this;
    }

    /** Makes an empty file and its parent directories; one that exists is left as it is. */
    public StageOrders file(String path, int mode, int uid, int gid) {
        return node(Step.TOUCH, path, StatMode.S_IFREG | (mode & PERMISSIONS), 0, uid, gid);
    }

    /** mknod(2): {@code mode} with its type bits; only outside a user namespace. */
    public StageOrders device(String path, int mode, long device, int uid, int gid) {
        return node(Step.DEVICE, path, mode, device, uid, gid);
    }

    /** A link that exists is left as it is. */
    public StageOrders symlink(String content, String path) {
        begin(Step.SYMLINK, path);
        make(path, OpenFlags.O_NOFOLLOW, NewNode.link(content));
        return this;
    }

    /** mount_setattr(2) on the mount at {@code path}. */
    public StageOrders setAttributes(
            String path, boolean recursive, long setAttributes, long clearAttributes, Propagation propagation) {
        begin(Step.SET_ATTRIBUTES, path);
        calls.setAttributes(find(path), "", recursive, setAttributes, clearAttributes, propagation.flag());
        return this;
    }

    /**
     * Hides a file behind {@code /dev/null}, a directory behind an empty read-only tmpfs; what is not there is skipped.
     * Before {@link #pivot}.
     */
    public StageOrders mask(String path) {
        long attributes = MountAttributes.READ_ONLY
                | MountAttributes.NO_SUID
                | MountAttributes.NO_DEVICES
                | MountAttributes.NO_EXEC;
        begin(Step.MASK, path);
        CallWriter cover = calls.sibling();
        cover.newMount(Slot.TREE, "tmpfs", "", "mode=755", attributes);
        calls.into(Slot.TARGET).forgive(Errno.ENOENT, Errno.ENOTDIR).skip(0, cover.count() + 1);
        calls.open(Slot.ROOT, path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, IN_ROOT);
        calls.append(cover).skip(3, 0).attach(Slot.TREE, Slot.TARGET);
        calls.into(Slot.TARGET).forgive(Errno.ENOENT, Errno.ENOTDIR).skip(0, 2);
        calls.open(Slot.ROOT, path, OpenFlags.O_PATH, IN_ROOT);
        calls.into(Slot.TREE).cloneTree(CallWriter.NOWHERE, "/dev/null", 0);
        calls.attach(Slot.TREE, Slot.TARGET);
        return this;
    }

    /** Makes the tree at {@code path} read-only by a mount of itself; what is not there is skipped. */
    public StageOrders readOnly(String path) {
        begin(Step.READ_ONLY, path);
        calls.into(Slot.TARGET).forgive(Errno.ENOENT, Errno.ENOTDIR).skip(0, 3);
        calls.open(Slot.ROOT, path, OpenFlags.O_PATH, IN_ROOT);
        calls.into(Slot.TREE).cloneTree(Slot.TARGET, "", AtFlags.AT_RECURSIVE);
        calls.setAttributes(Slot.TREE, "", true, MountAttributes.READ_ONLY, 0, Propagation.PRIVATE.flag());
        calls.attach(Slot.TREE, Slot.TARGET);
        return this;
    }

    /**
     * Makes the root the process's root directory and takes the old one off. The agent's root follows by itself, as of
     * all whose root it was (pivot_root(2)). If there is a {@link #lock kernel tree}, the agent stays behind with that.
     */
    public StageOrders pivot() {
        changesRoot = true;
        begin(Step.PIVOT, "/");
        calls.into(Slot.SOURCE).open(CallWriter.NOWHERE, "/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        calls.runOn(Slot.ROOT, Call.FCHDIR);
        calls.call(Call.PIVOT_ROOT).string(".").string(".").end();
        calls.runOn(Slot.SOURCE, Call.FCHDIR);
        calls.setAttributes(CallWriter.NOWHERE, ".", true, 0, 0, Propagation.SLAVE.flag());
        calls.call(Call.UMOUNT2).string(".").number(MountFlags.MNT_DETACH).end();
        calls.runOn(Slot.ROOT, Call.FCHDIR);
        if (hasKernelTree) {
            leaveToAgent();
        }
        return this;
    }

    /**
     * The container goes on in a copy of the mount namespace. The one that the agent is in shrinks to the plain kernel
     * tree: from there the agent takes what it mounts, which nothing inside can reach, and only where the kernel's file
     * systems are not locked may new ones be mounted.
     */
    private void leaveToAgent() {
        begin(Step.AGENT_TREE, "/proc");
        calls.into(Slot.AGENT_NAMESPACE).open(CallWriter.NOWHERE, OWN_MOUNT_NAMESPACE, OpenFlags.O_RDONLY, 0);
        calls.run(Call.UNSHARE, Namespace.MOUNT.cloneFlag());
        calls.into(Slot.OWN_NAMESPACE).open(CallWriter.NOWHERE, OWN_MOUNT_NAMESPACE, OpenFlags.O_RDONLY, 0);
        calls.runOn(Slot.AGENT_NAMESPACE, Call.SETNS, Namespace.MOUNT.cloneFlag());
        calls.setAttributes(CallWriter.NOWHERE, "/", true, 0, 0, Propagation.PRIVATE.flag());
        calls.into(Slot.SOURCE).open(CallWriter.NOWHERE, "/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        calls.into(Slot.TARGET).open(CallWriter.NOWHERE, "/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        calls.attach(Slot.KERNEL_TREE, Slot.TARGET);
        calls.runOn(Slot.KERNEL_TREE, Call.FCHDIR);
        calls.call(Call.PIVOT_ROOT).string(".").string(".").end();
        calls.runOn(Slot.SOURCE, Call.FCHDIR);
        calls.call(Call.UMOUNT2).string(".").number(MountFlags.MNT_DETACH).end();
        calls.runOn(Slot.OWN_NAMESPACE, Call.SETNS, Namespace.MOUNT.cloneFlag());
        calls.into(Slot.ROOT).open(CallWriter.NOWHERE, "/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
    }

    public StageOrders hostname(String name) {
        begin(Step.HOSTNAME, name);
        calls.call(Call.SETHOSTNAME).blob(name.getBytes(StandardCharsets.UTF_8)).end();
        return this;
    }

    public StageOrders domainname(String name) {
        begin(Step.DOMAINNAME, name);
        calls.call(Call.SETDOMAINNAME)
                .blob(name.getBytes(StandardCharsets.UTF_8))
                .end();
        return this;
    }

    /**
     * Puts the first process into a v1 control group, by its open {@code tasks} file. A process of one thread that moves itself
     * does not wait for the lock of all thread groups, which takes the kernel a grace period of RCU (cgroup_procs_write_start).
     */
    public StageOrders enter(OwnedFd tasks, String path) {
        entering.step(Step.CGROUP.code(), path);
        entering.call(Call.WRITE).slot(slot(tasks)).blob(ITSELF).end();
        return this;
    }

    /** A kernel parameter by name, set through the private procfs ({@link #rawProc}) when all steps are done. */
    public StageOrders sysctl(String name, String value) {
        sysctls.add(new Sysctl("sys/" + (name.indexOf('/') >= 0 ? name : name.replace('.', '/')), value));
        return this;
    }

    /** A limit of setrlimit(2) by number; one that may not be raised is a warning and becomes the highest allowed. */
    public StageOrders resourceLimit(int resource, long soft, long hard) {
        limits.add(new Limit(resource, soft, hard));
        return this;
    }

    /** The process's {@code oom_score_adj}; not being allowed to lower it is a warning. */
    public StageOrders oomScore(int value) {
        oomScore = value;
        return this;
    }

    /** Brings {@code lo} up. */
    public StageOrders loopback() {
        begin(Step.LOOPBACK, "lo");
        calls.into(Slot.SOURCE).run(Call.SOCKET, AF_INET, SOCK_DGRAM | OpenFlags.O_CLOEXEC, 0);
        byte[] request = new byte[40]; // struct ifreq of net/if.h: the name in 16 bytes, the flags
        request[0] = 'l';
        request[1] = 'o';
        request[16] = IFF_UP_AND_RUNNING;
        calls.call(Call.IOCTL_BYTES)
                .slot(Slot.SOURCE)
                .number(SIOCSIFFLAGS)
                .blob(request)
                .end();
        return this;
    }

    /** A procfs of the new pid namespace that is mounted nowhere: the agent's. Before {@link #pivot}. */
    public StageOrders rawProc() {
        return raw("proc", 'p');
    }

    /** The same of another pid namespace, that was mounted already. */
    public StageOrders rawProc(OwnedFd mount) {
        begin(Step.RAW_FILE_SYSTEM, "proc");
        calls.call(Call.GIVE_AGENT).number('p').slot(slot(mount)).end();
        return this;
    }

    /** A sysfs of the new network namespace that is mounted nowhere, for the agent. Before {@link #pivot}. */
    public StageOrders rawSys() {
        return raw("sysfs", 's');
    }

    /** Runs a program as it stands now (an OCI hook), gives it {@code input} to read, and waits. */
    public StageOrders hook(
            String path, List<String> arguments, List<String> environment, String input, int timeoutSeconds) {
        begin(Step.HOOK, path);
        calls.call(Call.RUN_HOOK).string(path).number(timeoutSeconds).string(input);
        calls.strings(arguments).strings(environment).end();
        return this;
    }

    /** The last step. */
    public StageOrders process(ProcessOrders last) {
        process = last;
        return this;
    }

    /** The slot in which the stage finds a descriptor. */
    int slot(OwnedFd descriptor) {
        int known = descriptors.indexOf(descriptor);
        if (known < 0) {
            known = descriptors.size();
            descriptors.add(descriptor);
        }
        return CallWriter.PASSED + known;
    }

    List<OwnedFd> descriptors() {
        return descriptors;
    }

    CallWriter calls() {
        return calls;
    }

    /** Makes room for another's descriptors, before any of one's own, so that its {@link #calls} find them. */
    void reserve(StageOrders other) {
        for (OwnedFd descriptor : other.descriptors) {
            slot(descriptor);
        }
    }

    /** All steps as the stage reads them; {@code held} are the capabilities that the first process has. */
    byte[] encoded(Capabilities.Sets held) throws StageException {
        return encoded(false, held);
    }

    /** The same, in a cgroup namespace of its own. */
    byte[] encoded(boolean newCgroupNamespace, Capabilities.Sets held) throws StageException {
        CallWriter all = new CallWriter().u32(MAGIC).u32(VERSION);
        all.append(entering);
        if (newCgroupNamespace) {
            all.step(Step.NAMESPACES.code(), "cgroup").run(Call.UNSHARE, Namespace.CGROUP.cloneFlag());
        }
        all.append(calls);
        if (process != null) {
            process.write(this, all, held);
        }
        byte[] bytes = all.toByteArray();
        if (bytes.length > LARGEST) {
            throw new StageException(Step.ORDERS, Errno.EMSGSIZE, "all " + bytes.length + " bytes");
        }
        if (descriptors.size() > MOST_DESCRIPTORS) {
            throw new StageException(Step.ORDERS, Errno.EMSGSIZE, "all " + descriptors.size() + " descriptors");
        }
        return bytes;
    }

    /** The capabilities asked for that the first process does not have to give. */
    long lacking(Capabilities.Sets held) {
        return process == null ? 0 : process.lacking(held);
    }

    List<Sysctl> sysctls() {
        return sysctls;
    }

    List<Limit> limits() {
        return limits;
    }

    @Nullable
    Integer oomScore() {
        return oomScore;
    }

    /** A container of its own, not a program that joins one. */
    boolean changesRoot() {
        return changesRoot;
    }

    private void begin(Step step, String about) {
        if (!hasRoot) {
            root("/");
        }
        calls.step(step.code(), about);
    }

    private StageOrders raw(String type, char kind) {
        begin(Step.RAW_FILE_SYSTEM, type);
        calls.newMount(
                Slot.TREE,
                type,
                "",
                "",
                MountAttributes.NO_SUID | MountAttributes.NO_DEVICES | MountAttributes.NO_EXEC);
        calls.call(Call.GIVE_AGENT).number(kind).slot(Slot.TREE).end();
        return this;
    }

    private int find(String path) {
        calls.into(Slot.TARGET).open(Slot.ROOT, path, OpenFlags.O_PATH, IN_ROOT);
        return Slot.TARGET;
    }

    /** Puts the tree in its place, which is made like its source if asked for: a directory or a file. */
    private void put(String target, MountPoint mountPoint, NewNode place) {
        calls.attach(Slot.TREE, mountPoint == MountPoint.MUST_EXIST ? find(target) : make(target, 0, place));
    }

    private static NewNode like(OwnedFd source) {
        return isDirectory(source) ? NewNode.DIRECTORY : NewNode.EMPTY_FILE;
    }

    private static boolean isDirectory(OwnedFd file) {
        try (Arena arena = Arena.ofConfined()) {
            Statx status = Statx.allocate(arena);
            FileCalls.statx(file.number(), status);
            return StatMode.isDirectory(status.mode());
        } catch (ErrnoException e) {
            throw new UncheckedIOException(e);
        }
    }

    private StageOrders node(Step step, String path, int mode, long device, int uid, int gid) {
        begin(step, path);
        make(path, 0, NewNode.of(mode, device, uid, gid));
        return this;
    }

    /** Makes what is missing of a path and leaves what is there. The result is the slot of its end. */
    private int make(String path, int lastFlags, NewNode node) {
        int parent = Slot.TARGET;
        int next = Slot.OTHER_TARGET;
        calls.into(parent).open(Slot.ROOT, "/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, IN_ROOT);
        for (int end, at = skipSlashes(path, 0); at < path.length(); at = skipSlashes(path, end)) {
            end = path.indexOf('/', at) < 0 ? path.length() : path.indexOf('/', at);
            boolean last = skipSlashes(path, end) == path.length();
            String name = path.substring(at, end);
            CallWriter missing = calls.sibling();
            (last ? node : NewNode.DIRECTORY).write(missing, parent, name);
            missing.into(next).open(parent, name, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, BENEATH);
            calls.into(next).forgive(Errno.ENOENT).skip(missing.count(), 0);
            int flags = last ? lastFlags : OpenFlags.O_DIRECTORY;
            calls.open(Slot.ROOT, path.substring(0, end), OpenFlags.O_PATH | flags, IN_ROOT);
            calls.append(missing);
            int made = next;
            next = parent;
            parent = made;
        }
        return parent;
    }

    private static int skipSlashes(String path, int from) {
        int at = from;
        while (at < path.length() && path.charAt(at) == '/') {
            at++;
        }
        return at;
    }
}
