package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.caisson.linux.StatMode;
import org.junit.jupiter.api.Test;

/** Readers of a table that is grown, parted and emptied meanwhile. */
class ChildTableRaceTest {
    private static final int CYCLES = Integer.getInteger("caisson.children.cycles", 40);

    /** The table is parted on the way there, more than once. */
    private static final int MOST = 6000;

    private final MovableTree tree = new MovableTree();
    private final TreeDentry directory = tree.add(tree.root(), "directory");
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry root = vfs.newMountNamespace(tree).root();

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    /** Grows the directory from the given number of children and empties it down to that again. */
    private Race.Act cycle(List<TreeDentry> stay) {
        return () -> {
            List<TreeDentry> come = new ArrayList<>();
            for (int i = stay.size(); i < MOST; i++) {
                come.add(tree.add(directory, "comes" + i, StatMode.S_IFREG | 0644, 0));
            }
            come.forEach(tree::remove);
        };
    }

    @Test
    void whatStaysIsFoundAndVisitedOnce() throws InterruptedException {
        List<TreeDentry> stay = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            stay.add(tree.add(directory, "stays" + i, StatMode.S_IFREG | 0644, 0));
        }
        new Race()
                .mover(CYCLES, cycle(stay))
                .watcher(() -> {
                    for (TreeDentry child : stay) {
                        assertThat(directory.child(child.name())).isSameAs(child);
                        assertThat(vfs.lookup(Credentials.root(), at("directory/" + child.name()))
                                        .dentry())
                                .isSameAs(child);
                    }
                })
                .watcher(() -> {
                    List<TreeDentry> visited = new ArrayList<>();
                    directory.forEachChild(visited::add);
                    Set<TreeDentry> different = new HashSet<>(visited);
                    assertThat(different).hasSameSizeAs(visited).containsAll(stay);
                })
                .run();
        assertThat(directory.childCount()).isEqualTo(stay.size());
    }

    /** Emptied tables are begun anew; who is still reading the old parts finds nothing there, and no harm. */
    @Test
    void whatIsNotThereIsNotFoundInATableThatIsEmptied() throws InterruptedException {
        Race.of(CYCLES, cycle(List.of()), () -> {
            assertThat(directory.child(Name.of("missing"))).isNull();
            assertThat(vfs.find(Credentials.root(), at("directory/missing"))).isNull();
            directory.forEachChild(child -> assertThat(child.name().toString()).startsWith("comes"));
        });
        assertThat(directory.childCount()).isZero();
    }
}
