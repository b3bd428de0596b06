package org.caisson.image.registry;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How registries are talked to.
 *
 * @param connect how long a connection may take
 * @param stall how long nothing may come
 * @param attempts how often a request is made before it is given up; each that gets on begins to count anew
 * @param firstPause before the second attempt; it doubles with each
 * @param mirrors by the name of a registry, the hosts that are asked before it, in their order
 */
public record RegistryOptions(
        Duration connect, Duration stall, int attempts, Duration firstPause, Map<String, List<String>> mirrors) {
    /** For the Internet. */
    public static final RegistryOptions DEFAULT =
            new RegistryOptions(Duration.ofSeconds(15), Duration.ofSeconds(30), 5, Duration.ofMillis(500), Map.of());

    /** Copies the mirrors. */
    public RegistryOptions {
        mirrors = Map.copyOf(mirrors);
    }

    /** For who waits so long at most and tries again by itself. */
    public RegistryOptions withPatience(Duration patience) {
        Duration most = patience.compareTo(stall) < 0 ? patience : stall;
        return new RegistryOptions(connect.compareTo(most) < 0 ? connect : most, most, 1, firstPause, mirrors);
    }

    public RegistryOptions withMirrors(Map<String, List<String>> others) {
        return new RegistryOptions(connect, stall, attempts, firstPause, others);
    }
}
