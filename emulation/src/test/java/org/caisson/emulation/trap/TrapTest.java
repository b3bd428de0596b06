package org.caisson.emulation.trap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.caisson.emulation.policy.CallFamily;
import org.caisson.emulation.policy.CallPolicy;
import org.caisson.emulation.policy.Treatment;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes under the real filter. They run in a mount namespace in which a tmpfs plays the emulated superblock:
 * one of its files covers {@code /proc/uptime}, and one a file of a second procfs.
 */
@ExtendWith(FdLeakCheck.class)
class TrapTest {
    private static final String CALLS = """
            import ctypes, errno, os, sys
            libc = ctypes.CDLL(None, use_errno=True)
            def say(result):
                print(errno.errorcode[ctypes.get_errno()] if result < 0 else result, flush=True)
            def b(text):
                return text.encode() if isinstance(text, str) else text
            def mount(source, target, type, flags, data=None):
                say(libc.mount(b(source), b(target), b(type), ctypes.c_ulong(flags), data))
            def umount(target, flags=0):
                say(libc.umount2(b(target), flags))
            RDONLY, NOSUID, REMOUNT, BIND, MOVE, REC, PRIVATE = 1, 2, 32, 4096, 8192, 16384, 1 << 18
            os.chdir(sys.argv[1])
            """;

    /** Here the listener's thread is under the filter itself, and must not wait for its own answers. */
    private static final CallPolicy MOUNTS =
            new CallPolicy(Map.of(CallFamily.OPENAT2, Treatment.KERNEL, CallFamily.SYSINFO, Treatment.KERNEL));

    private final RecordingAgent agent = new RecordingAgent();

    @TempDir
    Path directory;

    private Process holder;
    private Emulated emulated;

