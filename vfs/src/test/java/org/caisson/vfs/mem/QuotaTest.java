package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Capability;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemBuilder;
import org.caisson.vfs.FileSystemChange;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemParameter;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.LinkProtection;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Quotas of tmpfs. Who asked for what is on the left of each line, and on the right what Linux 6.12.95, built with CONFIG_TMPFS_QUOTA,
 * answered when it was asked the same: a result, a negated errno with what the kernel had to say to it, or what is shown.
 */
class QuotaTest {
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final @Nullable FileDescription[] slots = new FileDescription[4];
    private final PathOperation first = new PathOperation();
    private final PathOperation second = new PathOperation();
    private MountNamespace namespace;
    private PathOperation mountPoint;
    private Credentials caller = Credentials.root();
    private boolean mounted;

    @BeforeEach
    void makeMountPoint() throws ErrnoException {
        // As it was where the kernel was asked.
        vfs.protection(LinkProtection.OFF);
        namespace = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store));
        mountPoint = new PathOperation().root(namespace.root()).start(namespace.root());
        vfs.mkdir(caller, mountPoint.path("m"), 0755);
        vfs.mounts().types().add(new MemType(store));
    }

    @AfterEach
    void close() {
        closeAll();
        store.close();
    }

    private void closeAll() {
        for (int slot = 0; slot < slots.length; slot++) {
            FileDescription file = slots[slot];
            if (file != null) {
                file.close();
            }
            slots[slot] = null;
        }
    }

    private void play(String table) {
        List<String> played = new ArrayList<>();
        for (String line : table.lines().toList()) {
            String call = line.split(" = ", 2)[0];
            String answer = answer(call.split(" ", -1));
            played.add(call.startsWith("as ") ? call : call + " = " + answer);
        }
        assertThat(played).containsExactlyElementsOf(table.lines().toList());
    }

    private String answer(String[] words) {
        try {
            return call(words);
        } catch (ErrnoException e) {
            String said = words[0].endsWith("mount") ? reason(words[1], words[0].equals("remount")) : "";
            return "-" + e.errno().number() + said;
        }
    }

    private String call(String[] words) throws ErrnoException {
        return switch (words[0]) {
            case "mount" -> mount(words[1]);
            case "remount" -> done(() -> mountTmpfs(MountFlags.MS_REMOUNT, words[1]));
            case "shown" -> shown();
            case "as" -> {
                caller = credentials(words[1]);
                yield "";
            }
            case "create" -> done(() -> vfs.mknod(caller, at(words[1]), StatMode.S_IFREG | 0644, 0));
            case "mkfifo" -> done(() -> vfs.mknod(caller, at(words[1]), StatMode.S_IFIFO | 0644, 0));
            case "mkdir" -> done(() -> vfs.mkdir(caller, at(words[1]), 0777));
            case "setgid" -> done(() -> setGroupId(words[1]));
            case "symlink" -> done(() -> vfs.symlink(caller, at(words[1]), bytes("t".repeat(number(words[2])))));
            case "link" -> done(() -> vfs.link(caller, at(words[1]), at(second, words[2])));
            case "unlink" -> done(() -> vfs.unlink(caller, at(words[1])));
            case "rename" -> done(() -> vfs.rename(caller, at(words[1]), at(second, words[2]), 0));
            case "whiteout" -> done(() -> vfs.rename(caller, at(words[1]), at(second, words[2]), 4));
            case "truncate" -> done(() -> truncate(words[1], number(words[2])));
            case "chown" -> done(() -> chown(words[1], number(words[2]), number(words[3])));
            default -> callOpened(words);
        };
    }

    private String callOpened(String[] words) throws ErrnoException {
        int readWrite = OpenFlags.O_RDWR;
        return switch (words[0]) {
            case "open" -> done(() -> open(number(words[1]), words[2], readWrite | OpenFlags.O_CREAT));
            case "tmpfile" -> done(() -> open(number(words[1]), words[2], readWrite | OpenFlags.O_TMPFILE));
            case "close" ->
                done(() -> {
                    slot(words[1]).close();
                    slots[number(words[1])] = null;
                });
            case "write" -> {
                MemorySegment data = MemorySegment.ofArray(new byte[number(words[3])]);
                yield "" + slot(words[1]).write(caller, data, 0, data.byteSize(), number(words[2]));
            }
            case "allocate" ->
                done(() -> slot(words[1]).allocate(caller, number(words[2]), number(words[3]), number(words[4])));
            case "blocks" -> "" + stat(words[1]).blocks;
            case "owner" -> stat(words[1]).uid + ":" + stat(words[1]).gid;
            case "free" -> {
                FileSystemStatistics statistics = new FileSystemStatistics();
                vfs.statfs(Credentials.root(), at("."), statistics);
                yield statistics.blocksFree + " pages " + statistics.filesFree + " files";
            }
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    /** Something to do. */
    @FunctionalInterface
    private interface Act {
        void run() throws ErrnoException;
    }

    private static String done(Act act) throws ErrnoException {
        act.run();
        return "0";
    }

    private String mount(String options) throws ErrnoException {
        closeAll();
        caller = Credentials.root();
        if (mounted) {
            vfs.unmount(caller, mountPoint.path("m"), 0);
            mounted = false;
        }
        mountTmpfs(0, options);
        mounted = true;
        return "0";
    }

    private void mountTmpfs(long flags, String options) throws ErrnoException {
        vfs.mounts().mount(Credentials.root(), Name.of("here"), mountPoint.path("m"), "tmpfs", flags, Name.of(options));
    }

    /** What is said of options that were refused, by who reads the descriptor of fsopen(2) or fspick(2). */
    private String reason(String options, boolean remounts) {
        FileSystemLog log = new FileSystemLog();
        try {
            List<FileSystemParameter> parameters = new MemType(store).parseData(Name.of(options));
            if (remounts) {
                VirtualDentry top = vfs.lookup(Credentials.root(), mountPoint.path("m"));
                FileSystemChange change = ((MemFileSystem) top.mount().fileSystem()).change(log);
                for (FileSystemParameter parameter : parameters) {
                    change.take(parameter);
                }
                change.apply();
            } else {
                FileSystemBuilder builder = new MemType(store).begin(log);
                for (FileSystemParameter parameter : parameters) {
                    builder.take(parameter);
                }
            }
        } catch (ErrnoException e) {
            String said = log.take();
            return said == null ? "" : " " + said.substring(2);
        }
        return "";
    }

    private String shown() {
        String last = new String(vfs.mounts().mountinfo(namespace, namespace.root()), StandardCharsets.UTF_8)
                .lines()
                .reduce((one, other) -> other)
                .orElseThrow();
        return last.substring(last.indexOf(" - tmpfs here ") + " - tmpfs here ".length());
    }

    private static Credentials credentials(String who) {
        if (who.equals("weak")) {
            return Credentials.root().withoutCapabilities(Capability.SYS_RESOURCE);
        }
        String[] ids = who.split(":", -1);
        return Credentials.of(number(ids[0]), number(ids[ids.length - 1]));
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private PathOperation at(String path) throws ErrnoException {
        return at(first, path);
    }

    private PathOperation at(PathOperation operation, String path) throws ErrnoException {
        VirtualDentry top = vfs.lookup(Credentials.root(), mountPoint.path("m"));
        return operation.root(namespace.root()).start(top).path(path);
    }

    private void open(int slot, String path, int flags) throws ErrnoException {
        FileDescription opened = vfs.open(caller, at(path), new OpenOptions(flags, 0644));
        FileDescription before = slots[slot];
        if (before != null) {
            before.close();
        }
        slots[slot] = opened;
    }

    private FileDescription slot(String number) throws ErrnoException {
        FileDescription file = slots[number(number)];
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    private Stat stat(String path) throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(Credentials.root(), at(path), stat);
        return stat;
    }

    private void setGroupId(String path) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = 02777;
        vfs.setStat(caller, at(path), change);
    }

    private void truncate(String path, long size) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.SIZE;
        change.size = size;
        vfs.setStat(caller, at(path), change);
    }

    private void chown(String path, int uid, int gid) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.OWNER | (uid < 0 ? 0 : SetStat.UID) | (gid < 0 ? 0 : SetStat.GID);
        change.uid = uid;
        change.gid = gid;
        vfs.setStat(caller, at(path), change);
    }

    @Test
    void optionsAreReadAndShown() throws Exception {
        play("""
                mount quota = 0
                shown = rw,usrquota,grpquota
                mount usrquota = 0
                shown = rw,usrquota
                mount grpquota = 0
                shown = rw,grpquota
                mount usrquota,grpquota = 0
                shown = rw,usrquota,grpquota
                mount quota,usrquota_block_hardlimit=8k,usrquota_inode_hardlimit=3,grpquota_block_hardlimit=1m,grpquota_inode_hardlimit=0x10 = 0
                shown = rw,usrquota,grpquota,usrquota_block_hardlimit=8192,grpquota_block_hardlimit=1048576,usrquota_inode_hardlimit=3,grpquota_inode_hardlimit=16
                mount usrquota_block_hardlimit=8k = 0
                shown = rw
                mount quota=1 = -22 tmpfs: Unexpected value for 'quota'
                mount usrquota= = -22 tmpfs: Unexpected value for 'usrquota'
                mount grpquota=x = -22 tmpfs: Unexpected value for 'grpquota'
                mount quota,usrquota_block_hardlimit = -22 tmpfs: Bad value for 'usrquota_block_hardlimit'
                mount quota,usrquota_block_hardlimit= = -22 tmpfs: Bad value for 'usrquota_block_hardlimit'
                mount quota,usrquota_block_hardlimit=0 = -22 tmpfs: Bad value for 'usrquota_block_hardlimit'
                mount quota,usrquota_block_hardlimit=x = -22 tmpfs: Bad value for 'usrquota_block_hardlimit'
                mount quota,usrquota_block_hardlimit=5x = -22 tmpfs: Bad value for 'usrquota_block_hardlimit'
                mount quota,usrquota_inode_hardlimit=-1 = -22 tmpfs: Bad value for 'usrquota_inode_hardlimit'
                mount quota,usrquota_block_hardlimit=9223372036854775807 = 0
                shown = rw,usrquota,grpquota,usrquota_block_hardlimit=9223372036854775807
                mount quota,usrquota_block_hardlimit=9223372036854775808 = -22 tmpfs: User quota block hardlimit too large.
                mount quota,usrquota_inode_hardlimit=9223372036854775808 = -22 tmpfs: User quota inode hardlimit too large.
                mount quota,grpquota_block_hardlimit=9223372036854775808 = -22 tmpfs: Group quota block hardlimit too large.
                mount quota,grpquota_inode_hardlimit=9223372036854775808 = -22 tmpfs: Group quota inode hardlimit too large.
                mount quota,grpquota_inode_hardlimit=1e = 0
                shown = rw,usrquota,grpquota,grpquota_inode_hardlimit=1152921504606846976
                mount quota,size=8k,inode64,uid=5,usrquota_block_hardlimit=5000,usrquota_block_hardlimit=6000 = 0
                shown = rw,size=8k,uid=5,inode64,usrquota,grpquota,usrquota_block_hardlimit=6000
                """);
    }

    @Test
    void limitsStayOverARemount() throws Exception {
        play("""
                mount usrquota,usrquota_block_hardlimit=8k,size=1m,nr_inodes=100 = 0
                remount size=2m = 0
                shown = rw,size=2048k,nr_inodes=100,usrquota,usrquota_block_hardlimit=8192
                remount usrquota = 0
                remount grpquota = 0
                shown = rw,size=2048k,nr_inodes=100,usrquota,usrquota_block_hardlimit=8192
                remount quota = 0
                shown = rw,size=2048k,nr_inodes=100,usrquota,usrquota_block_hardlimit=8192
                remount usrquota_block_hardlimit=8192 = 0
                remount usrquota_block_hardlimit=4k = -22 tmpfs: Cannot change global quota limit on remount
                remount usrquota_inode_hardlimit=5 = -22 tmpfs: Cannot change global quota limit on remount
                remount grpquota_inode_hardlimit=5 = -22 tmpfs: Cannot change global quota limit on remount
                remount size=3m,usrquota_block_hardlimit=4k = -22 tmpfs: Cannot change global quota limit on remount
                shown = rw,size=2048k,nr_inodes=100,usrquota,usrquota_block_hardlimit=8192
                remount size=4m,usrquota_block_hardlimit=x = -22 tmpfs: Bad value for 'usrquota_block_hardlimit'
                mount size=1m,nr_inodes=100 = 0
                remount quota = -22 tmpfs: Cannot enable quota on remount
                remount usrquota = -22 tmpfs: Cannot enable quota on remount
                remount usrquota_block_hardlimit=4k = -22 tmpfs: Cannot change global quota limit on remount
                remount size=2m,quota = -22 tmpfs: Cannot enable quota on remount
                shown = rw,size=1024k,nr_inodes=100
                """);
    }

    @Test
    void usersHaveSoManyPages() throws Exception {
        play("""
                mount usrquota,usrquota_block_hardlimit=12k,size=1m,nr_inodes=100 = 0
                as 1000
                open 0 f = 0
                write 0 0 8192 = 8192
                write 0 8192 8192 = 4096
                blocks f = 24
                write 0 12288 1 = -122
                write 0 0 4096 = 4096
                write 0 100000 1 = -122
                open 1 g = 0
                write 1 0 1 = -122
                truncate f 4096 = 0
                write 1 0 5000 = 5000
                write 1 5000 10000 = 3192
                blocks g = 16
                blocks f = 8
                as 1001
                open 2 h = 0
                write 2 0 20000 = 12288
                blocks h = 24
                as 0
                open 3 r = 0
                write 3 0 65536 = 65536
                write 0 16384 16384 = 16384
                blocks f = 40
                as 1000
                write 0 4096 1 = -122
                unlink f = 0
                write 1 8192 1 = -122
                close 0 = 0
                write 1 8192 8192 = 4096
                free = 234 pages 96 files
                """);
    }

    @Test
    void onlyWholePagesCount() throws Exception {
        play("""
                mount quota,usrquota_block_hardlimit=5000,size=1m,nr_inodes=100 = 0
                as 1000
                open 0 f = 0
                write 0 0 8192 = 4096
                blocks f = 8
                """);
    }

    @Test
    void limitSmallerThanAPageAllowsNone() throws Exception {
        play("""
                mount quota,usrquota_block_hardlimit=4095,size=1m,nr_inodes=100 = 0
                as 1000
                open 0 f = 0
                write 0 0 1 = -122
                truncate f 100000 = 0
                blocks f = 0
                """);
    }

    @Test
    void thatThereIsNoRoomIsSaidFirst() throws Exception {
        play("""
                mount quota,usrquota_block_hardlimit=8k,size=8k,usrquota_inode_hardlimit=3,nr_inodes=4 = 0
                as 1000
                open 0 f = 0
                write 0 0 8192 = 8192
                write 0 8192 1 = -28
                create g = 0
                create h = 0
                create i = -28
                as 0
                create i = -28
                as 1000
                create j = -28
                free = 0 pages 0 files
                """);
    }

    @Test
    void usersHaveSoManyFiles() throws Exception {
        play("""
                mount usrquota,usrquota_inode_hardlimit=4,size=1m,nr_inodes=100 = 0
                as 1000
                create a = 0
                mkdir b = 0
                symlink c 10 = 0
                mkfifo d = 0
                create e = -122
                mkdir e = -122
                symlink e 10 = -122
                mkfifo e = -122
                tmpfile 0 . = -122
                open 0 e = -122
                create a = -17
                link a f = 0
                link a g = 0
                unlink a = 0
                create e = -122
                unlink f = 0
                unlink g = 0
                create e = 0
                open 0 e = 0
                unlink e = 0
                create h = -122
                close 0 = 0
                create h = 0
                tmpfile 0 . = -122
                unlink d = 0
                tmpfile 0 . = 0
                create d = -122
                close 0 = 0
                create d = 0
                whiteout h i = -122
                unlink c = 0
                whiteout h i = 0
                create c = -122
                rename i d = 0
                create c = 0
                free = 256 pages 95 files
                """);
    }

    @Test
    void groupsHaveSoManyFiles() throws Exception {
        play("""
                mount grpquota,grpquota_inode_hardlimit=2,grpquota_block_hardlimit=4k,size=1m,nr_inodes=100 = 0
                mkdir s = 0
                setgid s = 0
                chown s 0 70 = 0
                as 1000:50
                create a = 0
                create b = 0
                create c = -122
                create s/a = 0
                create s/b = -122
                as 1001:50
                create d = -122
                open 0 a = -13
                as 1001:60
                create d = 0
                create s/b = -122
                as 0
                open 0 a = 0
                write 0 0 4096 = 4096
                write 0 4096 4096 = 4096
                as 1000:50
                write 0 8192 1 = -122
                """);
    }

    @Test
    void longLinksTakePages() throws Exception {
        play("""
                mount usrquota,usrquota_block_hardlimit=4k,usrquota_inode_hardlimit=3,size=1m,nr_inodes=100 = 0
                as 1000
                symlink a 127 = 0
                symlink b 128 = 0
                symlink c 128 = -122
                symlink c 10 = 0
                symlink d 10 = -122
                unlink b = 0
                symlink d 128 = 0
                blocks d = 8
                """);
    }

    @Test
    void allocatingTooMuchGivesAllBack() throws Exception {
        play("""
                mount usrquota,usrquota_block_hardlimit=16k,size=1m,nr_inodes=100 = 0
                as 1000
                open 0 f = 0
                write 0 4096 4096 = 4096
                allocate 0 0 0 20480 = -122
                blocks f = 8
                allocate 0 0 0 16384 = 0
                blocks f = 32
                allocate 0 1 16384 4096 = -122
                allocate 0 3 0 8192 = 0
                blocks f = 16
                allocate 0 1 16384 4096 = 0
                blocks f = 24
                write 0 0 8192 = 4096
                blocks f = 32
                allocate 0 0 0 2000000 = -28
                truncate f 0 = 0
                blocks f = 0
                allocate 0 0 0 16384 = 0
                """);
    }

    @Test
    void filesGoToOwnersWhoMayHaveThem() throws Exception {
        play("""
                mount quota,usrquota_block_hardlimit=8k,usrquota_inode_hardlimit=3,grpquota_block_hardlimit=12k,grpquota_inode_hardlimit=4,size=1m,nr_inodes=100 = 0
                open 0 f = 0
                write 0 0 8192 = 8192
                open 1 g = 0
                write 1 0 4096 = 4096
                chown f 1000 1000 = 0
                as weak
                chown g 1000 -1 = -122
                owner g = 0:0
                chown g -1 1000 = 0
                owner g = 0:1000
                chown g 1000 1000 = -122
                chown g 1001 1000 = 0
                owner g = 1001:1000
                open 2 h = 0
                write 2 0 4096 = 4096
                chown h 1002 1000 = -122
                owner h = 0:0
                chown h 1002 1002 = 0
                owner h = 1002:1002
                chown f 1001 -1 = -122
                owner f = 1000:1000
                as 1000
                create a = 0
                create b = 0
                create c = -122
                create d = -122
                as 0
                chown f 1001 1001 = 0
                chown g 1001 1001 = 0
                as weak
                chown f 1001 1001 = 0
                chown f 1002 -1 = -122
                chown f 1003 1003 = 0
                owner f = 1003:1003
                as 1001
                write 1 4096 4096 = 4096
                write 1 8192 1 = -122
                as 1003
                write 0 8192 1 = -122
                as 0
                truncate f 0 = 0
                as 1003
                write 0 0 8192 = 8192
                write 0 8192 1 = -122
                """);
    }

    @Test
    void rootDirectoryCountsForWhoMounted() throws Exception {
        play("""
                mount usrquota,usrquota_inode_hardlimit=1,uid=1000,size=1m,nr_inodes=100 = 0
                as 1000
                create a = 0
                create b = -122
                as 0
                chown . 1001 -1 = 0
                as 1001
                create c = -122
                as weak
                create d = 0
                chown . 1000 -1 = -122
                chown . 0 -1 = -122
                create d = -17
                unlink a = 0
                chown . 1000 -1 = 0
                create d = -17
                """);
    }

    @Test
    void rootHasAQuotaWithoutTheCapability() throws Exception {
        play("""
                mount quota,usrquota_inode_hardlimit=2,usrquota_block_hardlimit=4k,size=1m,nr_inodes=100 = 0
                as weak
                open 0 f = 0
                open 1 g = -122
                write 0 0 8192 = 4096
                as 0
                open 1 g = 0
                write 1 0 8192 = 8192
                as weak
                write 1 8192 1 = -122
                create h = -122
                """);
    }

    @Test
    void renamingTakesNothing() throws Exception {
        play("""
                mount grpquota,grpquota_inode_hardlimit=1,size=1m,nr_inodes=100 = 0
                as 1000:1000
                create a = 0
                create b = -122
                rename a b = 0
                create a = -122
                unlink b = 0
                create a = 0
                """);
    }

    @Test
    void limitsOfWhatIsNotCountedDoNotHold() throws Exception {
        play("""
                mount usrquota,grpquota_inode_hardlimit=1,grpquota_block_hardlimit=4k,size=1m,nr_inodes=100 = 0
                shown = rw,size=1024k,nr_inodes=100,usrquota,grpquota_block_hardlimit=4096,grpquota_inode_hardlimit=1
                as 1000
                open 0 a = 0
                write 0 0 8192 = 8192
                create b = 0
                """);
    }

    /** A clone goes on with what has a name: what only the original has open counts there alone. */
    @Test
    void clonesCountWhatTheyShow() throws Exception {
        MemQuotas quotas = MemQuotas.counted().withUserLimits(3 * PageStore.PAGE_SIZE, 4);
        MemFileSystem original = new MemFileSystem(MemOptions.DEFAULT.withQuotas(quotas), store);
        VirtualDentry root = vfs.newMountNamespace(original).root();
        Credentials user = Credentials.of(1000, 1000);
        FileDescription file = create(user, root, "f");
        assertThat(write(user, file, 0, 1)).isEqualTo("1");
        FileDescription removed = create(user, root, "g");
        assertThat(write(user, removed, 0, 1)).isEqualTo("1");
        vfs.unlink(user, new PathOperation().root(root).start(root).path("g"));
        try (Snapshot snapshot = original.snapshot()) {
            VirtualDentry clone = vfs.newMountNamespace(snapshot.newClone()).root();
            try (FileDescription cloned = create(user, clone, "f")) {
                assertThat(write(user, cloned, 0, 12288)).isEqualTo("12288");
                assertThat(write(user, cloned, 12288, 1)).isEqualTo("EDQUOT");
            }
            assertThat(write(user, file, 4096, 8192)).isEqualTo("4096");
            removed.close();
            assertThat(write(user, file, 8192, 8192)).isEqualTo("4096");
            for (int i = 0; i < 3; i++) {
                create(user, clone, "more" + i).close();
            }
            assertThat(outcome(() -> create(user, clone, "more3").close())).isEqualTo("EDQUOT");
            create(user, root, "more3").close();
        }
        file.close();
    }

    private FileDescription create(Credentials user, VirtualDentry root, String name) throws ErrnoException {
        PathOperation path = new PathOperation().root(root).start(root).path(name);
        return vfs.open(user, path, new OpenOptions(OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0644));
    }

    private static String write(Credentials user, FileDescription file, long offset, int length) {
        try {
            return "" + file.write(user, MemorySegment.ofArray(new byte[length]), 0, length, offset);
        } catch (ErrnoException e) {
            return e.errno().name();
        }
    }

    private static String outcome(Act act) {
        try {
            act.run();
            return "done";
        } catch (ErrnoException e) {
            return e.errno().name();
        }
    }

    @Test
    void noSizeIsTooLargeToBeCompared() {
        Quotas quotas = Objects.requireNonNull(Quotas.of(new MemQuotas(true, false, PageStore.PAGE_SIZE, 0, 0, 0)));
        Owner owner = new Owner(1, 1);
        assertThat(quotas.take(owner, Long.MAX_VALUE / PageStore.PAGE_SIZE + 1, 0, false))
                .isFalse();
        assertThat(quotas.take(owner, 1, 0, false)).isTrue();
    }
}
