package org.caisson.runtime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.CapabilitySets;
import org.caisson.runtime.spec.ProcessSpec;
import org.caisson.runtime.spec.Rlimit;
import org.caisson.runtime.stage.ProcessOrders;
import org.caisson.runtime.stage.StageOrders;
import org.jspecify.annotations.Nullable;

/** Turns the process section of a specification into orders, in the kernel's numbers. */
final class ProcessSetup {
    /** Names in the order of {@code asm-generic/resource.h}. */
    private static final List<String> RLIMITS = List.of(
            "RLIMIT_CPU",
            "RLIMIT_FSIZE",
            "RLIMIT_DATA",
            "RLIMIT_STACK",
            "RLIMIT_CORE",
            "RLIMIT_RSS",
            "RLIMIT_NPROC",
            "RLIMIT_NOFILE",
            "RLIMIT_MEMLOCK",
            "RLIMIT_AS",
            "RLIMIT_LOCKS",
            "RLIMIT_SIGPENDING",
            "RLIMIT_MSGQUEUE",
            "RLIMIT_NICE",
            "RLIMIT_RTPRIO",
            "RLIMIT_RTTIME");

    private ProcessSetup() {}

    /** The number of a resource limit, or -1. */
    static int rlimitNumber(String type) {
        return RLIMITS.indexOf(type);
    }

    /** A limit as {@code prlimit(1)} calls it. */
    static String rlimitName(int number) {
        return RLIMITS.get(number).substring("RLIMIT_".length()).toLowerCase(Locale.ROOT);
    }

    /** The process with the user that a request names, and a {@code HOME}. */
    static ProcessSpec withUser(ProcessSpec process, @Nullable String user, UserLookup lookup) throws IOException {
        ProcessSpec result = process;
        String home = null;
        if (user != null) {
            UserLookup.Found found = lookup.find(user);
            home = found.home();
            result = process.withUser(found.user());
        }
        if (SpecBuilder.hasEnv(result.env(), "HOME")) {
            return result;
        }
        if (home == null) {
            home = result.user().uid() == 0
                    ? "/root"
                    : lookup.home(result.user().uid());
        }
        List<String> env = new ArrayList<>(result.env());
        env.add("HOME=" + (home == null || home.isEmpty() ? "/" : home));
        return result.withEnv(env);
    }

    /** Everything about the process, but for its filters. */
    static ProcessOrders orders(ProcessSpec process, boolean init, List<OwnedFd> inherited) {
        ProcessOrders orders = new ProcessOrders(process.args());
        orders.environment(process.env()).workingDirectory(process.cwd());
        ProcessSpec.User user = process.user();
        int[] groups = new int[user.additionalGids().size()];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = user.additionalGids().get(i);
        }
        orders.user(user.uid(), user.gid(), groups);
        Integer umask = user.umask();
        orders.umask(umask == null ? 0022 : umask);
        orders.init(init).dumpableInit(init);
        if (process.terminal()) {
            ProcessSpec.ConsoleSize size = process.consoleSize();
            orders.terminal(size == null ? 0 : size.height(), size == null ? 0 : size.width());
        }
        orders.noNewPrivileges(process.noNewPrivileges());
        CapabilitySets sets = process.capabilities();
        if (sets == null) {
            sets = CapabilitySets.of(List.of());
        }
        orders.capabilities(
                CapabilityChoice.mask(sets.bounding()),
                CapabilityChoice.mask(sets.effective()),
                CapabilityChoice.mask(sets.permitted()),
                CapabilityChoice.mask(sets.inheritable()),
                CapabilityChoice.mask(sets.ambient()));
        if (!inherited.isEmpty()) {
            orders.inherit(inherited);
        }
        return orders;
    }

    /** Limits and the OOM score, which are steps before the process. */
    static void limits(ProcessSpec process, StageOrders orders) throws ContainerException {
        for (Rlimit limit : process.rlimits()) {
            int number = rlimitNumber(limit.type());
            if (number < 0) {
                throw new ContainerException(
                        ContainerException.Kind.BAD_SPEC,
                        "process.rlimits: " + limit.type().toUpperCase(Locale.ROOT)
                                + " is not a limit of getrlimit(2)");
            }
            orders.resourceLimit(number, limit.soft(), limit.hard());
        }
        Integer score = process.oomScoreAdj();
        if (score != null) {
            orders.oomScore(score);
        }
    }
}