    @BeforeEach
    void makeNamespace() throws Exception {
        for (String name : List.of("fake", "second", "work", "root/proc")) {
            Files.createDirectories(directory.resolve(name));
        }
        String setup = "mount -t tmpfs none fake && echo 1 > fake/uptime && mount --bind fake/uptime /proc/uptime"
                + " && mount -t proc proc second && mount --bind fake/uptime second/uptime"
                + " && mount --bind /proc root/proc && mount --bind fake/uptime root/proc/uptime"
                + " && echo ready && exec cat";
        holder = new ProcessBuilder("unshare", "--mount", "sh", "-c", setup)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(holder.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("ready");
        String proc = "/proc/" + holder.pid();
        try (OwnedFd fake =
                        FileCalls.open(proc + "/root" + directory + "/fake", OpenFlags.O_PATH | OpenFlags.O_CLOEXEC);
                OwnedFd mounts = FileCalls.open(proc + "/ns/mnt", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
            emulated = new Emulated(Place.deviceOf(fake), null, Machine.UNKNOWN);
            emulated.attach(agent, (int) holder.pid(), Tracee.inode(mounts), Covers.NONE);
        }
    }

    @AfterEach
    void endNamespace() throws Exception {
        holder.getOutputStream().close();
        if (!holder.waitFor(30, TimeUnit.SECONDS)) {
            holder.destroyForcibly();
        }
        assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
        holder.inputReader(StandardCharsets.UTF_8).close();
    }

    @Test
    void anEmulatedPartCannotBeTakenOff() throws Exception {
        assertThat(callsWhereAllIsLocked("""
                        os.symlink('/proc/uptime', 'link')
                        umount('/proc/uptime')
                        umount('link')
                        umount('/proc/uptime', 2)
                        umount('../../../../../../../../../../proc/uptime')
                        umount('/proc/self/root/proc/uptime')
                        umount('/proc/self/fd/%d' % os.open('/proc/uptime', os.O_PATH))
                        """))
                .containsExactly("EINVAL", "EINVAL", "EINVAL", "EINVAL", "EINVAL", "EINVAL");
        assertThat(agent.requests()).isEmpty();
    }

    @Test
    void aCallerWithAnotherRootCannotTakeItOffEither() throws Exception {
        assertThat(callsWhereAllIsLocked("""
                        os.chroot('root')
                        umount('/proc/uptime')
                        os.chdir('/proc')
                        umount('uptime')
                        umount('../../proc/uptime')
                        """)).containsExactly("EINVAL", "EINVAL", "EINVAL");
    }

    @Test
    void theProcOfAnotherRootIsNotTheContainersOwn() throws Exception {
        assertThat(calls("os.chroot('root')\numount('/proc')")).containsExactly("0");
        assertThat(agent.requests()).containsExactly("detach " + directory + "/root/proc");
    }

    @Test
    void theContainersOwnProcIsBusy() throws Exception {
        assertThat(calls("umount('/proc')\numount('/proc', 2)")).containsExactly("EBUSY", "EBUSY");
    }

    @Test
    void aFurtherProcGoesWithItsParts() throws Exception {
        assertThat(calls("umount('second')")).containsExactly("0");
        assertThat(agent.requests()).containsExactly("detach " + directory + "/second");
    }

    @Test
    void aFurtherProcInUseIsBusy() throws Exception {
        assertThat(calls("""
                        file = open('second/version')
                        umount('second')
                        file.close()
                        os.chdir('second')
                        umount('.')
                        os.chdir('..')
                        mount('none', 'second/fs', 'tmpfs', 0)
                        umount('second')
                        umount('second/fs')
                        umount('second')
                        """)).containsExactly("EBUSY", "EBUSY", "0", "EBUSY", "0", "0");
        assertThat(agent.requests()).containsExactly("detach " + directory + "/second");
    }

    @Test
    void whatTheCallerBoundItselfItMayTakeOffAndMove() throws Exception {
        assertThat(calls("""
                        for name in 'one', 'two': open(name, 'w').close()
                        mount('/proc/uptime', 'one', None, BIND)
                        mount('/proc/uptime', '/proc/version', None, BIND)
                        mount('one', 'two', None, MOVE)
                        umount('two')
                        umount('/proc/version')
                        """)).containsExactly("0", "0", "0", "0", "0");
    }

    @Test
    void aNewProcIsLeftToTheAgent() throws Exception {
        assertThat(calls("mount('proc', 'work', 'proc', NOSUID | RDONLY, b'hidepid=2')\n"
                        + "mount('x', '/proc/self/fd/%d' % os.open('work', os.O_RDONLY), 'sysfs', 0xc0ed0000)"))
                .containsExactly("0", "0");
        assertThat(agent.requests())
                .containsExactly(
                        "mount proc on " + directory + "/work options=hidepid=2 attributes=3",
                        "mount sysfs on " + directory + "/work options= attributes=0");
    }

    @Test
    void aCallerThatIsKilledMeanwhileIsNobodysTrouble() throws Exception {
        agent.meanwhile(() -> {
            ProcessHandle caller =
                    ProcessHandle.of(Long.parseLong(read("caller"))).orElseThrow();
            caller.destroyForcibly();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (Files.exists(Path.of("/proc/" + caller.pid())) && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
        });

        assertThat(calls("""
                        if os.fork() == 0:
                            open('caller', 'w').write(str(os.getpid()))
                            mount('proc', 'work', 'proc', 0)
                        print(os.wait()[1])
                        mount('proc', 'work', 'proc', 0)
                        """)).containsExactly("9", "0");
        assertThat(agent.requests()).hasSize(2);
    }

    private String read(String name) {
        try {
            return Files.readString(directory.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theAgentsErrorIsTheCallers() throws Exception {
        agent.failWith(Errno.ENOTDIR);

        assertThat(calls("mount('proc', 'work', 'proc', 0)")).containsExactly("ENOTDIR");
    }

    @Test
    void aMissingMountPointIsNotFound() throws Exception {
        assertThat(calls("""
                        mount('proc', 'nowhere', 'proc', 0)
                        mount('proc', 'x' * 5000, 'proc', 0)
                        mount('proc', None, 'proc', 0)
                        mount('proc', 'work/../work/./', 'proc', 0)
                        os.symlink('loop', 'loop')
                        mount('proc', 'loop', 'proc', 0)
                        """)).containsExactly("ENOENT", "ENAMETOOLONG", "EFAULT", "0", "ELOOP");
    }

    @Test
    void whoMayNotMountGetsNoProc() throws Exception {
        assertThat(calls("""
                        os.chmod('.', 0o755)
                        os.setuid(65534)
                        mount('proc', 'work', 'proc', 0)
                        umount('/proc/uptime')
                        """)).containsExactly("EPERM", "EPERM");
        assertThat(agent.requests()).isEmpty();
    }

    @Test
    void rootOfAnUnprivilegedUserNamespaceMayNotMountInItsParentsNamespace() throws Exception {
        assertThat(calls("""
                        libc.unshare(0x10000000)
                        mount('proc', 'work', 'proc', 0)
                        """)).containsExactly("EPERM");
    }

    /** What a procfs shows is a pid namespace's, what a sysfs shows a network namespace's (mount_capable of fs/super.c). */
    @Test
    void aNewProcNeedsRightsOverThePidNamespaceAndASysfsOverTheNetwork() throws Exception {
        assertThat(calls("""
                        libc.unshare(0x10000000 | 0x20000)
                        mount('proc', 'work', 'proc', 0)
                        mount('sysfs', 'work', 'sysfs', 0)
                        libc.unshare(0x40000000)
                        mount('sysfs', 'work', 'sysfs', 0)
                        libc.unshare(0x20000000)
                        if os.fork() == 0:
                            mount('proc', 'work', 'proc', 0)
                            os._exit(0)
                        os.wait()
                        """)).containsExactly("EPERM", "EPERM", "0", "0");
        assertThat(agent.requests()).hasSize(2);
    }

    /** Here {@code /proc/self} is a number of the outer procfs, not the caller's own. */
    @Test
    void linksOfAProcfsMeanTheCallerByItsNumberThere() throws Exception {
        assertThat(calls("""
                        libc.unshare(0x20000000)
                        if os.fork() == 0:
                            mount('proc', '/proc/self/cwd/work', 'proc', 0)
                            mount('proc', '/proc/thread-self/cwd/work', 'proc', 0)
                            os._exit(0)
                        os.wait()
                        """)).containsExactly("0", "0");
        String work = "mount proc on " + directory + "/work options= attributes=0";
        assertThat(agent.requests()).containsExactly(work, work);
    }

    /** A FUSE mount of another user's does not even say what its root is. */
    @Test
    void aPathThatTellsUsNothingCostsNoDescriptor() throws Exception {
        assertThat(calls("""
                        fuse = os.open('/dev/fuse', os.O_RDWR)
                        mount('fuse', 'work', 'fuse', 0, b'fd=%d,rootmode=40000,user_id=1000,group_id=1000' % fuse)
                        umount('../%s/work/x' % os.path.basename(os.getcwd()))
                        os.close(fuse)
                        """)).containsExactly("0", "EACCES");
    }

    @Test
    void otherMountsAreTheKernels() throws Exception {
        assertThat(calls("""
                        mount('none', 'work', 'tmpfs', 0)
                        open('work/file', 'w').close()
                        mount(None, 'work', None, PRIVATE)
                        mount(None, 'work', None, REMOUNT | BIND | RDONLY)
                        print(os.access('work/file', os.W_OK))
                        umount('work')
                        umount('work')
                        umount('nowhere')
                        mount('none', 'work', 'nosuchfs', 0)
                        """)).containsExactly("0", "0", "0", "False", "0", "EINVAL", "ENOENT", "ENODEV");
        assertThat(agent.requests()).isEmpty();
    }

    @Test
    void aBindOfProcTakesTheEmulatedPartsAlong() throws Exception {
        assertThat(calls("mount('/proc', 'work', None, BIND)")).containsExactly("0");
        assertThat(agent.requests()).containsExactly("bind /proc on " + directory + "/work");
    }

    @Test
    void aBindOfAnEmulatedPartOnItselfIsDoneAlready() throws Exception {
        assertThat(calls("mount('/proc/uptime', '/proc/uptime', None, BIND)\n"
                        + "print(sum(' /proc/uptime ' in line for line in open('/proc/self/mountinfo')))"))
                .containsExactly("0", "1");
    }

    @Test
    void aRemountOfProcReachesTheEmulatedParts() throws Exception {
        assertThat(calls("mount(None, '/proc', None, REMOUNT | BIND | RDONLY | NOSUID)"))
                .containsExactly("0");
        long others = MountFlags.MOUNT_ATTR_NODEV | MountFlags.MOUNT_ATTR_NOEXEC | MountFlags.MOUNT_ATTR_NOSYMFOLLOW;
        assertThat(agent.requests()).containsExactly("change proc at /proc set=3 clear=" + others);
    }

    @Test
    void anEmulatedPartCannotBeMovedAway() throws Exception {
        assertThat(callsWhereAllIsLocked(
                        "open('work/file', 'w').close()\nmount('/proc/uptime', 'work/file', None, MOVE)"))
                .containsExactly("EINVAL");
    }

    @Test
    void aContextOfProcIsTheAgentsAndKnownAgain() throws Exception {
        assertThat(calls("""
                        def sys(*a): return libc.syscall(*[ctypes.c_long(x) if isinstance(x, int) else x for x in a])
                        context = sys(430, b'proc', 1)
                        other = sys(430, b'tmpfs', 1)
                        say(sys(431, other, 6, None, None, 0))
                        say(min(0, sys(432, other, 1, 0)))
                        copy = os.dup(context)
                        say(min(0, sys(432, copy, 1, 3)))
                        say(sys(432, os.open('calls.py', os.O_RDONLY), 1, 0))
                        """)).containsExactly("0", "0", "0", "EINVAL");
        assertThat(agent.requests()).containsExactly("open proc", "fsmount proc attributes=3");
        emulated.close();
    }

    @Test
    void aCopyOfProcIsLeftToTheAgentUnlessItIsRecursive() throws Exception {
        assertThat(calls("""
                        def tree(flags): say(min(0, libc.syscall(428, -100, b'/proc', flags)))
                        tree(1)
                        tree(0x8001)
                        tree(0)
                        """)).containsExactly("0", "0", "0");
        assertThat(agent.requests()).containsExactly("copy /proc");
        emulated.close();
    }

    /** As a mount can wait for a file system that somebody else serves. */
    @Test
    void aCallThatTakesLongKeepsNoOtherFromItsOwn() throws Exception {
        CountDownLatch served = new CountDownLatch(1);
        agent.meanwhile(() -> {
            try {
                assertThat(served.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Path done = directory.resolve("done");
        Thread.ofPlatform().start(() -> {
            while (!Files.exists(done)) {
                Thread.onSpinWait();
            }
            served.countDown();
        });

        assertThat(calls("""
                        import threading
                        slow = threading.Thread(target=mount, args=('proc', 'work', 'proc', 0))
                        slow.start()
                        while not slow.is_alive(): pass
                        umount('nowhere')
                        open('done', 'w').close()
                        slow.join()
                        """)).containsExactly("ENOENT", "0");
    }

    @Test
    void theRealMountProgramUsesTheTrappedCall() throws Exception {
        assertThat(calls(
                        "os.system('mount -t proc proc work; umount second; mount -t tmpfs t work; findmnt -n -o FSTYPE"
                                + " work; umount work')"))
                .containsExactly("tmpfs");
        assertThat(agent.requests()).hasSize(2);
    }

    /** Runs a Python script in the namespace under the filter and returns the lines that it printed. */
    private List<String> calls(String script) throws Exception {
        return calls(script, List.of("nsenter", "--mount", "--target=" + holder.pid()));
    }

    /** The same in a copy of the namespace that another user namespace owns: as the container sees its first mounts. */
    private List<String> callsWhereAllIsLocked(String script) throws Exception {
        return calls(
                script,
                List.of(
                        "nsenter",
                        "--mount",
                        "--target=" + holder.pid(),
                        "unshare",
                        "--user",
                        "--map-root-user",
                        "--mount",
                        "--propagation=unchanged"));
    }

    private List<String> calls(String script, List<String> into) throws Exception {
        Path file = Files.writeString(directory.resolve("calls.py"), CALLS + script);
        CompletableFuture<List<String>> lines = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try (TrapListener listener =
                    TrapListener.start(TrapFilter.program(MOUNTS).installOnThreadWithListener(), emulated)) {
                lines.complete(run(file, into));
                assertThat(listener.endedAndClosed()).isFalse();
            } catch (Exception | AssertionError e) {
                lines.completeExceptionally(e);
            }
        });
        return lines.get(30, TimeUnit.SECONDS);
    }

    private List<String> run(Path file, List<String> into) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(into);
        command.addAll(List.of("python3", file.toString(), directory.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (var output = process.inputReader(StandardCharsets.UTF_8)) {
            List<String> lines = output.lines().toList();
            assertThat(process.waitFor()).as(lines.toString()).isZero();
            return lines;
        }
    }
}
