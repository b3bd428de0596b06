package org.caisson.runtime.stage;

/** Somebody who may give up while something is being made. Asked, by the thread that makes it, where that has to wait. */
public interface Interruption {
    /** Becomes readable when {@link #givenUp} is to be asked. */
    int descriptor();

    /** Takes what made the descriptor readable: whether that means to end the making. */
    boolean givenUp();
}
