package org.caisson.emulation.sys;

import org.caisson.linux.ErrnoException;

/** Tells the number by which a container is known as a machine. */
@FunctionalInterface
public interface ProductId {
    /** A UUID, the same for as long as the container runs; EAGAIN before it has a process. */
    String get() throws ErrnoException;
}
