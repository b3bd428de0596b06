/**
 * The {@code caisson} command as a user runs it: real programs in real containers on the real kernel. Every test works
 * below a state directory of its own; {@link NothingIsLeftTest} runs last and looks for what the others left behind.
 */
@NullMarked
package org.caisson.systemtests;

import org.jspecify.annotations.NullMarked;
