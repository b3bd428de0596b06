package org.caisson.runtime.cgroup;

import java.io.IOException;

/** Knows the owners by whose marks control groups are told apart. */
@FunctionalInterface
public interface OwnerRegister {
    /** Whether somebody who has this mark is still there to take his groups away. */
    boolean lives(String mark) throws IOException;
}
