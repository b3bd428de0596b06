package org.caisson.image.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How registries are talked to.
 *
 * @param connect how long a connection may take
 * @param stall how long nothing may come
 * @param attempts how often a request is made before it is given up; each that gets on begins to count anew
 * @param firstPause before the second attempt; it doubles with each
 * @param mirrors by the name of a registry, the hosts that are asked before it, in their order
 * @param authority a file of certificates that are believed besides those of the system; null if there is none
 * @param verify whether certificates are looked at
 */
public record RegistryOptions(
        Duration connect,
        Duration stall,
        int attempts,
        Duration firstPause,
        Map<String, List<String>> mirrors,
        @Nullable Path authority,
        boolean verify) {
    /** For the Internet. */
    public static final RegistryOptions DEFAULT =
            new RegistryOptions(Duration.ofSeconds(15), Duration.ofSeconds(30), 5, Duration.ofMillis(500), Map.of());

    /** Copies the mirrors. */
    public RegistryOptions {
        mirrors = Map.copyOf(mirrors);
    }

    /** With certificates of the system alone. */
    public RegistryOptions(
            Duration connect, Duration stall, int attempts, Duration firstPause, Map<String, List<String>> mirrors) {
        this(connect, stall, attempts, firstPause, mirrors, null, true);
    }

    /** With other certificates, or with none looked at. */
    public RegistryOptions withTls(@Nullable Path others, boolean looked) {
        return new RegistryOptions(connect, stall, attempts, firstPause, mirrors, others, looked);
    }

    /** For who waits so long at most and tries again by itself. */
    public RegistryOptions withPatience(Duration patience) {
        Duration most = patience.compareTo(stall) < 0 ? patience : stall;
        return new RegistryOptions(
                connect.compareTo(most) < 0 ? connect : most, most, 1, firstPause, mirrors, authority, verify);
    }

    public RegistryOptions withMirrors(Map<String, List<String>> others) {
        return new RegistryOptions(connect, stall, attempts, firstPause, others, authority, verify);
    }
}
