package org.caisson.runtime;

import java.io.IOException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.stage.Stage;
import org.caisson.runtime.stage.StageException;
import org.jspecify.annotations.Nullable;

/**
 * The first half of a container that was made ahead: a stage whose first process is in its control groups and namespaces and has nothing
 * mounted, with {@code /dev/null} as standard streams.
 */
final class Foundation implements AutoCloseable {
    private final Preparation preparation;
    private final NamespacePlan namespaces;
    private final Stage stage;

    private Foundation(Preparation preparation, NamespacePlan namespaces, Stage stage) {
        this.preparation = preparation;
        this.namespaces = namespaces;
        this.stage = stage;
    }

    /** Lays it, while {@code preparation} is under way. */
    static Foundation lay(RuntimeOptions options, Spec spec, Preparation preparation) throws IOException {
        IdMaps ids = preparation.ids();
        NamespacePlan namespaces = NamespacePlan.of(spec, ids);
        @Nullable Stage stage = null;
        boolean done = false;
        try (OwnedFd nothing = FileCalls.open("/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
                StageProgram file = StageProgram.of(options.stage(), ids)) {
            int fd = nothing.number();
            stage = Stage.spawn(file.path(), fd, fd, fd);
            stage.unshare(namespaces.orders());
            preparation.join(stage.fork());
            preparation.awaitJoined();
            preparation.emulation();
            done = true;
            return new Foundation(preparation, namespaces, stage);
        } finally {
            if (!done) {
                if (stage != null) {
                    stage.close();
                }
                namespaces.close();
            }
        }
    }

    Preparation preparation() {
        return preparation;
    }

    NamespacePlan namespaces() {
        return namespaces;
    }

    /** The stage, with what it would have of whom it is for. */
    Stage stage(ContainerIo io) throws StageException {
        return stage.interruptible(io.interruption()).inheriting(io.process());
    }

    @Override
    public void close() {
        stage.close();
        namespaces.close();
        preparation.await();
    }
}
