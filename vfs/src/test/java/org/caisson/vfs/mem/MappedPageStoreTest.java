package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pages that are taken, given back and taken again. */
@ExtendWith(FdLeakCheck.class)
class MappedPageStoreTest {
    /** More than one mapping has. */
    private static final int MANY = (1 << 14) + 3000;

    private static MemorySegment memory(PageStore store, int page) {
        return store.region(page).asSlice(store.offset(page), PageStore.PAGE_SIZE);
    }

    @Test
    void noPageIsGivenTwice() throws ErrnoException {
        MappedPageStore store = MappedPageStore.anonymous();
        Set<Integer> pages = new HashSet<>();
        for (int i = 0; i < MANY; i++) {
            int page = store.allocate(false);
            assertThat(page).isPositive();
            assertThat(pages.add(page)).isTrue();
        }
        assertThat(store.used()).isEqualTo(MANY);
        assertThat(store.region(1)).isNotSameAs(store.region(MANY));
        // The lowest one that is free comes first, in whatever mapping.
        for (int page : new int[] {MANY - 1, 70, 5000}) {
            store.free(page);
        }
        assertThat(store.used()).isEqualTo(MANY - 3);
        assertThat(store.allocate(false)).isEqualTo(70);
        assertThat(store.allocate(false)).isEqualTo(5000);
        assertThat(store.allocate(false)).isEqualTo(MANY - 1);
        assertThat(store.allocate(false)).isEqualTo(MANY + 1);
        store.close();
    }

    @Test
    void neighboursLieNextToEachOther() throws ErrnoException {
        MappedPageStore store = MappedPageStore.anonymous();
        int one = store.allocate(true);
        int two = store.allocate(true);
        assertThat(two).isEqualTo(one + 1);
        assertThat(store.region(two)).isSameAs(store.region(one));
        assertThat(store.offset(two)).isEqualTo(store.offset(one) + PageStore.PAGE_SIZE);
        assertThat(store.descriptor()).isEqualTo(-1);
        store.close();
    }

    @Test
    void aPageThatWasUsedIsClearedWhereThatIsAsked() throws ErrnoException {
        MappedPageStore store = MappedPageStore.anonymous();
        int page = store.allocate(true);
        int next = store.allocate(true);
        memory(store, page).fill((byte) 1);
        memory(store, next).fill((byte) 2);
        store.free(page);
        assertThat(store.allocate(true)).isEqualTo(page);
        assertThat(memory(store, page).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        assertThat(memory(store, next).toArray(ValueLayout.JAVA_BYTE)).containsOnly(2);
        store.close();
    }

    @Test
    void aPageThatIsFreeIsNotFreedAgain() throws ErrnoException {
        MappedPageStore store = MappedPageStore.anonymous();
        int page = store.allocate(false);
        store.free(page);
        assertThatThrownBy(() -> store.free(page)).isInstanceOf(IllegalStateException.class);
        store.close();
    }

    @Test
    void whatIsGivenBackInNumbersIsGivenToTheSystem() throws ErrnoException {
        MappedPageStore store = MappedPageStore.anonymous();
        int many = 9000;
        for (int i = 1; i <= many; i++) {
            memory(store, store.allocate(false)).set(ValueLayout.JAVA_BYTE, 0, (byte) 9);
        }
        for (int page = 1; page <= many; page++) {
            store.free(page);
        }
        // The last whole word of pages was beyond what stays for reuse; the first one was not.
        assertThat(memory(store, 8970).get(ValueLayout.JAVA_BYTE, 0)).isZero();
        assertThat(memory(store, 100).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 9);
        for (int i = 1; i <= many; i++) {
            assertThat(memory(store, store.allocate(true)).get(ValueLayout.JAVA_BYTE, 0))
                    .isZero();
        }
        store.close();
    }

    @Test
    void pagesOfAFileAreWhereItIsSaid() throws Exception {
        MappedPageStore store = MappedPageStore.ofMemFd("pages");
        int page = 0;
        for (int i = 0; i < MANY; i++) {
            page = store.allocate(false);
        }
        memory(store, page).set(ValueLayout.JAVA_BYTE, 7, (byte) 42);
        ByteBuffer read = ByteBuffer.allocate(1);
        try (FileChannel file = FileChannel.open(Path.of("/proc/self/fd/" + store.descriptor()))) {
            file.read(read, store.fileOffset(page) + 7);
        }
        assertThat(read.get(0)).isEqualTo((byte) 42);
        store.close();
    }

    @Test
    void aClosedStoreGivesNothingAndShowsZeros() throws ErrnoException {
        MappedPageStore store = MappedPageStore.anonymous();
        int page = store.allocate(true);
        memory(store, page).fill((byte) 1);
        store.close();
        store.close();
        assertThat(memory(store, page).get(ValueLayout.JAVA_BYTE, 0)).isZero();
        store.free(page);
        assertThatThrownBy(() -> store.allocate(false))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
    }
}
