package org.caisson.vfs.wait;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WaitQueueTest {
    private static final int IN = 1;
    private static final int OUT = 4;
    private static final int HUP = 0x10;

    private final WaitQueue queue = new WaitQueue();
    private final List<String> told = new ArrayList<>();

    private WaitQueue.Registration listen(String name, int events, boolean once) {
        return queue.listen(events, once, happened -> told.add(name + " " + happened));
    }

    @Test
    void listenersAreToldOfWhatConcernsThemInTheirOrder() {
        listen("in", IN, false);
        listen("out", OUT, false);
        listen("both", IN | OUT, false);
        queue.announce(IN);
        queue.announce(OUT | HUP);
        assertThat(told).containsExactly("in 1", "both 1", "in 16", "out 20", "both 20");
    }

    @Test
    void oneShotListenerIsToldOnce() {
        WaitQueue.Registration once = listen("once", IN, true);
        queue.announce(OUT);
        assertThat(once.isListening()).isTrue();
        queue.announce(IN);
        queue.announce(IN);
        assertThat(told).containsExactly("once 1");
        assertThat(once.isListening()).isFalse();
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void listenersMayBeRemovedAndAddedWhileOthersAreTold() {
        List<WaitQueue.Registration> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            all.add(queue.listen(IN, false, happened -> {
                told.add("listener " + number);
                all.get(number).close();
                all.get((number + 1) % 4).close();
                listen("late", IN, true);
            }));
        }
        queue.announce(IN);
        assertThat(told).containsExactly("listener 0", "listener 2");
        told.clear();
        queue.announce(IN);
        assertThat(told).containsExactly("late 1", "late 1");
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void closedListenerIsNotTold() {
        WaitQueue.Registration first = listen("first", IN, false);
        listen("second", IN, false);
        first.close();
        first.close();
        queue.announce(IN);
        assertThat(told).containsExactly("second 1");
    }

    /** Each of many threads gets each of its one-shot events exactly once, whoever announces. */
    @Test
    void oneShotEventIsNeverDoubledOrLostAmongThreads() throws Exception {
        int threads = 4;
        int rounds = 2000;
        AtomicInteger calls = new AtomicInteger();
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            running.add(CompletableFuture.runAsync(
                    () -> {
                        for (int round = 0; round < rounds; round++) {
                            Sleeper sleeper = new Sleeper();
                            queue.listen(IN, true, happened -> {
                                calls.incrementAndGet();
                                sleeper.wake();
                            });
                            queue.announce(IN);
                            sleeper.sleepRegardless();
                        }
                    },
                    Thread::startVirtualThread));
        }
        for (CompletableFuture<Void> each : running) {
            each.get(30, TimeUnit.SECONDS);
        }
        assertThat(calls).hasValue(threads * rounds);
        assertThat(queue.isEmpty()).isTrue();
    }
}
