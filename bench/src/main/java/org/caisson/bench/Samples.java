package org.caisson.bench;

import java.util.Arrays;

/** Figures of one thing, one a round. */
final class Samples {
    private double[] values = new double[16];
    private int count;
    private boolean sorted;

    void add(double value) {
        if (count == values.length) {
            values = Arrays.copyOf(values, count * 2);
        }
        values[count++] = value;
        sorted = false;
    }

    int count() {
        return count;
    }

    double median() {
        return quantile(0.5);
    }

    /** The value below which the given share of the figures lies, interpolated between neighbours. */
    double quantile(double share) {
        if (count == 0) {
            throw new IllegalStateException("no samples");
        }
        if (!sorted) {
            Arrays.sort(values, 0, count);
            sorted = true;
        }
        double position = share * (count - 1);
        int below = (int) position;
        int above = Math.min(below + 1, count - 1);
        return values[below] + (values[above] - values[below]) * (position - below);
    }
}
