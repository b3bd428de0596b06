package org.caisson.cli;

/** The same when a daemon does it. */
class DaemonDoIT extends DoIT {
    @Override
    Caisson fresh() throws Exception {
        return Caisson.withDaemon();
    }
}
