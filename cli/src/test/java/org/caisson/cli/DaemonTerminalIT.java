package org.caisson.cli;

/** The same when a daemon does it. */
class DaemonTerminalIT extends TerminalIT {
    @Override
    Caisson fresh() throws Exception {
        return Caisson.withDaemon();
    }
}
