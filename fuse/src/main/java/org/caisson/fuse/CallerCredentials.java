package org.caisson.fuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.caisson.vfs.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request, from its header. Supplementary groups are not in it: they are read from {@code /proc/TID/status} only when
 * an operation was refused without them. Used by one thread.
 */
final class CallerCredentials {
    private static final int REMEMBERED = 16;

    private final IdShift ids;
    private final boolean alwaysRoot;
    private final @Nullable Credentials[] remembered = new @Nullable Credentials[REMEMBERED];
    private Credentials current = Credentials.root();
    private int uid;
    private int gid;
    private int tid;
    private boolean known;

    /** {@code alwaysRoot} is for a tree whose door checks permissions itself. */
    CallerCredentials(IdShift ids, boolean alwaysRoot) {
        this.ids = ids;
        this.alwaysRoot = alwaysRoot;
    }

    /** A new request: the host's ids and thread. */
    void set(int hostUid, int hostGid, int hostTid) {
        uid = hostUid;
        gid = hostGid;
        tid = hostTid;
        known = false;
    }

    Credentials get() {
        if (!known) {
            current = alwaysRoot ? Credentials.root() : recall(ids.toTree(uid), ids.toTree(gid), tid);
            known = true;
        }
        return current;
    }

    private Credentials recall(int treeUid, int treeGid, int callerTid) {
        int slot = (callerTid ^ treeUid * 31 ^ treeGid * 17) & (REMEMBERED - 1);
        Credentials credentials = remembered[slot];
        if (credentials == null
                || credentials.callerTid() != callerTid
                || credentials.uid() != treeUid
                || credentials.gid() != treeGid) {
            credentials = Credentials.of(treeUid, treeGid, callerTid);
            remembered[slot] = credentials;
        }
        return credentials;
    }

    /** Adds the caller's supplementary groups for the rest of this request; false if it has none. */
    boolean addGroups() {
        if (tid <= 0 || alwaysRoot) {
            return false;
        }
        int[] groups = groupsOf(tid);
        int count = 0;
        for (int group : groups) {
            // One that the tree cannot show is no membership of anything there, least of all of the overflow group.
            if (ids.contains(group)) {
                groups[count++] = ids.toTree(group);
            }
        }
        if (count == 0) {
            return false;
        }
        current = get().withGroups(Arrays.copyOf(groups, count));
        return true;
    }

    private static int[] groupsOf(int thread) {
        // The first line has the program's name, which is bytes of any kind.
        Path file = Path.of("/proc/" + thread + "/status");
        try (BufferedReader status = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            for (String line = status.readLine(); line != null; line = status.readLine()) {
                if (line.startsWith("Groups:")) {
                    return parse(line, "Groups:".length());
                }
            }
        } catch (IOException | NumberFormatException e) {
            // The caller has ended, or is hidden from us: it stays without supplementary groups.
            return new int[0];
        }
        return new int[0];
    }

    private static int[] parse(String line, int from) {
        int[] groups = new int[16];
        int count = 0;
        int i = from;
        while (i < line.length()) {
            while (i < line.length() && Character.isWhitespace(line.charAt(i))) {
                i++;
            }
            int start = i;
            while (i < line.length() && !Character.isWhitespace(line.charAt(i))) {
                i++;
            }
            if (i > start) {
                if (count == groups.length) {
                    groups = Arrays.copyOf(groups, count * 2);
                }
                groups[count++] = Integer.parseUnsignedInt(line, start, i, 10);
            }
        }
        return Arrays.copyOf(groups, count);
    }
}
