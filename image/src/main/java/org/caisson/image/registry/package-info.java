/**
 * Registries of images: the client's side of the OCI distribution specification 1.1, over HTTP.
 *
 * <p>{@link org.caisson.image.registry.Registry} is one repository of one registry: {@code RegistrySource} pulls from it,
 * {@link org.caisson.image.registry.Push} pushes to it. Below them {@code Exchange} makes one request answer: it signs in, goes where it is
 * sent, and tries again.
 *
 * <p>What keeps secrets: they are sent to the registry that they are for and, in a request for a token, to the place that this registry
 * names; over TLS alone, unless the registry is on this host. To where a request is redirected they are not sent. Plain HTTP is for this
 * host alone. A certificate of ours is shown to the registry for which it lies there, and to no other.
 *
 * <p>Registries are used by several threads at once. There is one lock, that of {@code Tokens}.
 */
@NullMarked
package org.caisson.image.registry;

import org.jspecify.annotations.NullMarked;
