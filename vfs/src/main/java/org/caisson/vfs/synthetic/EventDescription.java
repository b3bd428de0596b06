package org.caisson.vfs.synthetic;

import org.caisson.vfs.Credentials;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.ReadinessListener;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/** An open {@link EventFile}. */
final class EventDescription extends TextDescription {
    private final EventFile.Watch watch;

    EventDescription(
            SyntheticFileSystem fileSystem,
            VirtualDentry place,
            Credentials credentials,
            int flags,
            GeneratedFile.Content content,
            EventFile.Watch watch) {
        super(fileSystem, place, credentials, flags, content, watch::write);
        this.watch = watch;
    }

    @Override
    public int readiness() {
        return watch.readiness();
    }

    @Override
    public WaitQueue.@Nullable Registration listen(int events, boolean once, ReadinessListener listener) {
        return watch.listen(events, once, listener);
    }

    @Override
    protected void onRelease() {
        watch.close();
    }
}
