package org.caisson.vfs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.SpawnRequest;

/** A user namespace of the kernel with maps of ids, which lives as long as a process in it. */
public final class HeldUserNamespace implements AutoCloseable {
    private final FileCalls.Pipe life;
    private final int pid;
    private final OwnedFd descriptor;

    /** Maps are as those of {@code /proc/PID/uid_map}. */
    public HeldUserNamespace(String users, String groups) throws ErrnoException {
        life = FileCalls.pipe2(0);
        try (FileCalls.Pipe ready = FileCalls.pipe2(0);
                Scratch scratch = Scratch.open()) {
            pid = ProcessCalls.spawn(SpawnRequest.of("/usr/bin/unshare")
                    .arguments(List.of("unshare", "--user", "sh", "-c", "echo; exec cat"))
                    .environment("PATH", "/usr/bin:/bin")
                    .descriptor(life.reader(), 0)
                    .descriptor(ready.writer(), 1));
            if (FileCalls.read(ready.reader().number(), scratch.allocate(1)) != 1) {
                throw new IllegalStateException("no process in a user namespace");
            }
            FileCalls.writeFile("/proc/" + pid + "/uid_map", users.getBytes(UTF_8));
            FileCalls.writeFile("/proc/" + pid + "/gid_map", groups.getBytes(UTF_8));
            descriptor = FileCalls.open("/proc/" + pid + "/ns/user", OpenFlags.O_RDONLY);
        }
    }

    /** Of the namespace, for mount_setattr(2). */
    public int number() {
        return descriptor.number();
    }

    /** Attaches a directory's mount once more, so that it shows owners by the maps. */
    public void show(String directory, String at) throws ErrnoException {
        try (OwnedFd tree = MountCalls.openTree(AtFlags.AT_FDCWD, directory, MountFlags.OPEN_TREE_CLONE)) {
            MountCalls.idmap(tree.number(), number(), false);
            MountCalls.moveMount(tree.number(), "", AtFlags.AT_FDCWD, at, MountFlags.MOVE_MOUNT_F_EMPTY_PATH);
        }
    }

    @Override
    public void close() throws ErrnoException {
        descriptor.close();
        life.close();
        ProcessCalls.waitForExit(pid);
    }
}
