package org.caisson.runtime.spec;

import java.util.List;

/** {@code process.capabilities}: names as {@code CAP_CHOWN} for each of the five sets of capabilities(7). */
public record CapabilitySets(
        List<String> bounding,
        List<String> effective,
        List<String> inheritable,
        List<String> permitted,
        List<String> ambient) {
    public CapabilitySets {
        bounding = List.copyOf(bounding);
        effective = List.copyOf(effective);
        inheritable = List.copyOf(inheritable);
        permitted = List.copyOf(permitted);
        ambient = List.copyOf(ambient);
    }

    /** What a root program has: bounding, effective and permitted are equal, the others are empty. */
    public static CapabilitySets of(List<String> names) {
        return new CapabilitySets(names, names, List.of(), names, List.of());
    }
}
