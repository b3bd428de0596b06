package org.caisson.bench;

import org.jspecify.annotations.Nullable;

/**
 * One line of a table: what was measured, our figures, and those of a peer where there is one.
 *
 * @param goal the ratio of ours to the peer's that we want at most; 0 for none
 */
record Row(
        String measure,
        String unit,
        Samples ours,
        @Nullable String peerName,
        @Nullable Samples peer,
        double goal) {
    static Row alone(String measure, String unit, Samples ours) {
        return new Row(measure, unit, ours, null, null, 0);
    }

    static Row beside(String measure, String unit, Samples ours, String peerName, Samples peer) {
        return new Row(measure, unit, ours, peerName, peer, 0);
    }

    Row withGoal(double ratio) {
        return new Row(measure, unit, ours, peerName, peer, ratio);
    }

    /** Our median over the peer's; NaN without a peer. */
    double ratio() {
        return peer == null ? Double.NaN : ours.median() / peer.median();
    }
}
