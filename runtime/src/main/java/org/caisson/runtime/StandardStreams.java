package org.caisson.runtime;

/** The descriptors of the caller that a program without a terminal gets as 0, 1 and 2. They stay the caller's. */
public record StandardStreams(int input, int output, int error) {
    /** The caller's own. */
    public static final StandardStreams INHERIT = new StandardStreams(0, 1, 2);
}
