package org.caisson.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.caisson.linux.Capabilities;

/** Which capabilities a program has, from additions to and drops from all of its user namespace. */
final class CapabilityChoice {
    /**
     * Capabilities that a user namespace cannot give, for the kernel asks for them in the first one: a program that finds
     * them believes that it can load modules, map devices and set the clock, and fails. systemd skips its units for these
     * where they are missing.
     */
    private static final long HOST_ONLY = mask(List.of("CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_TIME"));

    private static final List<String> USUAL = names(Capabilities.ALL & ~HOST_ONLY);

    private CapabilityChoice() {}

    /** The number of {@code CAP_NAME}, or -1. */
    static int number(String name) {
        return Capabilities.names().indexOf(name);
    }

    /** A bit for each name; names that this runtime does not know are left out. */
    static long mask(List<String> names) {
        long mask = 0;
        for (String name : names) {
            int number = number(name);
            if (number >= 0) {
                mask |= 1L << number;
            }
        }
        return mask;
    }

    /** What a program gets that asks for nothing else: all that mean something in a user namespace. */
    static List<String> usual() {
        return USUAL;
    }

    /**
     * As Docker combines them: the usual ones less {@code dropped}, then {@code added}; but where all are added, all less
     * those dropped by name.
     */
    static List<String> choose(List<String> added, List<String> dropped) throws ContainerException {
        if (added.isEmpty() && dropped.isEmpty()) {
            return USUAL;
        }
        long plus = 0;
        for (String name : added) {
            plus |= bits(name);
        }
        long minus = 0;
        for (String name : dropped) {
            long bits = bits(name);
            minus |= plus == Capabilities.ALL && bits == Capabilities.ALL ? 0 : bits;
        }
        return names(
                plus == Capabilities.ALL ? Capabilities.ALL & ~minus : (Capabilities.ALL & ~HOST_ONLY & ~minus) | plus);
    }

    private static List<String> names(long mask) {
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < Capabilities.count(); i++) {
            if ((mask & 1L << i) != 0) {
                chosen.add(Capabilities.name(i));
            }
        }
        return List.copyOf(chosen);
    }

    private static long bits(String given) throws ContainerException {
        String name = given.toUpperCase(Locale.ROOT);
        if (name.equals("ALL")) {
            return Capabilities.ALL;
        }
        int number = number(name.startsWith("CAP_") ? name : "CAP_" + name);
        if (number < 0) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    "capability " + given + " is not known: use a name of capabilities(7) such as NET_ADMIN, or ALL");
        }
        return 1L << number;
    }
}
