package org.caisson.emulation.policy;

import java.util.EnumMap;
import java.util.Map;

/** What becomes of each family of calls in one container. */
public final class CallPolicy {
    /** What happens in a container that says nothing. */
    public static final CallPolicy USUAL = new CallPolicy(Map.of());

    private final EnumMap<CallFamily, Treatment> treatments = new EnumMap<>(CallFamily.class);

    /**
     * A policy that differs from {@link #USUAL}.
     *
     * @throws IllegalArgumentException for a treatment that a family does not have
     */
    public CallPolicy(Map<CallFamily, Treatment> differing) {
        for (CallFamily family : CallFamily.values()) {
            treatments.put(family, family.usual());
        }
        differing.forEach((family, treatment) -> {
            if (!family.treatments().contains(treatment)) {
                throw new IllegalArgumentException(family.word() + " cannot be " + treatment.word());
            }
            treatments.put(family, treatment);
        });
    }

    public Treatment of(CallFamily family) {
        return treatments.getOrDefault(family, family.usual());
    }

    public boolean emulates(CallFamily family) {
        return of(family) == Treatment.EMULATE;
    }

    /** Decides what was left to the container's limits: whether it has a CPU quota. */
    public CallPolicy decided(boolean hasCpuQuota) {
        if (of(CallFamily.AFFINITY) != Treatment.AUTO) {
            return this;
        }
        EnumMap<CallFamily, Treatment> decided = new EnumMap<>(treatments);
        decided.put(CallFamily.AFFINITY, hasCpuQuota ? Treatment.EMULATE : Treatment.KERNEL);
        return new CallPolicy(decided);
    }
}
