package org.caisson.linux;

import java.util.List;

/** A message of a Unix socket: how many bytes came (0: the peer has gone), and the descriptors that came along. */
public record ReceivedMessage(long length, List<OwnedFd> descriptors) implements AutoCloseable {
    /** Closes the descriptors, those given up by {@link OwnedFd#release} excepted. */
    @Override
    public void close() {
        for (OwnedFd descriptor : descriptors) {
            descriptor.close();
        }
    }
}
