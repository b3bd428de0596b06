package org.caisson.runtime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.caisson.runtime.stage.IdMap;
import org.caisson.runtime.state.FileLock;

/** Keeps ids that a specification names from being given to another container, and refuses those that one has. */
final class IdReservation implements AutoCloseable {
    private final List<FileLock> locks = new ArrayList<>();

    private IdReservation() {}

    static IdReservation of(IdMaps ids) throws IOException {
        IdReservation reservation = new IdReservation();
        try {
            for (IdMap map : ids.uids()) {
                reservation.locks.addAll(IdRange.reserve(map.outside(), map.size()));
            }
            for (IdMap map : ids.gids()) {
                reservation.locks.addAll(IdRange.reserve(map.outside(), map.size()));
            }
            return reservation;
        } catch (IOException e) {
            reservation.close();
            throw e;
        }
    }

    /** The files stay: others may share them. */
    @Override
    public void close() {
        for (FileLock lock : locks) {
            lock.close();
        }
    }
}
