package org.caisson.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Remembers what was on the host before the first test ran. */
public final class BeforeTheSuite implements LauncherSessionListener {
    private static volatile @Nullable HostSnapshot snapshot = null;

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        try {
            snapshot = HostSnapshot.take();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static HostSnapshot snapshot() {
        var taken = snapshot;
        if (taken == null) {
            throw new IllegalStateException("the launcher did not call BeforeTheSuite");
        }
        return taken;
    }
}
