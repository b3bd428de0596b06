package org.caisson.vfs.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(FdLeakCheck.class)
class SyntheticFileSystemTest {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials root = Credentials.root();
    private final AtomicInteger generated = new AtomicInteger();
    private final List<String> written = new ArrayList<>();
    private final Map<String, SyntheticNode<?>> dynamic = new ConcurrentHashMap<>();
    private final AtomicInteger lookups = new AtomicInteger();
    private final VirtualDentry top;

    SyntheticFileSystemTest() {
        SyntheticDirectory.Builder tree = SyntheticDirectory.builder();
        tree.file(
                "count",
                (credentials, out) ->
                        out.appendDecimal(generated.incrementAndGet()).newLine());
        tree.directory("sys")
                .control(
                        "name",
                        (credentials, out) -> out.appendAscii("caisson\n"),
                        (credentials, data, offset) -> written.add(text(data) + "@" + offset));
        tree.link("self", "sys");
        tree.add("live", DynamicDirectory.of(new Live()));
        tree.add("kept", DynamicDirectory.of(new Live()).withCachePolicy(CachePolicy.NAMES));
        top = vfs.newMountNamespace(SyntheticFileSystem.proc(tree.build())).root();
    }

    private final class Live implements DynamicDirectory.Entries {
        @Override
        public @Nullable SyntheticNode<?> lookup(Credentials credentials, Name name) {
            lookups.incrementAndGet();
            return dynamic.get(name.toString());
        }

        @Override
        public void list(Credentials credentials, DynamicDirectory.EntrySink sink) {
            dynamic.keySet().stream().sorted().forEach(name -> sink.entry(Name.of(name), 8));
        }
    }

    private PathOperation at(String path) {
        return new PathOperation().root(top).start(top).path(path).followFinal(true);
    }

