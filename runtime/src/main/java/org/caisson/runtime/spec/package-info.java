/**
 * The configuration of a container as the OCI runtime-spec 1.2 defines it, as records, with a reader and a writer.
 *
 * <p>{@link org.caisson.runtime.spec.Spec} is {@code config.json}; {@link org.caisson.runtime.spec.SpecReader} reads it and
 * names the JSON path of what is wrong; {@link org.caisson.runtime.spec.SpecWriter} writes it.
 * Source: opencontainers/runtime-spec {@code config.md}, {@code config-linux.md}.
 */
@NullMarked
package org.caisson.runtime.spec;

import org.jspecify.annotations.NullMarked;
