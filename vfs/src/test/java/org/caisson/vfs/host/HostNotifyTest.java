package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.InotifyFlags;
import org.caisson.vfs.Name;
import org.caisson.vfs.notify.Inotify;
import org.caisson.vfs.notify.InotifyAccounts;
import org.caisson.vfs.notify.InotifyEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Who watches a host directory is told what happens to it here. */
@ExtendWith(FdLeakCheck.class)
class HostNotifyTest {
    @TempDir
    Path directory;

    @Test
    void changesOfNamesAreTold() throws Exception {
        try (HostFileSystem fileSystem = HostFileSystem.open(directory.toString(), HostOptions.DEFAULT)) {
            HostTree tree = new HostTree(fileSystem);
            try (Inotify inotify = Inotify.open(new InotifyAccounts(tree.vfs), tree.caller, InotifyFlags.IN_NONBLOCK)) {
                inotify.addWatch(tree.vfs, tree.caller, tree.at("/"), InotifyFlags.IN_ALL_EVENTS);
                tree.mkdir("d");
                tree.write("file", "text");
                tree.rename("file", "other");
                tree.link("other", "d/link");
                tree.link("other", "again");
                tree.unlink("other");
                tree.rename("again", "d/link2");
                assertThat(told(inotify))
                        .containsExactly(
                                "40000100 d",
                                "100 file",
                                "20 file",
                                "2 file",
                                "8 file",
                                "40 file",
                                "80 other",
                                "100 again",
                                "200 other",
                                "40 again");
            }
        }
    }

    private static List<String> told(Inotify inotify) {
        List<String> events = new ArrayList<>();
        for (InotifyEvent event = inotify.poll(); event != null; event = inotify.poll()) {
            Name name = event.name();
            events.add(Integer.toHexString(event.mask()) + " " + (name == null ? "" : name));
        }
        return events;
    }
}
