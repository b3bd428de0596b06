package org.caisson.runtime.spec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.caisson.emulation.policy.CallFamily;
import org.caisson.emulation.policy.CallPolicy;
import org.caisson.emulation.policy.Treatment;
import org.jspecify.annotations.Nullable;

/** A policy in JSON: {@code {"version": 1, "calls": {"xattr": "emulate"}}}. What is unknown in it is an error. */
public final class PolicyReader {
    /** The annotation of a specification that holds a policy. */
    public static final String ANNOTATION = "org.caisson.policy";

    private static final int VERSION = 1;
    private static final int LONGEST = 1 << 16;

    private final JsonCursor json;
    private final Map<CallFamily, Treatment> treatments = new EnumMap<>(CallFamily.class);
    private boolean versioned;

    private PolicyReader(JsonCursor json) {
        this.json = json;
    }

    /** What a specification says, or what is usual. */
    public static CallPolicy of(Spec spec) throws SpecException {
        String text = spec.annotations().get(ANNOTATION);
        if (text == null) {
            return CallPolicy.USUAL;
        }
        try {
            return read(text);
        } catch (SpecException wrong) {
            throw new SpecException("annotations." + ANNOTATION, String.valueOf(wrong.getMessage()));
        }
    }

    public static CallPolicy read(String text) throws SpecException {
        if (text.length() > LONGEST) {
            throw new SpecException("the policy is longer than " + LONGEST + " characters");
        }
        try (JsonCursor json = new JsonCursor(text.getBytes(StandardCharsets.UTF_8))) {
            CallPolicy policy = new PolicyReader(json).document();
            json.end();
            return policy;
        }
    }

    private CallPolicy document() throws SpecException {
        json.object(name -> {
            switch (name) {
                case "version" -> {
                    json.requiredNumber(VERSION, VERSION);
                    versioned = true;
                }
                case "calls" -> json.object(this::family);
                default -> throw json.wrong("is not known; known are version and calls");
            }
            return true;
        });
        if (!versioned) {
            throw json.wrongField("version", "must be given, and be " + VERSION);
        }
        return new CallPolicy(treatments);
    }

    private boolean family(String name) throws SpecException {
        CallFamily family = find(name);
        if (family == null) {
            List<String> known = new ArrayList<>();
            for (CallFamily each : CallFamily.values()) {
                known.add(each.word());
            }
            throw json.wrong("is not known; known are " + String.join(", ", known));
        }
        String word = json.requiredString();
        List<String> known = new ArrayList<>();
        for (Treatment treatment : family.treatments()) {
            known.add(treatment.word());
            if (treatment.word().equals(word)) {
                treatments.put(family, treatment);
                return true;
            }
        }
        throw json.wrong("must be one of " + String.join(", ", known));
    }

    private static @Nullable CallFamily find(String word) {
        for (CallFamily family : CallFamily.values()) {
            if (family.word().equals(word)) {
                return family;
            }
        }
        return null;
    }
}
