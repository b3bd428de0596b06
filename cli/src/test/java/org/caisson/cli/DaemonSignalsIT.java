package org.caisson.cli;

/** The same when a daemon does it. */
class DaemonSignalsIT extends SignalsIT {
    @Override
    Caisson fresh() throws Exception {
        return Caisson.withDaemon();
    }
}
