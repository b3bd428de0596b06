package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What walks are told of changes. Where threads meet is the matter of jcstress. */
class MountSequenceTest {
    private final MountSequence sequence = new MountSequence();

    @Test
    void nothingChangedUntilSomethingDoes() {
        int begun = sequence.begin();
        assertThat(sequence.changedSince(begun)).isFalse();
        sequence.beginChange();
        assertThat(sequence.changedSince(begun)).isTrue();
        sequence.endChange();
        assertThat(sequence.changedSince(begun)).isTrue();
        assertThat(sequence.changedSince(sequence.begin())).isFalse();
    }

    @Test
    void everyChangeIsAnotherOne() {
        int first = sequence.begin();
        change();
        int second = sequence.begin();
        change();
        int third = sequence.begin();
        assertThat(second).isNotEqualTo(first);
        assertThat(third).isNotEqualTo(first).isNotEqualTo(second);
    }

    /** Until the outermost change ends, what walks see counts as changing. */
    @Test
    void changesWithinChangesAreOneChange() throws Exception {
        sequence.beginChange();
        change();
        FutureTask<Integer> walk = walk();
        assertThat(walk.isDone()).isFalse();
        sequence.endChange();
        assertThat(sequence.changedSince(walk.get(1, TimeUnit.MINUTES))).isFalse();
    }

    @Test
    void aWalkBeginsWhenTheChangeHasEnded() throws Exception {
        int before = sequence.begin();
        sequence.beginChange();
        FutureTask<Integer> walk = walk();
        assertThat(walk.isDone()).isFalse();
        sequence.endChange();
        int begun = walk.get(1, TimeUnit.MINUTES);
        assertThat(begun).isNotEqualTo(before);
        assertThat(sequence.changedSince(begun)).isFalse();
    }

    private void change() {
        sequence.beginChange();
        sequence.endChange();
    }

    /** A walk that is about to begin, or waits for that. */
    private FutureTask<Integer> walk() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        FutureTask<Integer> walk = new FutureTask<>(() -> {
            started.countDown();
            return sequence.begin();
        });
        Thread thread = new Thread(walk, "walk");
        thread.setDaemon(true);
        thread.start();
        started.await();
        return walk;
    }
}
