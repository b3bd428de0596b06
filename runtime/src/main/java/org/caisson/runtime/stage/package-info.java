/**
 * The Java side of a container's first stage, the small C program in the module {@code native}: {@link
 * org.caisson.runtime.stage.Stage} spawns it and drives it, {@link org.caisson.runtime.stage.StageOrders} and {@link
 * org.caisson.runtime.stage.ProcessOrders} say what it shall do, {@link org.caisson.runtime.stage.ContainerProcess} is
 * what comes of it. All decisions are taken here; the C side follows orders and reports what failed.
 *
 * <p>One container is driven by one thread until it is started; afterwards {@code ContainerProcess} may be used by many.
 */
@NullMarked
package org.caisson.runtime.stage;

import org.jspecify.annotations.NullMarked;