    private static String text(MemorySegment data) {
        return new String(data.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private static String read(FileDescription file, long offset, int length) throws ErrnoException {
        byte[] bytes = new byte[length];
        long count = file.read(MemorySegment.ofArray(bytes), offset);
        return new String(bytes, 0, (int) count, StandardCharsets.UTF_8);
    }

    private void assertFails(Errno errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void aReadAtTheBeginningMakesTheTextAnewAndOthersSeeTheSame() throws ErrnoException {
        try (FileDescription file = vfs.open(root, at("/count"), OpenOptions.READ)) {
            assertThat(read(file, 0, 1)).isEqualTo("1");
            assertThat(read(file, 1, 10)).isEqualTo("\n");
            assertThat(read(file, 5, 10)).isEmpty();
            assertThat(read(file, 0, 10)).isEqualTo("2\n");
        }
        assertThat(generated).hasValue(2);
    }

    /** Else whoever opens many files and keeps them would have all their texts kept. */
    @Test
    void aTextThatWasReadToItsEndIsForgotten() throws ErrnoException {
        try (FileDescription file = vfs.open(root, at("/count"), OpenOptions.READ)) {
            assertThat(read(file, 0, 10)).isEqualTo("1\n");
            assertThat(read(file, 2, 10)).isEmpty();
            assertThat(read(file, 1, 10)).isEqualTo("\n");
        }
        assertThat(generated).hasValue(2);
    }

    /** A description is inherited and outlives its opener, whose number may then mean anybody. */
    @Test
    void whoReadsOrWritesIsWhoAsksAndNotWhoOpened() throws ErrnoException {
        dynamic.put(
                "who",
                ControlFile.of(
                        (credentials, out) -> out.appendDecimal(credentials.callerTid()),
                        (credentials, data, offset) -> written.add(Integer.toString(credentials.callerTid()))));
        MemorySegment text = MemorySegment.ofArray(new byte[10]);
        OpenOptions both = new OpenOptions(OpenFlags.O_RDWR, 0);
        try (FileDescription file = vfs.open(root.withCaller(7), at("/live/who"), both)) {
            file.read(root.withCaller(8), text, 0, 10, 0);
            assertThat(text(text.asSlice(0, 1))).isEqualTo("8");
            file.write(root.withCaller(9), text, 0, 1, 0);
            assertThat(read(file, 0, 10)).isEqualTo("0");
            file.write(text, 0);
        }
        assertThat(written).containsExactly("9", "0");
    }

    @Test
    void twoOpenFilesHaveTextsOfTheirOwn() throws ErrnoException {
        try (FileDescription one = vfs.open(root, at("/count"), OpenOptions.READ);
                FileDescription two = vfs.open(root, at("/count"), OpenOptions.READ)) {
            assertThat(read(one, 0, 1)).isEqualTo("1");
            assertThat(read(two, 0, 10)).isEqualTo("2\n");
            assertThat(read(one, 1, 10)).isEqualTo("\n");
        }
    }

    @Test
    void readsAtThePositionMoveItAndSeekRewinds() throws ErrnoException {
        byte[] bytes = new byte[1];
        try (FileDescription file = vfs.open(root, at("/sys/name"), OpenOptions.READ)) {
            file.read(MemorySegment.ofArray(bytes));
            file.read(MemorySegment.ofArray(bytes));
            assertThat(bytes[0]).isEqualTo((byte) 'a');
            assertThat(file.seek(0, FileDescription.SEEK_SET)).isZero();
            file.read(MemorySegment.ofArray(bytes));
            assertThat(bytes[0]).isEqualTo((byte) 'c');
            assertFails(Errno.EINVAL, () -> file.seek(-1, FileDescription.SEEK_SET));
        }
    }

    @Test
    void aControlFileGetsEachWriteAsOne() throws ErrnoException {
        OpenOptions truncating = new OpenOptions(OpenFlags.O_WRONLY | OpenFlags.O_TRUNC, 0);
        try (FileDescription file = vfs.open(root, at("/self/name"), truncating)) {
            byte[] data = "new".getBytes(StandardCharsets.UTF_8);
            assertThat(file.write(MemorySegment.ofArray(data), 0)).isEqualTo(3);
            assertThat(file.write(MemorySegment.ofArray(data), 1, 2, 7)).isEqualTo(2);
            assertFails(Errno.EBADF, () -> read(file, 0, 1));
        }
        assertThat(written).containsExactly("new@0", "ew@7");
    }

    @Test
    void whatProcfsRefusesIsRefusedWithItsErrno() {
        MemorySegment nothing = MemorySegment.ofArray(new byte[0]);
        assertFails(Errno.EACCES, () -> vfs.open(root, at("/count"), OpenOptions.WRITE));
        assertFails(Errno.ENOENT, () -> vfs.mkdir(root, at("/new"), 0755));
        assertFails(Errno.ENOENT, () -> vfs.open(root, at("/new"), new OpenOptions(OpenFlags.O_CREAT, 0600)));
        assertFails(Errno.EPERM, () -> vfs.unlink(root, at("/count")));
        assertFails(Errno.EPERM, () -> vfs.rmdir(root, at("/sys")));
        assertFails(Errno.EISDIR, () -> vfs.unlink(root, at("/sys")));
        assertFails(Errno.ENOENT, () -> vfs.rename(root, at("/count"), at("/new"), 0));
        assertFails(Errno.EPERM, () -> vfs.rename(root, at("/count"), at("/sys/name"), 0));
        assertFails(Errno.EEXIST, () -> vfs.link(root, at("/count"), at("/sys")));
        assertFails(Errno.EINVAL, () -> vfs.readlink(root, at("/count"), nothing));
        assertFails(Errno.EOPNOTSUPP, () -> vfs.getXattr(root, at("/count"), Name.of("user.x"), nothing));
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        assertFails(Errno.EPERM, () -> vfs.setStat(root, at("/count"), change));
    }

    @Test
    void directoriesAreListedWithCookiesAndTypes() throws ErrnoException {
        List<String> entries = new ArrayList<>();
        try (FileDescription directory = vfs.open(root, at("/"), OpenOptions.READ)) {
            long[] cookie = new long[1];
            // two at a time, as a small buffer would
            for (boolean more = true; more; ) {
                int before = entries.size();
                directory.readDirectory(cookie[0], (name, inode, type, next) -> {
                    if (entries.size() == before + 2) {
                        return false;
                    }
                    cookie[0] = next;
                    return entries.add(name + ":" + type);
                });
                more = entries.size() > before;
            }
        }
        assertThat(entries).containsExactly(".:4", "..:4", "count:8", "sys:4", "self:10", "live:4", "kept:4");
    }

    @Test
    void inodeNumbersAreTheSameInListingsStatsAndAnotherInstance() throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(root, at("/sys/name"), stat);
        long[] listed = new long[1];
        try (FileDescription directory = vfs.open(root, at("/sys"), OpenOptions.READ)) {
            directory.readDirectory(2, (name, inode, type, next) -> {
                listed[0] = inode;
                return true;
            });
        }
        assertThat(listed[0]).isEqualTo(stat.inode);
        long first = stat.inode;
        SyntheticFileSystemTest another = new SyntheticFileSystemTest();
        another.vfs.stat(root, another.at("/sys/name"), stat);
        assertThat(stat.inode).isEqualTo(first);
    }

    @Test
    void aDynamicDirectoryIsAskedEachTimeUnlessItsPolicyKeepsNames() throws ErrnoException {
        assertThat(vfs.find(root, at("/live/a"))).isNull();
        dynamic.put("a", GeneratedFile.ofText("one"));
        VirtualDentry first = vfs.lookup(root, at("/live/a"));
        dynamic.put("a", GeneratedFile.ofText("two").withMode(0400));
        Stat stat = new Stat();
        vfs.stat(root, at("/live/a"), stat);
        assertThat(stat.mode).isEqualTo(0100400);
        assertThat(vfs.lookup(root, at("/live/a"))).isSameAs(first);
        dynamic.put("a", SyntheticLink.to("/sys/name"));
        assertThat(vfs.lookup(root, at("/live/a"))).isEqualTo(vfs.lookup(root, at("/sys/name")));
        dynamic.remove("a");
        assertThat(vfs.find(root, at("/live/a"))).isNull();

        dynamic.put("b", GeneratedFile.ofText("b"));
        int before = lookups.get();
        VirtualDentry kept = vfs.lookup(root, at("/kept/b"));
        dynamic.remove("b");
        assertThat(vfs.lookup(root, at("/kept/b"))).isSameAs(kept);
        assertThat(lookups.get() - before).isEqualTo(1);
    }

    @Test
    void anEntryThatVanishesStaysAsLongAsSomethingIsMountedOnIt() throws ErrnoException {
        dynamic.put("point", SyntheticDirectory.builder().build());
        SyntheticDirectory.Builder inside = SyntheticDirectory.builder();
        inside.file("inside", (credentials, out) -> {});
        vfs.mount(root, at("/live/point"), SyntheticFileSystem.proc(inside.build()), 0);
        dynamic.remove("point");
        assertThat(vfs.find(root, at("/live/point/inside"))).isNotNull();
        vfs.unmount(root, at("/live/point"), 0);
        assertThat(vfs.find(root, at("/live/point"))).isNull();
    }

    @Test
    void manyEntriesOfADynamicDirectoryAreMostlyRemembered() throws ErrnoException {
        List<VirtualDentry> places = new ArrayList<>();
        for (int i = 0; i <= 1024; i++) {
            dynamic.put("n" + i, GeneratedFile.ofText(""));
            places.add(vfs.lookup(root, at("/kept/n" + i)));
        }
        int kept = 0;
        for (int i = 0; i < 512; i++) {
            TreeDentry directory = ((TreeDentry) places.get(i).dentry()).parent();
            kept += directory != null && directory.child(Name.of("n" + i)) != null ? 1 : 0;
        }
        assertThat(kept).isGreaterThan(256);
    }

    @Test
    void theBlocksOfALargeFileAreANumber() throws ErrnoException {
        SyntheticDirectory.Builder tree = SyntheticDirectory.builder();
        tree.add("large", GeneratedFile.ofText("").withSize(1L << 40));
        VirtualDentry other =
                vfs.newMountNamespace(SyntheticFileSystem.proc(tree.build())).root();
        Stat stat = new Stat();
        vfs.stat(root, new PathOperation().root(other).start(other).path("large"), stat);
        assertThat(stat.blockSize).isPositive();
    }

    @RepeatedTest(20)
    void manyThreadsThatLookUpAtOnceGetTheSameDentries() throws Exception {
        for (int i = 0; i < 64; i++) {
            dynamic.put("file" + i, GeneratedFile.ofText(""));
        }
        int threads = 8;
        CountDownLatch together = new CountDownLatch(threads);
        Map<String, VirtualDentry> seen = new ConcurrentHashMap<>();
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            all.add(Thread.ofPlatform().start(() -> {
                try {
                    together.countDown();
                    together.await();
                    for (int i = 0; i < 64; i++) {
                        String path = "/kept/file" + i;
                        VirtualDentry place = vfs.lookup(root, at(path));
                        VirtualDentry other = seen.putIfAbsent(path, place);
                        if (other != null && other.dentry() != place.dentry()) {
                            wrong.add(path);
                        }
                    }
                } catch (ErrnoException | InterruptedException e) {
                    wrong.add(e.toString());
                }
            }));
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(seen).hasSize(64);
    }
}
