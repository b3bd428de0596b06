package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(FdLeakCheck.class)
class NamespaceCallsTest {
    private static final Map<String, Integer> KINDS = Map.of(
            "mnt", CloneFlags.CLONE_NEWNS,
            "uts", CloneFlags.CLONE_NEWUTS,
            "ipc", CloneFlags.CLONE_NEWIPC,
            "net", CloneFlags.CLONE_NEWNET,
            "pid", CloneFlags.CLONE_NEWPID,
            "user", CloneFlags.CLONE_NEWUSER,
            "cgroup", CloneFlags.CLONE_NEWCGROUP,
            "time", CloneFlags.CLONE_NEWTIME);

    @Test
    void everyNamespaceKnowsItsKind() throws ErrnoException {
        for (Map.Entry<String, Integer> kind : KINDS.entrySet()) {
            try (OwnedFd namespace = FileCalls.open("/proc/self/ns/" + kind.getKey(), OpenFlags.O_RDONLY)) {
                assertThat(NamespaceCalls.type(namespace.number())).isEqualTo(kind.getValue());
            }
        }
    }

    @Test
    void aThreadLeavesAndComesBackAlone() throws Exception {
        String home = link("/proc/self/ns/uts");
        Threads.run(() -> {
            try (OwnedFd old = FileCalls.open("/proc/thread-self/ns/uts", OpenFlags.O_RDONLY)) {
                NamespaceCalls.unshare(CloneFlags.CLONE_NEWUTS);
                assertThat(link("/proc/thread-self/ns/uts")).isNotEqualTo(home);
                try (OwnedFd mine = FileCalls.open("/proc/thread-self/ns/uts", OpenFlags.O_RDONLY);
                        OwnedFd owner = NamespaceCalls.owningUserNamespace(mine.number())) {
                    assertThat(NamespaceCalls.type(owner.number())).isEqualTo(CloneFlags.CLONE_NEWUSER);
                }
                NamespaceCalls.setns(old.number(), CloneFlags.CLONE_NEWUTS);
                assertThat(link("/proc/thread-self/ns/uts")).isEqualTo(home);
            }
            return true;
        });
        assertThat(link("/proc/self/ns/uts")).isEqualTo(home);
    }

    @Test
    void aJvmCannotMakeAUserNamespace() throws Exception {
        Threads.run(() -> {
            assertThatThrownBy(() -> NamespaceCalls.unshare(CloneFlags.CLONE_NEWUSER))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
            return true;
        });
    }

    private static String link(String path) throws ErrnoException {
        return new String(FileCalls.readlinkat(AtFlags.AT_FDCWD, path), UTF_8);
    }
}
