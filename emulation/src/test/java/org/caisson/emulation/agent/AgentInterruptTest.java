package org.caisson.emulation.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.SocketCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who waits for an agent that takes its time can be interrupted, and the next one still gets its own answer. */
@ExtendWith(FdLeakCheck.class)
class AgentInterruptTest {
    private static final int MAGIC = 0x53494143;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment request = arena.allocate(4096);
    private SocketCalls.SocketPair files;
    private SocketCalls.SocketPair mounts;
    private AgentConnection agent;

    @BeforeEach
    void connect() throws ErrnoException {
        files = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
        mounts = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
        SocketCalls.setTimeouts(files.second().number(), 10_000, 10_000);
        agent = AgentConnection.over(files.first(), mounts.first());
    }

    @AfterEach
    void disconnect() {
        agent.close();
        files.close();
        mounts.close();
        arena.close();
    }

    /** A read(2) of a thread of its own, which a test can interrupt. */
    private final class Reader {
        private final FutureTask<String> task;
        private final Thread thread;

        Reader(String path) {
            task = new FutureTask<>(() -> {
                try {
                    return new String(agent.proc().read(path, 100), StandardCharsets.UTF_8);
                } catch (ErrnoException e) {
                    return e.errno().name();
                }
            });
            thread = Thread.ofPlatform().start(task);
        }

        String result() throws Exception {
            return task.get(10, TimeUnit.SECONDS);
        }
    }

    private void awaitRequest() throws ErrnoException {
        try (ReceivedMessage message = SocketCalls.receiveMessage(files.second().number(), request, 1)) {
            assertThat(message.length()).isPositive();
        }
    }

    private void answer(String text) throws ErrnoException {
        MemorySegment reply = arena.allocate(12 + text.length());
        reply.set(ValueLayout.JAVA_INT, 0, MAGIC);
        for (int i = 0; i < text.length(); i++) {
            reply.set(ValueLayout.JAVA_BYTE, 12L + i, (byte) text.charAt(i));
        }
        SocketCalls.sendMessage(files.second().number(), reply);
    }

    @Test
    void whoWaitsForAReplyCanBeInterrupted() throws Exception {
        Reader slow = new Reader("slow");
        awaitRequest();
        slow.thread.interrupt();
        assertThat(slow.result()).isEqualTo(Errno.EINTR.name());
        Reader next = new Reader("next");
        answer("late");
        awaitRequest();
        answer("own");
        assertThat(next.result()).isEqualTo("own");
    }

    @Test
    void whoWaitsForItsTurnCanBeInterrupted() throws Exception {
        Reader slow = new Reader("slow");
        awaitRequest();
        Reader second = new Reader("second");
        second.thread.interrupt();
        assertThat(second.result()).isEqualTo(Errno.EINTR.name());
        answer("slow's");
        assertThat(slow.result()).isEqualTo("slow's");
    }
}
