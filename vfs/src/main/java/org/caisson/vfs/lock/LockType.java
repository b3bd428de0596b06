package org.caisson.vfs.lock;

/** What a lock lets others do. */
public enum LockType {
    /** Others may have read locks too (F_RDLCK, LOCK_SH). */
    READ(0, "READ "),
    /** Others may have none (F_WRLCK, LOCK_EX). */
    WRITE(1, "WRITE"),
    /** No lock: to ask for it gives a lock back (F_UNLCK, LOCK_UN). */
    NONE(2, "UNLCK");

    private final int number;
    private final String word;

    LockType(int number, String word) {
        this.number = number;
        this.word = word;
    }

    /** The number that {@code struct flock} has for it, of {@code asm-generic/fcntl.h}. */
    public int number() {
        return number;
    }

    /**
     * The type of a number of {@code struct flock}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static LockType of(int number) {
        return switch (number) {
            case 0 -> READ;
            case 1 -> WRITE;
            case 2 -> NONE;
            default -> throw new IllegalArgumentException("no lock type has the number " + number);
        };
    }

    boolean conflictsWith(LockType other) {
        return this == WRITE || other == WRITE;
    }

    /** As {@code /proc/locks} writes it. */
    String word() {
        return word;
    }
}
