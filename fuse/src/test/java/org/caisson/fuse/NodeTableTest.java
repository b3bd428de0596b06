package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Mount;
import org.caisson.vfs.Name;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.junit.jupiter.api.Test;

class NodeTableTest {
    private final VirtualDentry root =
            new VirtualFileSystem().newMountNamespace(new MemoryFileSystem()).root();
    private final NodeTable table = new NodeTable(root);

    private VirtualDentry place(int number) {
        Mount mount = root.mount();
        MemoryFile file = new MemoryFile(number, StatMode.S_IFREG, 0, 0);
        return new VirtualDentry(mount, new MemoryFile.Place(null, Name.of("n" + number), file));
    }

    @Test
    void theRootIsNodeOneForEver() {
        assertThat(table.lookUp(root).id()).isEqualTo(1);
        table.forget(1, Long.MAX_VALUE);
        assertThat(table.get(1)).isNotNull();
    }

    @Test
    void aPlaceHasOneNodeUntilItIsForgotten() {
        VirtualDentry place = place(1);
        Node node = table.lookUp(place);
        assertThat(table.lookUp(place)).isSameAs(node);
        table.forget(node.id(), 1);
        assertThat(table.get(node.id())).isSameAs(node);
        table.forget(node.id(), 1);
        assertThat(table.get(node.id())).isNull();
        assertThat(table.peek(place)).isNull();
        assertThat(table.lookUp(place).id()).isNotEqualTo(node.id());
    }

    @Test
    void allNamesOfAFileAreOneNode() {
        MemoryFile file = new MemoryFile(7, StatMode.S_IFREG, 0, 0);
        VirtualDentry one = new VirtualDentry(root.mount(), new MemoryFile.Place(null, Name.of("one"), file));
        VirtualDentry two = new VirtualDentry(root.mount(), new MemoryFile.Place(null, Name.of("two"), file));
        Node node = table.lookUp(one);
        assertThat(table.lookUp(two)).isSameAs(node);
        assertThat(node.lookups()).isEqualTo(2);
        assertThat(node.place).isEqualTo(two);
        assertThat(table.peek(one)).isSameAs(node);
    }

    /** Between the last release and the removal from the table nobody finds it. */
    @Test
    void aDeadNodeIsFoundNoMore() {
        Node node = table.lookUp(place(1));
        assertThat(node.release(1)).isTrue();
        assertThat(table.get(node.id())).isNull();
    }

    @Test
    void forgettingMoreThanWasLookedUpForgetsOnce() {
        Node node = table.lookUp(place(1));
        table.forget(node.id(), -1);
        table.forget(node.id(), 5);
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void manyNodesAreFoundAgain() {
        List<VirtualDentry> places =
                IntStream.range(0, 10_000).mapToObj(this::place).toList();
        List<Node> nodes = places.stream().map(table::lookUp).toList();
        for (int i = 0; i < places.size(); i++) {
            assertThat(table.peek(places.get(i))).isSameAs(nodes.get(i));
            assertThat(table.get(nodes.get(i).id())).isSameAs(nodes.get(i));
        }
        nodes.forEach(node -> table.forget(node.id(), 1));
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void lookupsAndForgetsOfManyThreadsAddUp() throws Exception {
        List<VirtualDentry> places =
                IntStream.range(0, 50).mapToObj(this::place).toList();
        int threads = 4;
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                Random random = new Random(t);
                running.add(executor.submit(() -> {
                    for (int i = 0; i < 100_000; i++) {
                        VirtualDentry place = places.get(random.nextInt(places.size()));
                        Node node = table.lookUp(place);
                        assertThat(table.get(node.id())).isSameAs(node);
                        assertThat(node.isAt(place)).isTrue();
                        table.forget(node.id(), 1);
                    }
                }));
            }
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        assertThat(table.size()).isEqualTo(1);
    }
}
