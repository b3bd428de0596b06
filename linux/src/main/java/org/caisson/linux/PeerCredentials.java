package org.caisson.linux;

/** {@code struct ucred}: who was at the other end of a Unix socket when it was connected, in the asker's namespaces. */
public record PeerCredentials(int pid, int uid, int gid) {}
