/** What becomes of the system calls of a container that emulation may answer: one {@link org.caisson.emulation.policy.Treatment} a family. */
@NullMarked
package org.caisson.emulation.policy;

import org.jspecify.annotations.NullMarked;
