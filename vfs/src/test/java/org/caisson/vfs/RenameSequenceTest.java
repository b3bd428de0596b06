package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What walks are told of moves, and who keeps whom out. Where threads meet is the matter of jcstress. */
class RenameSequenceTest {
    private final RenameSequence sequence = new RenameSequence();

    @Test
    void aMoveIsSeenByWalksThatBeganBefore() {
        int moves = RenameSequence.moves();
        int begun = sequence.begin();
        assertThat(sequence.changedSince(begun)).isFalse();
        sequence.lockForMove();
        assertThat(sequence.changedSince(begun)).isTrue();
        sequence.unlockForMove();
        assertThat(sequence.changedSince(begun)).isTrue();
        assertThat(sequence.changedSince(sequence.begin())).isFalse();
        assertThat(sequence.begin()).isNotEqualTo(begun);
        assertThat(RenameSequence.moves()).isGreaterThan(moves);
    }

    @Test
    void whoOnlyKeepsMoversOutChangesNothing() {
        int begun = sequence.begin();
        sequence.lockForWalk();
        sequence.unlockForWalk();
        sequence.lockForRename();
        sequence.unlockForRename();
        assertThat(sequence.changedSince(begun)).isFalse();
    }

    @Test
    void aWalkBeginsWhenTheMoveHasEnded() throws Exception {
        int before = sequence.begin();
        sequence.lockForMove();
        CountDownLatch started = new CountDownLatch(1);
        FutureTask<Integer> walk = new FutureTask<>(() -> {
            started.countDown();
            return sequence.begin();
        });
        Thread walker = new Thread(walk, "walker");
        walker.setDaemon(true);
        walker.start();
        started.await();
        assertThat(walk.isDone()).isFalse();
        sequence.unlockForMove();
        int begun = walk.get(1, TimeUnit.MINUTES);
        assertThat(begun).isNotEqualTo(before);
        assertThat(sequence.changedSince(begun)).isFalse();
    }

    @Test
    void aWalkThatFailedTooOftenKeepsMoversOut() throws Exception {
        sequence.lockForWalk();
        keepsMoversOutUntil(sequence::unlockForWalk);
    }

    @Test
    void aRenameKeepsMoversOutFromItsChecksOn() throws Exception {
        sequence.lockForRename();
        // Its own move is let in.
        sequence.lockForMove();
        sequence.unlockForMove();
        keepsMoversOutUntil(sequence::unlockForRename);
    }

    private void keepsMoversOutUntil(Runnable unlock) throws Exception {
        int begun = sequence.begin();
        FutureTask<Integer> move = new FutureTask<>(() -> {
            sequence.lockForMove();
            sequence.unlockForMove();
            return 0;
        });
        Thread mover = new Thread(move, "mover");
        mover.start();
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (mover.getState() != Thread.State.WAITING && !move.isDone() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(move.isDone()).isFalse();
        assertThat(sequence.changedSince(begun)).isFalse();
        unlock.run();
        move.get(1, TimeUnit.MINUTES);
        assertThat(sequence.changedSince(begun)).isTrue();
    }
}
