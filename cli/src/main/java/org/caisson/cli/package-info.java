/** The caisson command. */
@NullMarked
package org.caisson.cli;

import org.jspecify.annotations.NullMarked;
