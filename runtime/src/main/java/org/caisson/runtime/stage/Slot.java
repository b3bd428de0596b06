package org.caisson.runtime.stage;

/** Where the stage keeps descriptors between its steps: the first four are {@code stage.h}'s. */
final class Slot {
    static final int CONTROL = 0;
    static final int SYNC = 1;
    static final int LISTENER = 2;
    static final int TERMINAL = 3;
    static final int TERMINAL_PEER = 4;
    static final int ROOT = 5;
    static final int TREE = 6;
    static final int TARGET = 7;
    static final int OTHER_TARGET = 8;
    // 9 is CallWriter.newMount's.
    static final int SOURCE = 10;
    static final int WORKING_DIRECTORY = 11;
    static final int ROOT_AGAIN = 12;
    static final int WORKING_DIRECTORY_AGAIN = 13;
    /** This and the next are handed over together. */
    static final int LOCKED_PROC = 14;

    static final int LOCKED_SYS = 15;
    static final int KERNEL_TREE = 16;
    static final int AGENT_NAMESPACE = 17;
    static final int OWN_NAMESPACE = 18;
    /** The program's own, as many as there are. */
    static final int FIRST_INHERITED = 20;

    static final int MOST_INHERITED = 100;

    private Slot() {}
}
