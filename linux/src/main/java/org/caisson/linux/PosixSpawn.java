package org.caisson.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** {@code posix_spawn(3)} of glibc: a child without copying this process, for a JVM cannot fork. */
final class PosixSpawn {
    // Sizes of glibc's types on x86-64 (spawn.h, bits/types/__sigset_t.h), the opaque ones rounded up.
    private static final int FILE_ACTIONS_SIZE = 128;
    private static final int ATTRIBUTES_SIZE = 512;
    private static final int SIGSET_SIZE = 128;

    private static final int POSIX_SPAWN_SETPGROUP = 0x02;
    private static final int POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final int POSIX_SPAWN_SETSIGMASK = 0x08;
    private static final int POSIX_SPAWN_SETSID = 0x80;

    private static final int FIRST_FREE = 3;

    private static final MemorySegment SPAWN = Syscalls.libc("posix_spawn");
    private static final MemorySegment ACTIONS_INIT = Syscalls.libc("posix_spawn_file_actions_init");
    private static final MemorySegment ACTIONS_DESTROY = Syscalls.libc("posix_spawn_file_actions_destroy");
    private static final MemorySegment ADD_DUP2 = Syscalls.libc("posix_spawn_file_actions_adddup2");
    private static final MemorySegment ADD_CLOSE = Syscalls.libc("posix_spawn_file_actions_addclose");
    private static final MemorySegment ADD_CLOSE_FROM = Syscalls.libc("posix_spawn_file_actions_addclosefrom_np");
    private static final MemorySegment ATTRIBUTES_INIT = Syscalls.libc("posix_spawnattr_init");
    private static final MemorySegment SET_FLAGS = Syscalls.libc("posix_spawnattr_setflags");
    private static final MemorySegment SET_DEFAULTS = Syscalls.libc("posix_spawnattr_setsigdefault");
    private static final MemorySegment SET_MASK = Syscalls.libc("posix_spawnattr_setsigmask");

    private PosixSpawn() {}

    static int spawn(SpawnRequest request) throws ErrnoException {
        List<OwnedFd> copies = new ArrayList<>();
        try (Scratch scratch = Scratch.open()) {
            MemorySegment actions = scratch.allocate(FILE_ACTIONS_SIZE);
            must(Syscalls.invoke(ACTIONS_INIT, actions.address(), 0, 0, 0, 0, 0));
            try {
                addDescriptors(actions.address(), request.descriptors(), copies);
                return spawn(request, scratch, actions);
            } finally {
                Syscalls.invoke(ACTIONS_DESTROY, actions.address(), 0, 0, 0, 0, 0);
            }
        } finally {
            for (OwnedFd copy : copies) {
                copy.close();
            }
        }
    }

    private static int spawn(SpawnRequest request, Scratch scratch, MemorySegment actions) throws ErrnoException {
        MemorySegment path = scratch.string(request.path());
        MemorySegment pid = scratch.allocate(8);
        long error = Syscalls.invoke(
                SPAWN,
                pid.address(),
                path.address(),
                actions.address(),
                attributes(request.group(), scratch).address(),
                scratch.strings(request.arguments()).address(),
                scratch.strings(request.environment()).address());
        Syscalls.check(-(int) error, "spawn", path);
        return pid.get(ValueLayout.JAVA_INT, 0);
    }

    private static MemorySegment attributes(SpawnRequest.Group group, Scratch scratch) throws ErrnoException {
        int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
        if (group == SpawnRequest.Group.OWN_SESSION) {
            flags |= POSIX_SPAWN_SETSID;
        } else if (group == SpawnRequest.Group.OWN_GROUP) {
            flags |= POSIX_SPAWN_SETPGROUP;
        }
        MemorySegment attributes = scratch.allocate(ATTRIBUTES_SIZE);
        MemorySegment signals = scratch.allocate(SIGSET_SIZE);
        must(Syscalls.invoke(ATTRIBUTES_INIT, attributes.address(), 0, 0, 0, 0, 0));
        must(Syscalls.invoke(SET_FLAGS, attributes.address(), flags, 0, 0, 0, 0));
        must(Syscalls.invoke(SET_MASK, attributes.address(), signals.address(), 0, 0, 0, 0));
        signals.fill((byte) 0xff);
        must(Syscalls.invoke(SET_DEFAULTS, attributes.address(), signals.address(), 0, 0, 0, 0));
        return attributes;
    }

    /**
     * Sources move out of the way of targets first, for a target may be the number of a later source; then each target
     * is put in place, and whatever else is open from 3 on is closed.
     */
    private static void addDescriptors(long actions, List<SpawnRequest.Descriptor> descriptors, List<OwnedFd> copies)
            throws ErrnoException {
        int end = FIRST_FREE;
        for (SpawnRequest.Descriptor descriptor : descriptors) {
            end = Math.max(end, descriptor.target() + 1);
        }
        for (SpawnRequest.Descriptor descriptor : descriptors) {
            int source = descriptor.source();
            if (source < end) {
                OwnedFd copy = OwnedFd.own(FileCalls.fcntl(source, FileCalls.F_DUPFD_CLOEXEC, end));
                copies.add(copy);
                source = copy.number();
            }
            must(Syscalls.invoke(ADD_DUP2, actions, source, descriptor.target(), 0, 0, 0));
        }
        for (int number = FIRST_FREE; number < end; number++) {
            if (!isTarget(number, descriptors)) {
                must(Syscalls.invoke(ADD_CLOSE, actions, number, 0, 0, 0, 0));
            }
        }
        must(Syscalls.invoke(ADD_CLOSE_FROM, actions, end, 0, 0, 0, 0));
    }

    private static boolean isTarget(int number, List<SpawnRequest.Descriptor> descriptors) {
        for (SpawnRequest.Descriptor descriptor : descriptors) {
            if (descriptor.target() == number) {
                return true;
            }
        }
        return false;
    }

    private static void must(long error) throws ErrnoException {
        Syscalls.check(-(int) error, "prepare to spawn");
    }
}
