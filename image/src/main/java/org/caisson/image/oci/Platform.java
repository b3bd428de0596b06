package org.caisson.image.oci;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What an image runs on.
 *
 * @param os {@code linux}
 * @param architecture as Go names it: {@code amd64}, {@code arm64}
 * @param variant of the architecture: {@code v7}; empty if none is said
 * @param features what the system must be able to do
 */
public record Platform(String os, String architecture, String variant, List<String> features) {
    /** Of a system that mounts layers that are EROFS images, as containerd calls it. */
    public static final String EROFS = "erofs";

    /** The features that there are here. */
    private static final Set<String> OURS = Set.of(EROFS);

    /** Puts other spellings right. */
    public Platform {
        features = List.copyOf(features);
        String given = architecture;
        architecture = switch (given) {
            case "x86_64", "x86-64" -> "amd64";
            case "aarch64" -> "arm64";
            case "armhf", "armel" -> "arm";
            case "i386" -> "386";
            default -> given;
        };
        if (variant.isEmpty()) {
            variant = switch (given) {
                case "armhf", "arm" -> "v7";
                case "armel" -> "v6";
                default -> "";
            };
        }
        if ((architecture.equals("arm64") && variant.equals("v8"))
                || (architecture.equals("amd64") && variant.equals("v1"))) {
            variant = "";
        }
    }

    /** One of which no features are asked. */
    public Platform(String os, String architecture, String variant) {
        this(os, architecture, variant, List.of());
    }

    /** The same of a system with a feature. */
    public Platform with(String feature) {
        return new Platform(os, architecture, variant, List.of(feature));
    }

    /** As JSON in maps. */
    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("architecture", architecture);
        json.put("os", os);
        if (!features.isEmpty()) {
            json.put("os.features", features);
        }
        if (!variant.isEmpty()) {
            json.put("variant", variant);
        }
        return json;
    }

    /** The one that this program runs on. */
    public static Platform host() {
        String name = System.getProperty("os.arch", "amd64").toLowerCase(Locale.ROOT);
        return new Platform("linux", name, "");
    }

    /** Reads {@code linux/arm/v7}, {@code linux/arm64} or {@code arm64}. */
    public static Platform parse(String text) throws ImageFormatException {
        String[] parts = text.split("/", -1);
        if (parts.length > 3 || List.of(parts).contains("")) {
            throw new ImageFormatException(
                    "'" + Shown.of(text) + "' is no platform: give OS/ARCHITECTURE as in linux/arm64");
        }
        if (parts.length == 1) {
            return new Platform("linux", parts[0], "");
        }
        return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
    }

    static Platform of(JsonObject json) throws ImageFormatException {
        return new Platform(
                json.textOrEmpty("os"),
                json.textOrEmpty("architecture"),
                json.textOrEmpty("variant"),
                json.texts("os.features"));
    }

    /**
     * How well what is made for {@code other} runs here: 0 if it does not, else the greater the better. A 32-bit ARM runs what is for an
     * earlier version of it, and what needs a feature that there is not here does not run; an architecture whose variant nobody told runs what is for none.
     */
    public int suits(Platform other) {
        if (!os.equals(other.os) || !architecture.equals(other.architecture) || !OURS.containsAll(other.features)) {
            return 0;
        }
        if (variant.equals(other.variant)) {
            return 100;
        }
        if (other.variant.isEmpty()) {
            return 1;
        }
        int ours = version(variant);
        int theirs = version(other.variant);
        return ours > 0 && theirs > 0 && theirs < ours ? 1 + theirs : 0;
    }

    private static int version(String variant) {
        return variant.matches("v[0-9]{1,2}") ? Integer.parseInt(variant.substring(1)) : 0;
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
