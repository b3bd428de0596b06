package org.caisson.runtime;

/** The network of a container. */
public enum Network {
    /** An own network namespace with nothing but a loopback interface that is up. */
    NONE,
    /** The host's network. */
    HOST
}
