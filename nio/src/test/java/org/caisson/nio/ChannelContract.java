package org.caisson.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Channels and what they are opened with. */
abstract class ChannelContract extends Contract {
    ChannelContract(Maker maker) {
        super(maker);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private FileChannel open(String name, StandardOpenOption... options) throws IOException {
        return FileChannel.open(path(name), options);
    }

    private FileChannel create(String name) throws IOException {
        return open(name, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Test
    void positionMovesWithReadsAndWrites() throws IOException {
        try (FileChannel channel = create("file")) {
            assertThat(channel.write(bytes("0123456789"))).isEqualTo(10);
            assertThat(channel.position()).isEqualTo(10);
            assertThat(channel.read(ByteBuffer.allocate(4))).isEqualTo(-1);
            assertThat(channel.read(ByteBuffer.allocate(0))).isZero();
            ByteBuffer buffer = ByteBuffer.allocate(4);
            assertThat(channel.position(3).read(buffer)).isEqualTo(4);
            assertThat(buffer.array()).isEqualTo("3456".getBytes(UTF_8));
            assertThat(channel.position()).isEqualTo(7);
            assertThat(channel.read(buffer.clear(), 8)).isEqualTo(2);
            assertThat(channel.position()).isEqualTo(7);
            assertThat(channel.write(bytes("x"), 0)).isEqualTo(1);
        }
        assertThat(path("file")).hasContent("x123456789");
    }

    @Test
    void directAndSlicedBuffersWork() throws IOException {
        try (FileChannel channel = create("file")) {
            ByteBuffer direct = ByteBuffer.allocateDirect(10).put(bytes("0123456789"));
            direct.position(2).limit(6);
            assertThat(channel.write(direct)).isEqualTo(4);
            assertThat(direct.position()).isEqualTo(6);
            ByteBuffer heap = ByteBuffer.allocate(10).slice(3, 5).position(1);
            assertThat(channel.read(heap, 0)).isEqualTo(4);
            assertThat(heap.position()).isEqualTo(5);
            assertThat(heap.get(1)).isEqualTo((byte) '2');
            assertThat(channel.write(bytes("ro").asReadOnlyBuffer(), 0)).isEqualTo(2);
            assertThatThrownBy(() -> channel.read(heap.asReadOnlyBuffer()))
                    .isExactlyInstanceOf(IllegalArgumentException.class);
        }
        assertThat(path("file")).hasContent("ro45");
    }

    @Test
    void gatheringAndScatteringGoThroughBuffersInTurn() throws IOException {
        try (FileChannel channel = create("file")) {
            ByteBuffer[] sources = {bytes("ab"), bytes(""), bytes("cde"), bytes("!")};
            assertThat(channel.write(sources, 0, 3)).isEqualTo(5);
            assertThat(channel.write(sources, 3, 1)).isEqualTo(1);
            channel.position(1);
            ByteBuffer[] targets = {ByteBuffer.allocate(2), ByteBuffer.allocate(0), ByteBuffer.allocate(10)};
            assertThat(channel.read(targets)).isEqualTo(5);
            assertThat(targets[0].array()).isEqualTo("bc".getBytes(UTF_8));
            assertThat(targets[2].position()).isEqualTo(3);
            assertThat(channel.read(targets)).isEqualTo(-1);
            assertThat(channel.read(new ByteBuffer[] {ByteBuffer.allocate(0)})).isZero();
        }
    }

    @Test
    void writesBeyondTheEndLeaveAHole() throws IOException {
        try (FileChannel channel = create("file")) {
            channel.write(bytes("end"), 10_000);
            assertThat(channel.size()).isEqualTo(10_003);
            ByteBuffer buffer = ByteBuffer.allocate(10_003);
            assertThat(channel.read(buffer)).isEqualTo(10_003);
            assertThat(buffer.get(9_999)).isZero();
            assertThat(buffer.get(10_000)).isEqualTo((byte) 'e');
            channel.position(20_000);
            assertThat(channel.size()).isEqualTo(10_003);
            assertThat(channel.read(buffer.clear())).isEqualTo(-1);
        }
    }

    @Test
    void truncationNeverGrows() throws IOException {
        file("file", "0123456789");
        try (FileChannel channel = create("file")) {
            channel.position(8);
            assertThat(channel.truncate(20).size()).isEqualTo(10);
            assertThat(channel.position()).isEqualTo(8);
            assertThat(channel.truncate(4).size()).isEqualTo(4);
            assertThat(channel.position()).isEqualTo(4);
            assertThatThrownBy(() -> channel.truncate(-1)).isExactlyInstanceOf(IllegalArgumentException.class);
        }
        try (FileChannel channel = open("file", StandardOpenOption.READ)) {
            assertThatThrownBy(() -> channel.truncate(1)).isExactlyInstanceOf(NonWritableChannelException.class);
        }
    }

    @Test
    void appendingIsAlwaysAtTheEnd() throws IOException {
        file("file", "start");
        try (FileChannel channel = open("file", StandardOpenOption.APPEND)) {
            assertThat(channel.position()).isEqualTo(5);
            channel.position(0);
            channel.write(bytes("+1"));
            Files.writeString(path("file"), "!", StandardOpenOption.APPEND);
            channel.write(bytes("+2"));
            assertThat(channel.position()).isEqualTo(10);
            assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                    .isExactlyInstanceOf(NonReadableChannelException.class);
        }
        assertThat(path("file")).hasContent("start+1!+2");
    }

    @Test
    void optionsThatExcludeEachOtherAreRefused() throws IOException {
        file("file", "");
        assertThatThrownBy(() -> open("file", StandardOpenOption.READ, StandardOpenOption.APPEND))
                .isExactlyInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> open("file", StandardOpenOption.APPEND, StandardOpenOption.TRUNCATE_EXISTING))
                .isExactlyInstanceOf(IllegalArgumentException.class);
        OpenOption strange = new OpenOption() {};
        assertThatThrownBy(() -> FileChannel.open(path("file"), strange))
                .isExactlyInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> open("missing", StandardOpenOption.WRITE))
                .isExactlyInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> open("file", StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW))
                .isExactlyInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> open(".", StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW))
                .isExactlyInstanceOf(FileAlreadyExistsException.class);
        // Without WRITE nothing is created or cut off.
        assertThatThrownBy(() -> open("missing", StandardOpenOption.READ, StandardOpenOption.CREATE))
                .isExactlyInstanceOf(NoSuchFileException.class);
    }

    @Test
    void fileToBeDeletedOnCloseGoes() throws IOException {
        try (FileChannel channel = FileChannel.open(
                path("file"),
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.SPARSE,
                        StandardOpenOption.SYNC,
                        StandardOpenOption.DELETE_ON_CLOSE))) {
            channel.write(bytes("still here"));
            channel.force(true);
            assertThat(channel.size()).isEqualTo(10);
        }
        assertThat(path("file")).doesNotExist();
    }

    @Test
    void closedChannelSaysSo() throws IOException {
        FileChannel channel = create("file");
        channel.close();
        channel.close();
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                .isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::position).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::size).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.force(false)).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::tryLock).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.map(MapMode.READ_ONLY, 0, 0))
                .isExactlyInstanceOf(ClosedChannelException.class);
    }

    @Test
    void interruptClosesTheChannel() throws IOException {
        try (FileChannel channel = create("file")) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> channel.write(bytes("x"))).isExactlyInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(channel.isOpen()).isFalse();
        }
    }

    @Test
    void openFileOutlivesItsName() throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file("file", "content"))) {
            Files.delete(path("file"));
            ByteBuffer buffer = ByteBuffer.allocate(7);
            channel.read(buffer);
            assertThat(buffer.array()).isEqualTo("content".getBytes(UTF_8));
        }
    }

    @Test
    void transfersMoveBytesBetweenChannels() throws IOException {
        String content = "0123456789".repeat(20_000);
        file("from", content);
        try (FileChannel from = open("from", StandardOpenOption.READ);
                FileChannel to = create("to")) {
            assertThat(from.transferTo(5, Long.MAX_VALUE - 5, to)).isEqualTo(content.length() - 5);
            assertThat(to.position()).isEqualTo(content.length() - 5);
            assertThat(from.transferTo(content.length() + 1L, 5, to)).isZero();
            assertThat(to.transferFrom(from.position(0), 0, 3)).isEqualTo(3);
            assertThat(from.position()).isEqualTo(3);
            assertThatThrownBy(() -> to.transferTo(0, 1, from)).isInstanceOf(NonWritableChannelException.class);
            assertThatThrownBy(() -> to.transferTo(-1, 1, from)).isInstanceOf(RuntimeException.class);
            ByteArrayOutputStream sink = new ByteArrayOutputStream();
            assertThat(to.transferTo(0, 6, Channels.newChannel(sink))).isEqualTo(6);
            assertThat(sink.toString(UTF_8)).isEqualTo("012890");
            var source = Channels.newChannel(new ByteArrayInputStream(content.getBytes(UTF_8)));
            assertThat(to.transferFrom(source, 1, 100_000)).isEqualTo(100_000);
        }
        assertThat(Files.readString(path("to"))).startsWith("0012345").hasSize(content.length() - 5);
    }

    @Test
    void overlappingLocksOfOneProgramAreRefused() throws IOException {
        try (FileChannel one = create("file");
                FileChannel two = create("file")) {
            FileLock lock = one.lock(0, 10, false);
            assertThat(lock.isValid()).isTrue();
            assertThat(lock.isShared()).isFalse();
            assertThatThrownBy(() -> two.tryLock(5, 1, true)).isExactlyInstanceOf(OverlappingFileLockException.class);
            try (FileLock rest = two.tryLock(10, 0, true)) {
                assertThat(rest.size()).isEqualTo(Long.MAX_VALUE - 10);
                assertThat(rest.isShared()).isTrue();
            }
            lock.release();
            assertThat(lock.isValid()).isFalse();
            FileLock again = two.tryLock();
            assertThat(again.isValid()).isTrue();
            assertThatThrownBy(one::tryLock).isExactlyInstanceOf(OverlappingFileLockException.class);
        }
        try (FileChannel channel = create("file")) {
            FileLock gone = lockAndClose();
            assertThat(gone.isValid()).isFalse();
            assertThatThrownBy(gone::release).isExactlyInstanceOf(ClosedChannelException.class);
            assertThat(channel.tryLock()).isNotNull();
        }
        try (FileChannel readOnly = open("file", StandardOpenOption.READ)) {
            assertThatThrownBy(readOnly::lock).isExactlyInstanceOf(NonWritableChannelException.class);
            assertThat(readOnly.lock(0, 1, true).isShared()).isTrue();
        }
    }

    private FileLock lockAndClose() throws IOException {
        try (FileChannel channel = create("file")) {
            return channel.lock();
        }
    }

    @Test
    void filesAreMappedForReading() throws IOException {
        file("file", "0123456789");
        try (FileChannel channel = open("file", StandardOpenOption.READ)) {
            MappedByteBuffer map = channel.map(MapMode.READ_ONLY, 2, 5);
            assertThat((CharSequence) UTF_8.decode(map)).hasToString("23456");
            assertThat(map.isReadOnly()).isTrue();
            assertThat(channel.map(MapMode.READ_ONLY, 0, 0).capacity()).isZero();
            assertThatThrownBy(() -> channel.map(MapMode.READ_WRITE, 0, 1))
                    .isExactlyInstanceOf(NonWritableChannelException.class);
            assertThatThrownBy(() -> channel.map(MapMode.READ_ONLY, 0, 11)).isInstanceOf(IOException.class);
        }
        try (FileChannel channel = create("file")) {
            MappedByteBuffer map = channel.map(MapMode.PRIVATE, 0, 10);
            map.put(0, (byte) 'x');
            assertThat(map.get(9)).isEqualTo((byte) '9');
        }
        assertThat(path("file")).hasContent("0123456789");
    }

    @Test
    void asynchronousChannelCompletesFuturesAndHandlers() throws Exception {
        try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(
                path("file"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            assertThat(channel.write(bytes("0123456789"), 2).get()).isEqualTo(10);
            assertThat(channel.size()).isEqualTo(12);
            ByteBuffer buffer = ByteBuffer.allocate(3);
            BlockingQueue<Object> outcomes = new ArrayBlockingQueue<>(2);
            channel.read(buffer, 10, "attachment", reporting(outcomes));
            assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo(2);
            assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo("attachment");
            assertThat(channel.read(ByteBuffer.allocate(1), 12).get()).isEqualTo(-1);
            try (FileLock lock = channel.lock().get()) {
                assertThat(lock.acquiredBy()).isSameAs(channel);
                assertThatThrownBy(channel::tryLock).isExactlyInstanceOf(OverlappingFileLockException.class);
            }
            assertThat(channel.truncate(4).size()).isEqualTo(4);
            channel.force(false);
        }
        assertThat(Files.readAllBytes(path("file"))).isEqualTo(new byte[] {0, 0, '0', '1'});
        assertThatThrownBy(() -> AsynchronousFileChannel.open(path("file"), StandardOpenOption.APPEND))
                .isExactlyInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void closedAsynchronousChannelFailsItsFutures() throws IOException {
        AsynchronousFileChannel channel =
                AsynchronousFileChannel.open(path("file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.close();
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(() -> channel.write(bytes("x"), 0).get())
                .isExactlyInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(channel::size).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1), 0))
                .isExactlyInstanceOf(NonReadableChannelException.class);
    }

    private static CompletionHandler<Integer, String> reporting(BlockingQueue<Object> outcomes) {
        return new CompletionHandler<>() {
            @Override
            public void completed(Integer result, String attachment) {
                outcomes.add(result);
                outcomes.add(attachment);
            }

            @Override
            public void failed(Throwable failure, String attachment) {
                outcomes.add(failure);
                outcomes.add(attachment);
            }
        };
    }

    @Test
    void threadsShareAChannel() throws Exception {
        Path file = path("file");
        try (FileChannel channel = create("file")) {
            Thread[] threads = new Thread[4];
            for (int i = 0; i < threads.length; i++) {
                byte mark = (byte) ('a' + i);
                threads[i] = Thread.ofVirtual().start(() -> {
                    byte[] block = new byte[1000];
                    java.util.Arrays.fill(block, mark);
                    try {
                        for (int n = 0; n < 50; n++) {
                            channel.write(ByteBuffer.wrap(block));
                        }
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        byte[] content = Files.readAllBytes(file);
        assertThat(content).hasSize(200_000);
        for (int i = 0; i < content.length; i += 1000) {
            for (int n = 1; n < 1000; n++) {
                assertThat(content[i + n] == content[i]).isTrue();
            }
        }
    }
}
