package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where walks end that go too far, by the letter: limits, tops and borders. */
class ResolveRulesTest {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials admin = Credentials.root();
    private final PlainTree tree = new PlainTree().directories("a/deep", "b").files("a/f", "b/f", "target");
    private final VirtualDentry root = vfs.newMountNamespace(tree).root();
    private VirtualDentry inner;

    @BeforeEach
    void mount() throws ErrnoException {
        inner = vfs.mount(admin, at("/b"), new PlainTree().directories("in").files("f"), 0)
                .root();
    }

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    /** What a walk fails with; null if it arrives. */
    private @Nullable Errno outcome(PathOperation path) {
        try {
            vfs.lookup(admin, path);
            return null;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    @Test
    void fortyLinksAreFollowedAndNoMore() {
        tree.link("l1", "target");
        for (int i = 2; i <= 41; i++) {
            tree.link("l" + i, "l" + (i - 1));
        }
        assertThat(outcome(at("/l40").followFinal(true))).isNull();
        assertThat(outcome(at("/l41").followFinal(true))).isEqualTo(Errno.ELOOP);
        assertThat(outcome(at("/l41"))).isNull();
    }

    @Test
    void aWalkThatMayNotLeaveItsMountDoesNotGoUpOrDown() {
        assertThat(outcome(at("/b/f").resolve(OpenFlags.RESOLVE_NO_XDEV))).isEqualTo(Errno.EXDEV);
        assertThat(outcome(at("/a/../a/f").resolve(OpenFlags.RESOLVE_NO_XDEV))).isNull();
        assertThat(outcome(at("..").start(inner).resolve(OpenFlags.RESOLVE_NO_XDEV)))
                .isEqualTo(Errno.EXDEV);
        assertThat(outcome(at("in/..").start(inner).resolve(OpenFlags.RESOLVE_NO_XDEV)))
                .isNull();
        assertThat(outcome(at("../a/f").start(inner))).isNull();
    }

    @Test
    void aWalkBeneathADirectoryDoesNotLeaveIt() throws ErrnoException {
        VirtualDentry start = vfs.lookup(admin, at("/a"));
        tree.link("a/absolute", "/target");
        tree.link("a/out", "../target");
        tree.link("a/inside", "deep/../f");
        assertThat(outcome(at("..").start(start).resolve(OpenFlags.RESOLVE_BENEATH)))
                .isEqualTo(Errno.EXDEV);
        assertThat(outcome(at("deep/../f").start(start).resolve(OpenFlags.RESOLVE_BENEATH)))
                .isNull();
        assertThat(outcome(at("/target").start(start).resolve(OpenFlags.RESOLVE_BENEATH)))
                .isEqualTo(Errno.EXDEV);
        for (String link : new String[] {"absolute", "out"}) {
            assertThat(outcome(at(link).start(start).followFinal(true).resolve(OpenFlags.RESOLVE_BENEATH)))
                    .isEqualTo(Errno.EXDEV);
        }
        assertThat(outcome(at("inside").start(start).followFinal(true).resolve(OpenFlags.RESOLVE_BENEATH)))
                .isNull();
    }

    @Test
    void aDirectoryThatIsTheRootHasItselfAbove() throws ErrnoException {
        VirtualDentry start = vfs.lookup(admin, at("/a"));
        PathOperation path = at("../../f").start(start).resolve(OpenFlags.RESOLVE_IN_ROOT);
        assertThat(vfs.lookup(admin, path)).isEqualTo(vfs.lookup(admin, at("/a/f")));
        assertThat(outcome(at("/target").start(start).resolve(OpenFlags.RESOLVE_IN_ROOT)))
                .isEqualTo(Errno.ENOENT);
        assertThat(vfs.lookup(admin, at("/b/../..")).dentry()).isSameAs(root.dentry());
    }
}
