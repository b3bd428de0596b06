package org.caisson.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(FdLeakCheck.class)
class EpollTest {
    @Test
    void closingEndsAWait() throws Exception {
        for (int i = 0; i < 100; i++) {
            Epoll epoll = Epoll.create(8);
            CountDownLatch waiting = new CountDownLatch(1);
            FutureTask<Errno> wait = Threads.start(() -> {
                waiting.countDown();
                try {
                    epoll.await(-1);
                } catch (ErrnoException e) {
                    return e.errno();
                }
                throw new AssertionError("nothing is ready");
            });
            waiting.await();
            epoll.close();
            epoll.close();
            assertThat(Threads.join(wait)).isEqualTo(Errno.EBADF);
        }
    }

    @Test
    void readyDescriptorsAreToldByTheirData() throws ErrnoException {
        try (Epoll epoll = Epoll.create(8);
                FileCalls.Pipe first = FileCalls.pipe2(0);
                FileCalls.Pipe second = FileCalls.pipe2(0)) {
            epoll.add(first.reader().number(), Epoll.EPOLLIN, 0x1_0000_0001L);
            epoll.add(second.reader().number(), Epoll.EPOLLIN, -2);
            assertThat(epoll.await(0)).isZero();

            FileCalls.writeFully(second.writer().number(), new byte[1]);
            assertThat(epoll.await(-1)).isEqualTo(1);
            assertThat(epoll.data(0)).isEqualTo(-2);
            assertThat(epoll.events(0)).isEqualTo(Epoll.EPOLLIN);

            FileCalls.writeFully(first.writer().number(), new byte[1]);
            assertThat(epoll.await(-1)).isEqualTo(2);
            assertThat(epoll.data(0) + epoll.data(1)).isEqualTo(0x1_0000_0001L - 2);

            epoll.modify(first.reader().number(), 0, 7);
            epoll.remove(second.reader().number());
            assertThat(epoll.await(0)).isZero();
            first.writer().close();
            assertThat(epoll.await(-1)).isEqualTo(1);
            assertThat(epoll.events(0)).isEqualTo(Epoll.EPOLLHUP);
            assertThat(epoll.data(0)).isEqualTo(7);
        }
    }
}
