package org.caisson.cli;

/** The same when a daemon does it. */
class DaemonLifeCycleIT extends LifeCycleIT {
    @Override
    Caisson fresh() throws Exception {
        return Caisson.withDaemon();
    }
}
